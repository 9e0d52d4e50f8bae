"""Whatever units were merged, split and nested, the verdict is that of a slow and simple definition."""

from hypothesis import given
from hypothesis import strategies as st

from people.judging import Standing, Term, Why, may, reach
from people.rights import RIGHTS_OF, Right, Role
from people.scope import Handover, Units, UnitSpan

LAST = 40


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[UnitSpan], list[Handover]]:
    """Draw units that begin, end, lie in earlier ones, and take over from some that end on the day they begin."""
    units: list[UnitSpan] = []
    handovers: list[Handover] = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        parent = draw(st.none() | st.sampled_from([unit.id for unit in units])) if units else None
        begins = draw(st.integers(0, LAST))
        ends = draw(st.none() | st.integers(begins + 1, LAST + 2))
        units.append(UnitSpan(number, parent, begins, ends))
        ended = [unit.id for unit in units if unit.to_us == begins]
        before = draw(st.lists(st.sampled_from(ended), unique=True)) if ended else []
        handovers.extend(Handover(one, number, begins) for one in before)
    return units, handovers


terms = st.builds(
    Term,
    st.sampled_from(Role),
    st.none() | st.integers(1, 8),
    st.integers(0, LAST),
    st.none() | st.integers(0, LAST + 2),
)


def becomes(unit_id: int, at: int, units: dict[int, UnitSpan], handovers: list[Handover]) -> set[int]:
    if unit_id not in units:
        return set()
    if units[unit_id].valid(at):
        return {unit_id}
    return set().union(
        *(
            becomes(h.successor_id, at, units, handovers)
            for h in handovers
            if h.predecessor_id == unit_id and h.at_us <= at
        )
    )


def lies_in(unit_id: int, above: int, at: int, units: dict[int, UnitSpan], handovers: list[Handover]) -> bool:
    """Climb: a unit lies in itself, in its parent, and in everything that took over from its parent."""
    if unit_id == above:
        return True
    parent = units[unit_id].parent_id
    if parent is None:
        return False
    ups, seen = [parent], set()
    while ups:
        here = ups.pop()
        if here in seen:
            continue
        seen.add(here)
        if here == above or (units[here].valid(at) and lies_in(here, above, at, units, handovers)):
            return True
        ups += [h.successor_id for h in handovers if h.predecessor_id == here and h.at_us <= at]
    return False


@given(histories(), st.lists(terms, max_size=3), st.sampled_from(Right), st.integers(1, 8), st.integers(0, LAST))
def test_the_verdict_is_that_of_the_definition(
    history: tuple[list[UnitSpan], list[Handover]], given_terms: list[Term], right: Right, unit: int, at: int
) -> None:
    spans, handovers = history
    known = {span.id: span for span in spans}
    units = Units(spans, handovers)
    who = Standing("p", "p", tuple(given_terms))
    running = [term for term in given_terms if right in RIGHTS_OF[term.role] and term.runs(at)]
    today = becomes(unit, at, known, handovers)

    def covers(term: Term) -> bool:
        if term.unit_id is None:
            return True
        tops = becomes(term.unit_id, at, known, handovers)
        return bool(today) and all(any(lies_in(one, top, at, known, handovers) for top in tops) for one in today)

    verdict = may(who, right, unit, units, at)
    assert verdict.allowed == any(covers(term) for term in running)
    assert (verdict.why is Why.GRANTED) == verdict.allowed
    reached = reach(who, right, units, at)
    if reached is None:
        assert any(term.unit_id is None for term in running)
    else:
        assert verdict.allowed == any(term.unit_id is None for term in running) or any(
            today <= units.reached(term.unit_id, at) for term in running if term.unit_id is not None
        )
        assert reached == frozenset().union(*(units.reached(t.unit_id or 0, at) for t in running))


@given(histories(), st.lists(terms, max_size=3), st.sampled_from(Right), st.integers(0, LAST))
def test_no_term_no_right_and_closed_is_closed(
    history: tuple[list[UnitSpan], list[Handover]], given_terms: list[Term], right: Right, at: int
) -> None:
    units = Units(*history)
    over = tuple(Term(term.role, term.unit_id, LAST + 1, None) for term in given_terms)
    for where in (1, "somewhere", "everywhere"):
        assert not may(Standing("p", "p", over), right, where, units, at).allowed
        assert not may(Standing("p", "p", tuple(given_terms), disabled=True), right, where, units, at).allowed
        limited = Standing("p", "p", tuple(given_terms), limited_to=frozenset(Right) - {right})
        assert not may(limited, right, where, units, at).allowed
