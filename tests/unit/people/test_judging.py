"""Each reason of a verdict."""

import pytest

from people.judging import Standing, Term, Where, Why, clash, may, reach
from people.rights import Right, Role
from people.scope import Handover, Units, UnitSpan

# Ward 1 with neighbourhoods 2 and 3; at 100 ward 1 and ward 4 merge into 5. Neighbourhood 6 ended at 50, nobody after it.
UNITS = Units(
    [
        UnitSpan(1, None, 0, 100),
        UnitSpan(2, 1, 0, None),
        UnitSpan(3, 1, 0, None),
        UnitSpan(4, None, 0, 100),
        UnitSpan(5, None, 100, None),
        UnitSpan(6, 1, 0, 50),
    ],
    [Handover(1, 5, 100), Handover(4, 5, 100)],
)


def person(*terms: Term, disabled: bool = False, limited_to: frozenset[Right] | None = None) -> Standing:
    return Standing("p", "p", terms, disabled, limited_to)


WARD = Term(Role.OFFICER, 1, 10, 200)


@pytest.mark.parametrize(
    ("who", "where", "at", "why"),
    [
        (person(WARD), 1, 50, Why.GRANTED),
        (person(WARD), 2, 50, Why.GRANTED),
        (person(WARD), 4, 50, Why.OTHER_UNIT),
        (person(WARD), 2, 9, Why.OUT_OF_TERM),
        (person(WARD), 2, 10, Why.GRANTED),
        (person(WARD), 2, 199, Why.GRANTED),
        (person(WARD), 2, 200, Why.OUT_OF_TERM),
        (person(WARD), 5, 99, Why.OTHER_UNIT),
        (person(WARD), 5, 100, Why.GRANTED),
        (person(WARD), 1, 150, Why.GRANTED),
        (person(WARD), 4, 150, Why.GRANTED),
        (person(WARD), 3, 150, Why.GRANTED),
        (person(WARD), 6, 49, Why.GRANTED),
        (person(WARD), 6, 50, Why.OTHER_UNIT),
        (person(WARD), 99, 50, Why.OTHER_UNIT),
        (person(WARD), "everywhere", 50, Why.OTHER_UNIT),
        (person(WARD), "somewhere", 50, Why.GRANTED),
        (person(Term(Role.OFFICER, 2, 0, None)), 1, 50, Why.OTHER_UNIT),
        (person(Term(Role.OFFICER, 2, 0, None)), 3, 50, Why.OTHER_UNIT),
        (person(Term(Role.OFFICER, None, 0, None)), "everywhere", 50, Why.GRANTED),
        (person(Term(Role.OFFICER, None, 0, None)), 6, 60, Why.GRANTED),
        (person(Term(Role.HEAD, 1, 0, None)), 1, 50, Why.NO_ROLE),
        (person(), "somewhere", 50, Why.NO_ROLE),
        (person(WARD, disabled=True), 1, 50, Why.DISABLED),
        (person(WARD, limited_to=frozenset({Right.REGISTRY_READ})), 1, 50, Why.NOT_IN_TOKEN),
        (person(WARD, limited_to=frozenset({Right.FOOTAGE})), 1, 50, Why.GRANTED),
    ],
)
def test_every_reason(who: Standing, where: Where, at: int, why: Why) -> None:
    verdict = may(who, Right.FOOTAGE, where, UNITS, at)
    assert (verdict.why, verdict.allowed) == (why, why is Why.GRANTED)
    assert (verdict.term is not None) == verdict.allowed


def test_what_is_listed_is_limited_to_the_reach() -> None:
    assert reach(person(WARD), Right.FOOTAGE, UNITS, 60) == frozenset({1, 2, 3})
    assert reach(person(WARD), Right.FOOTAGE, UNITS, 150) == frozenset({2, 3, 5})
    assert reach(person(WARD), Right.OWNER_READ, UNITS, 60) == frozenset()
    assert reach(person(WARD, Term(Role.SUPERVISOR, 4, 0, None)), Right.FOOTAGE, UNITS, 60) == frozenset({1, 2, 3, 4})
    assert reach(person(WARD, Term(Role.SUPERVISOR, None, 0, None)), Right.FOOTAGE, UNITS, 60) is None


def test_a_split_is_judged_by_all_that_came_of_it() -> None:
    units = Units(
        [UnitSpan(1, None, 0, 100), UnitSpan(2, None, 100, None), UnitSpan(3, None, 100, None)],
        [Handover(1, 2, 100), Handover(1, 3, 100)],
    )
    of_one = person(Term(Role.OFFICER, 2, 100, None))
    assert not may(of_one, Right.FOOTAGE, 1, units, 150).allowed
    assert may(person(Term(Role.OFFICER, 1, 0, None)), Right.FOOTAGE, 3, units, 150).allowed


@pytest.mark.parametrize(
    ("first", "second", "clashes"),
    [
        (Term(Role.AUDITOR, 1, 0, 10), Term(Role.OFFICER, 2, 10, 20), False),
        (Term(Role.AUDITOR, 1, 0, 11), Term(Role.OFFICER, 2, 10, 20), True),
        (Term(Role.AUDITOR, 1, 0, None), Term(Role.SUPERVISOR, None, 10**18, None), True),
        (Term(Role.AUDITOR, 1, 0, None), Term(Role.HEAD, 1, 0, None), False),
        (Term(Role.OFFICER, 1, 0, None), Term(Role.SUPERVISOR, 1, 0, None), False),
        (Term(Role.ADMINISTRATOR, None, 0, None), Term(Role.OFFICER, 1, 0, None), False),
    ],
)
def test_two_roles_that_must_not_meet(first: Term, second: Term, clashes: bool) -> None:
    assert (clash([first], second) is not None) == clashes
    assert (clash([second], first) is not None) == clashes
