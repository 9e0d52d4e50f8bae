"""What the rules of a unit ask of its cameras: before one becomes active, of how long footage is kept, of sound.

docs/design/data-protection.md tells the duties behind them.
"""

from collections.abc import Collection, Mapping
from datetime import tzinfo
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.fields import DEFAULT_STATUS
from camera_registry.reads import unit_of, units_of_cameras
from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for, rules_of_units
from camera_registry.tables import Camera, Ownership
from camera_registry.units import get_unit
from foundation.errors import N_, RowProblem
from foundation.timebase import datetime_from_us

NEEDED = ("consent_date", "sign_checked_date")
"""Fields without which a camera may not be active, where the rules of its unit say so."""

_WHY = {
    "consent_date": N_("is missing: the unit wants the owner's consent; enter its day, or a status other than active"),
    "sign_checked_date": N_(
        "is missing: the unit wants a sign at the camera; enter the day it was seen, or a status other than active"
    ),
}


def rules_of_cameras(session: Session, camera_ids: Collection[int], at_us: int) -> dict[int, Rules]:
    """Return the rules of the unit that each camera belongs to at `at_us`."""
    units = units_of_cameras(session, camera_ids, at_us)
    rules = rules_of_units(session, [units.get(camera_id) for camera_id in camera_ids], at_us)
    return {camera_id: rules[units.get(camera_id)] for camera_id in camera_ids}


def kept_days(asked: int | None, rules: Rules) -> int | None:
    """Return for how many days footage is kept: what the camera says, but never above the ceiling; None: no limit."""
    ceiling = rules.most_retention_days or None
    return min((days for days in (asked, ceiling) if days is not None), default=None)


def not_yet(values: Mapping[str, Any], rules: Rules, line: int, names: Collection[str] = NEEDED) -> list[RowProblem]:
    """Return a problem for each of the fields `names` that an active camera needs here and that `values` lack."""
    needed = {"consent_date": rules.needs_consent, "sign_checked_date": rules.needs_sign}
    return [RowProblem(line, name, _WHY[name]) for name in names if needed[name] and values.get(name) is None]


def kept_too_long(values: Mapping[str, Any], rules: Rules, line: int) -> list[RowProblem]:
    """Return a problem when a camera asks for more days than the ceiling of its unit."""
    days, ceiling = values.get("retention_days"), rules.most_retention_days
    if days is None or not ceiling or days <= ceiling:
        return []
    message = N_("{value} is above the {limit} days that the unit allows; leave it empty, and the {limit} days hold")
    return [RowProblem(line, "retention_days", message, {"value": str(days), "limit": str(ceiling)})]


def not_begun(values: Mapping[str, Any], now_us: int, zone: tzinfo, line: int) -> list[RowProblem]:
    """Return a problem for each day of consent or of a sign that has not begun where the cameras are: nobody saw it yet."""
    today = datetime_from_us(now_us, zone).date().isoformat()
    return [
        RowProblem(
            line, name, N_("{value} is still to come; enter the day on which it was so"), {"value": values[name]}
        )
        for name in NEEDED
        if values.get(name) is not None and values[name] > today
    ]


def undone(values: Mapping[str, Any], rules: Rules, line: int) -> list[RowProblem]:
    """Return what the rules of its unit have against a new camera of checked values."""
    active = (values.get("status") or DEFAULT_STATUS) == "active"
    return [*(not_yet(values, rules, line) if active else []), *kept_too_long(values, rules, line)]


def lacking(session: Session, camera: Camera, now: int) -> tuple[str, ...]:
    """Return which of `NEEDED` a camera lacks before it may be active in its unit."""
    assert camera.id is not None
    rules = rules_for(session, unit_of(session, camera.id, now), now)
    current = _owned(session, camera.id)
    known = {name: getattr(current, name, None) for name in NEEDED}
    return tuple(problem.field for problem in not_yet(known, rules, 1))


def undone_by(session: Session, camera: Camera, values: Mapping[str, Any], now: int) -> list[RowProblem]:
    """Return what the rules of its unit have against an edit.

    A camera that became active before the rules asked for anything stays so; it only loses nothing that they ask for.
    """
    assert camera.id is not None
    unit_id = before = unit_of(session, camera.id, now)
    if "unit" in values:
        unit_id = None if values["unit"] is None else get_unit(session, values["unit"], now).id
    rules = rules_for(session, unit_id, now)
    problems = kept_too_long(values, rules, 1)
    if (values.get("status", camera.status) or DEFAULT_STATUS) != "active":
        return problems
    becomes = camera.status != "active" or unit_id != before
    current = _owned(session, camera.id)
    known = {name: values[name] if name in values else getattr(current, name, None) for name in NEEDED}
    return problems + not_yet(known, rules, 1, [name for name in NEEDED if becomes or name in values])


def _owned(session: Session, camera_id: int) -> Ownership | None:
    return session.execute(
        sa.select(Ownership).where(col(Ownership.camera_id) == camera_id, col(Ownership.valid_to_us).is_(None))
    ).scalar_one_or_none()
