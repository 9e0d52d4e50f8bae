"""What a succession must be before it is stored: it cannot be taken back, and cameras, rules and requests follow it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.fields import read
from camera_registry.tables import Unit, UnitSuccession
from foundation.errors import N_, BadInput, Conflict
from foundation.timebase import ToldInstant

KINDS = ("province", "district", "ward", "commune", "neighbourhood")
"""Kinds of units that have a word in each language; a successor may also be of the kind of a unit before it."""
MOST_DAYS = 3660
_DAY_US = 86_400_000_000
_LONGEST_CODE = 40


class TooFewBefore(BadInput):
    code = "too_few_before"
    message = N_("A merger is of at least two units, a renaming of exactly one")
    mend = N_("Name all units that are merged, or say that the one is renamed")


class HasSuccessor(Conflict):
    code = "unit_has_successor"
    message = N_("“{name}” becomes another unit on {at} already, and cannot become two")
    mend = N_("Let what it becomes then go on from there, on a later day")


class LiesWithin(BadInput):
    code = "unit_lies_within"
    message = N_("“{inner}” lies within “{outer}”: they cannot be merged with each other")
    mend = N_("Merge units that lie beside each other")


class SuccessorUnusable(BadInput):
    code = "successor_unusable"
    message = N_("A unit cannot have the code “{name}” and the name “{said}”")
    mend = N_("A code is at most 40 characters without / \\ ? # % , ; and a name at most 200; both are needed")


class KindUnknown(BadInput):
    code = "unit_kind_unknown"
    message = N_("“{kind}” is no kind of unit")
    mend = N_("Known are {known}, and the kinds of the units before it")


class SuccessionFar(BadInput):
    code = "succession_far"
    message = N_("{at} is more than ten years ahead")
    mend = N_("Look at the year")


def must_be_sound(
    session: Session, way: str, old: Sequence[Unit], after: tuple[str, str, str], at_us: int, now_us: int
) -> None:
    """Look at a succession of `old` by a unit of (code, name, kind).

    Raises `TooFewBefore`, `HasSuccessor`, `LiesWithin`, `SuccessorUnusable`, `KindUnknown`, `SuccessionFar`.
    """
    code, name, kind = after
    if (len(old) < 2) == (way == "merger"):
        raise TooFewBefore
    if at_us > now_us + MOST_DAYS * _DAY_US:
        raise SuccessionFar(at=ToldInstant(at_us))
    _, problems = read({"code": code, "name": name}, 1)
    if problems or not code.strip() or not name.strip() or len(code) > _LONGEST_CODE:
        raise SuccessorUnusable(name=code[:60], said=name[:60])
    if kind not in {*KINDS, *(unit.kind for unit in old)}:
        raise KindUnknown(kind=kind[:40], known=", ".join(KINDS))
    ids = {unit.id: unit for unit in old}
    question = sa.select(col(UnitSuccession.predecessor_id), col(UnitSuccession.at_us))
    for unit_id, taken_us in session.execute(question.where(col(UnitSuccession.predecessor_id).in_(ids))):
        raise HasSuccessor(name=ids[unit_id].code, at=ToldInstant(taken_us))
    for unit in old:
        outer = _outer(session, unit, set(ids))
        if outer is not None:
            raise LiesWithin(inner=unit.code, outer=ids[outer].code)


def _outer(session: Session, unit: Unit, among: set[int | None]) -> int | None:
    """Return which of `among` the unit lies in, at whatever depth."""
    above, seen = unit.parent_id, set[int]()
    while above is not None and above not in seen:
        if above in among:
            return above
        seen.add(above)
        above = session.execute(sa.select(col(Unit.parent_id)).where(col(Unit.id) == above)).scalar_one_or_none()
    return None
