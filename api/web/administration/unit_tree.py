"""Units of today as a tree with their cameras, and who took over from whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from camera_registry.tables import Camera, CameraUnit, Unit, UnitSuccession
from camera_registry.units import units_at
from foundation.errors import N_
from people.scope import Units

SUCCESSION_TEXT = {"merger": N_("merger"), "split": N_("split"), "renaming": N_("renaming")}

KIND_TEXT = {
    "province": N_("province"),
    "district": N_("district"),
    "ward": N_("ward"),
    "commune": N_("commune"),
    "neighbourhood": N_("neighbourhood"),
}
"""`camera_registry.successions.KINDS` in words: kinds of units that have a word in each language; who imports units may write others."""


@dataclass(frozen=True)
class Branch:
    """`own` are the cameras of exactly this unit, `cameras` those of all within it, too."""

    unit: Unit
    own: int
    cameras: int
    within: tuple["Branch", ...]


@dataclass(frozen=True)
class Change:
    """What became what, and when: each unit as (code, name)."""

    at_us: int
    text: str
    before: tuple[tuple[str, str], ...]
    after: tuple[str, str]


def tree_of(session: Session, units: Units, now_us: int) -> list[Branch]:
    """Return the units that lie in no other, each with what lies within it; what lay in a unit lies in its successor."""
    found = [unit for unit in units_at(session, now_us) if unit.id is not None]
    here = {unit.id for unit in found}
    counts = _cameras(session, now_us)
    beneath: dict[int | None, list[Unit]] = {}
    for unit in found:
        above = None if unit.parent_id is None else min(units.current(unit.parent_id, now_us) & here, default=None)
        beneath.setdefault(above, []).append(unit)
    return [_branch(unit, beneath, counts) for unit in beneath.get(None, [])]


def _branch(unit: Unit, beneath: Mapping[int | None, Sequence[Unit]], counts: Mapping[int, int]) -> Branch:
    within = tuple(_branch(child, beneath, counts) for child in beneath.get(unit.id, ()))
    own = counts.get(unit.id or 0, 0)
    return Branch(unit, own, own + sum(one.cameras for one in within), within)


def _cameras(session: Session, now_us: int) -> dict[int, int]:
    """Return how many cameras each unit has today; retired ones hang nowhere any more."""
    question = (
        sa.select(col(CameraUnit.unit_id), sa.func.count())
        .join(Camera, col(Camera.id) == col(CameraUnit.camera_id))
        .where(
            col(Camera.status) != "retired",
            col(CameraUnit.valid_from_us) <= now_us,
            sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > now_us),
        )
        .group_by(col(CameraUnit.unit_id))
    )
    return {row[0]: row[1] for row in session.execute(question)}


def changes_of(session: Session) -> list[Change]:
    """Return mergers, splits and renamings, the newest first."""
    before: Any = aliased(Unit)
    question = (
        sa.select(UnitSuccession, before.code, before.name, Unit)
        .join(before, before.id == col(UnitSuccession.predecessor_id))
        .join(Unit, col(Unit.id) == col(UnitSuccession.successor_id))
        .order_by(col(UnitSuccession.at_us).desc(), col(UnitSuccession.successor_id), before.code)
    )
    found: dict[tuple[int, int], Change] = {}
    for step, code, name, after in session.execute(question):
        known = found.get((step.at_us, step.successor_id))
        olds = (*(known.before if known else ()), (code, name))
        text = SUCCESSION_TEXT.get(step.kind, step.kind)
        found[step.at_us, step.successor_id] = Change(step.at_us, text, olds, (after.code, after.name))
    return list(found.values())
