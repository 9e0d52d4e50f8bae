"""Numbers that anybody may be told of a neighbourhood: no camera's place, no person, no case; uses by the month."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from access.purposes import PURPOSE_TEXT, Purpose
from access.states import State
from access.tables import FootageGrant, FootageRequest, FootageUse
from camera_registry.reads import cameras_of_unit
from camera_registry.rules import rules_for, rules_of_units
from camera_registry.tables import Camera, Unit
from camera_registry.telephones import Telephone, telephones_of
from camera_registry.units import get_unit, subtree, units_at
from foundation.timebase import TimeRange
from people.roles import units_of

_MONTH_US, _HOUR_US = 30 * 86_400_000_000, 3_600_000_000


@dataclass(frozen=True)
class PublicUnit:
    """`uses` are (text of the class of purpose, uses) of the last 30 days."""

    code: str
    name: str
    cameras: int
    working: int
    most_days: int
    uses: tuple[tuple[str, int], ...]
    asked: int
    refused: int
    by_rule: bool
    """Whether some requests are approved by a rule, which somebody reviews afterwards."""
    glass_us: int
    """Within what time somebody reviews what was seen in an emergency before anybody decided; 0 where that is not possible."""
    calls: tuple[Telephone, ...] = ()


def public_units(session: Session, now_us: int) -> list[tuple[str, str]]:
    """Return code and name of the units of now."""
    return sorted((unit.code, unit.name) for unit in units_at(session, now_us))


@dataclass(frozen=True)
class Gone:
    """A unit that is no more: since when, and (code, name) of what there is now in its place."""

    name: str
    since_us: int
    now: tuple[tuple[str, str], ...]


def gone_unit(session: Session, code: str, now_us: int) -> Gone | None:
    """Return what became of the unit that bore `code` last, None when there never was one."""
    question = sa.select(Unit).where(col(Unit.code) == code, col(Unit.valid_to_us) <= now_us)
    unit = session.execute(question.order_by(col(Unit.valid_to_us).desc()).limit(1)).scalar_one_or_none()
    if unit is None or unit.id is None or unit.valid_to_us is None:
        return None
    current = units_of(session).current(unit.id, now_us) - {unit.id}
    after = sorted((found.code, found.name) for found in units_at(session, now_us) if found.id in current)
    return Gone(unit.name, unit.valid_to_us, tuple(after))


def public_unit(session: Session, code: str, now_us: int) -> PublicUnit:
    """Raises `UnitUnknown`."""
    unit = get_unit(session, code, now_us)
    assert unit.id is not None
    month = TimeRange(now_us - _MONTH_US, now_us + 1)
    inside = [found.id for found in subtree(session, unit.id, now_us) if found.id is not None]
    ids = {camera_id for camera_id, _, _ in cameras_of_unit(session, inside, TimeRange(now_us, now_us + 1))}
    states = session.execute(sa.select(col(Camera.status)).where(col(Camera.id).in_(ids))).scalars().all()
    uses = session.execute(
        sa.select(col(FootageGrant.purpose), sa.func.count())
        .join(FootageUse, col(FootageUse.grant_id) == col(FootageGrant.id))
        .where(col(FootageUse.camera_id).in_(ids), col(FootageUse.at_us) >= month.start_us)
        .group_by(col(FootageGrant.purpose))
    ).all()
    asked = session.execute(
        sa.select(col(FootageRequest.state), sa.func.count())
        .where(col(FootageRequest.unit_id).in_(inside), col(FootageRequest.submitted_us) >= month.start_us)
        .group_by(col(FootageRequest.state))
    ).all()
    counts = {row[0]: row[1] for row in asked}
    rules = rules_of_units(session, inside, now_us).values()
    return PublicUnit(
        unit.code,
        unit.name,
        len(states),
        sum(state == "active" for state in states),
        rules_for(session, unit.id, now_us).most_retention_days,
        tuple((PURPOSE_TEXT[Purpose(purpose)], count) for purpose, count in sorted(uses)),
        sum(counts.values()),
        counts.get(str(State.REFUSED), 0),
        any(one.automatic_minutes for one in rules),
        max((one.review_hours * _HOUR_US for one in rules if one.break_glass), default=0),
        tuple(telephones_of(session, [unit.id], now_us)[unit.id]),
    )
