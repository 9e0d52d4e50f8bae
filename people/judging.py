"""May this person do that there, now? One pure function, which answers with the reason. Everything denied by default."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from foundation.errors import N_
from people.rights import NEVER_TOGETHER, RIGHTS_OF, SECOND_FACTOR, Right, Role
from people.scope import Units

Where = int | Literal["everywhere", "somewhere"]
"""A unit; all of them at once (also what belongs to no unit); or whether there is any unit at all for which it holds."""


class Why(StrEnum):
    GRANTED = "granted"
    DISABLED = "disabled"
    NOT_IN_TOKEN = "not_in_token"  # noqa: S105 - a reason, not a token
    NO_ROLE = "no_role"
    OUT_OF_TERM = "out_of_term"
    OTHER_UNIT = "other_unit"


WHY_TEXT: dict[Why, str] = {
    Why.GRANTED: N_("permitted"),
    Why.DISABLED: N_("the account is closed"),
    Why.NOT_IN_TOKEN: N_("the token is not for this"),
    Why.NO_ROLE: N_("no role of the account has this right"),
    Why.OUT_OF_TERM: N_("the term of the role has not begun or is over"),
    Why.OTHER_UNIT: N_("the role is for another unit"),
}


@dataclass(frozen=True)
class Term:
    """A role for a unit and all beneath it, or everywhere (None), during `[from_us, to_us)`."""

    role: Role
    unit_id: int | None
    from_us: int
    to_us: int | None

    def runs(self, at_us: int) -> bool:
        return self.from_us <= at_us and (self.to_us is None or at_us < self.to_us)

    def meets(self, other: "Term") -> bool:
        """Tell whether there is an instant at which both run."""
        begins = max(self.from_us, other.from_us)
        return all(term.to_us is None or begins < term.to_us for term in (self, other))


@dataclass(frozen=True)
class Standing:
    """Who a person is for the purpose of judging. `limited_to` are the scopes of the token that speaks for them."""

    person_id: str
    name: str
    terms: tuple[Term, ...] = ()
    disabled: bool = False
    limited_to: frozenset[Right] | None = None

    def roles(self, at_us: int) -> frozenset[Role]:
        return frozenset(term.role for term in self.terms if term.runs(at_us))

    def needs_second_factor(self, at_us: int) -> bool:
        return not SECOND_FACTOR.isdisjoint(self.roles(at_us))


@dataclass(frozen=True)
class Verdict:
    """`term` is what permits it, so that an act can be recorded with the role and the unit it was done by."""

    allowed: bool
    why: Why
    term: Term | None = None


def may(person: Standing, right: Right, where: Where, units: Units, at_us: int) -> Verdict:
    """Judge. A unit that has ended is judged by what it has become; all of that must be within reach."""
    if person.disabled:
        return Verdict(False, Why.DISABLED)
    if person.limited_to is not None and right not in person.limited_to:
        return Verdict(False, Why.NOT_IN_TOKEN)
    having = [term for term in person.terms if right in RIGHTS_OF[term.role]]
    if not having:
        return Verdict(False, Why.NO_ROLE)
    running = [term for term in having if term.runs(at_us)]
    if not running:
        return Verdict(False, Why.OUT_OF_TERM)
    for term in running:
        if _covers(term, where, units, at_us):
            return Verdict(True, Why.GRANTED, term)
    return Verdict(False, Why.OTHER_UNIT)


def _covers(term: Term, where: Where, units: Units, at_us: int) -> bool:
    if term.unit_id is None or where == "somewhere":
        return True
    if where == "everywhere":
        return False
    asked = units.current(where, at_us)
    return bool(asked) and asked <= units.reached(term.unit_id, at_us)


def reach(person: Standing, right: Right, units: Units, at_us: int) -> frozenset[int] | None:
    """Return the units for which the person has `right`, None for everywhere. What is listed is limited to these."""
    if not may(person, right, "somewhere", units, at_us).allowed:
        return frozenset()
    running = [term for term in person.terms if right in RIGHTS_OF[term.role] and term.runs(at_us)]
    if any(term.unit_id is None for term in running):
        return None
    return frozenset().union(*(units.reached(term.unit_id, at_us) for term in running if term.unit_id is not None))


def clash(terms: Iterable[Term], new: Term) -> Term | None:
    """Return a term that must not meet `new`, or None."""
    for term in terms:
        if frozenset({term.role, new.role}) in NEVER_TOGETHER and term.meets(new):
            return term
    return None
