"""Units through time: which were valid when, what lies within them, and who took over from whom.

A code may be used again later, so everything that lasts refers to a unit's id. docs/design/registry.md tells the rules.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.boundaries import boundary_json
from camera_registry.revision import touch
from camera_registry.search import fold, rank
from camera_registry.successions import must_be_sound
from camera_registry.tables import CameraUnit, Unit, UnitSuccession
from camera_registry.telephones import same_telephone
from camera_registry.unit_import import import_units
from camera_registry.unit_import import valid_at as _valid_at
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Conflict, NotFound
from foundation.identity import Actor
from foundation.timebase import LATEST_US, ToldInstant

__all__ = [
    "Succession",
    "UnitSpec",
    "UnitUnknown",
    "boundary_of",
    "find_units",
    "get_unit",
    "import_units",
    "subtree",
    "succeed",
    "unit_by_id",
    "units_at",
]

Succession = Literal["merger", "split", "renaming"]


class UnitUnknown(NotFound):
    code = "unit_unknown"
    message = N_("There is no unit “{name}” at {at}")
    mend = N_("GET /api/v1/units shows the codes; units come in with `matpho units import`")


class UnitTaken(Conflict):
    code = "unit_taken"
    message = N_("There is a unit “{name}” at that time already")


class NothingToSucceed(BadInput):
    code = "nothing_to_succeed"
    message = N_("A successor needs at least one unit that it takes over from")


@dataclass(frozen=True)
class UnitSpec:
    """A unit to be made. Without a boundary a merger gets the union of what it merges.

    Without a telephone it gets that of those before it, where all of them have the same.
    """

    code: str
    name: str
    kind: str
    parent: str | None = None
    boundary: shapely.Geometry | None = None
    phone: str | None = None
    contact: str | None = None


_MOST_RANKED = 500  # no city has as many units of one name


def get_unit(session: Session, code: str, at_us: int) -> Unit:
    """Return the unit that bore `code` at `at_us`. Raises `UnitUnknown`."""
    question = sa.select(Unit).where(col(Unit.code) == code, _valid_at(at_us))
    unit: Unit | None = session.execute(question).scalar_one_or_none()
    if unit is None:
        raise UnitUnknown(what=N_("unit"), name=code[:80], at=ToldInstant(at_us))
    return unit


def unit_by_id(session: Session, unit_id: int) -> Unit:
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(what=N_("unit"), name=str(unit_id))
    return unit


def units_at(session: Session, at_us: int) -> list[Unit]:
    """Return the units valid at `at_us`, by code."""
    return list(session.execute(sa.select(Unit).where(_valid_at(at_us)).order_by(col(Unit.code))).scalars())


def find_units(session: Session, words: str, limit: int = 20) -> list[Unit]:
    """Return units whose code or name has all the words, accents left out or not; those that are no more, too.

    What has the same accents goes before what has not (`camera_registry.search.rank`); of equals today's come first, then
    those that ended last: people go on using old names for years.
    """
    question = sa.select(Unit)
    for word in fold(words).split():
        code = sa.func.lower(col(Unit.code))
        question = question.where(
            sa.or_(col(Unit.folded_name).contains(word, autoescape=True), code.contains(word, autoescape=True))
        )
    newest = sa.func.coalesce(col(Unit.valid_to_us), LATEST_US).desc()
    found = session.execute(question.order_by(newest, col(Unit.code)).limit(_MOST_RANKED)).scalars()
    return sorted(found, key=lambda unit: rank(words, unit.name))[:limit]


def subtree(session: Session, unit_id: int | None, at_us: int) -> list[Unit]:
    """Return the unit and all units within it that were valid at `at_us`.

    What lay in a unit lies in its successor: children are found through everything that the unit took over from.
    """
    valid = units_at(session, at_us)
    children: dict[int | None, list[Unit]] = {}
    for unit in valid:
        children.setdefault(unit.parent_id, []).append(unit)
    before: dict[int, list[int]] = {}
    for link in session.execute(sa.select(UnitSuccession).where(col(UnitSuccession.at_us) <= at_us)).scalars():
        before.setdefault(link.successor_id, []).append(link.predecessor_id)
    found: dict[int | None, Unit] = {unit.id: unit for unit in valid if unit.id == unit_id}
    open_: list[int | None] = [unit_id]
    while open_:
        current = open_.pop()
        for unit in children.get(current, []):
            if unit.id not in found:
                found[unit.id] = unit
                open_.append(unit.id)
        if current is not None:
            open_ += before.pop(current, [])
    return sorted(found.values(), key=lambda unit: unit.code)


def boundary_of(unit: Unit) -> shapely.Geometry | None:
    """Return the boundary in (lon, lat), or None when it is not known."""
    return None if unit.boundary is None else shapely.from_geojson(unit.boundary)


def stored(boundary: shapely.Geometry) -> str:
    """Return a boundary as it is kept."""
    return boundary_json(json.loads(shapely.to_geojson(boundary)))


def succeed(
    session: Session,
    clock: Clock,
    actor: Actor,
    predecessors: Sequence[str],
    successor: UnitSpec,
    at_us: int,
    kind: Succession = "merger",
) -> Unit:
    """From `at_us` on `successor` takes over from `predecessors`: their cameras, and what lies within them.

    Ids of cameras stay, and reports about the time before are what they were. Raises `UnitUnknown`, `UnitTaken`, and
    what `successions.must_be_sound` does.
    """
    if not predecessors:
        raise NothingToSucceed
    old = [get_unit(session, code, at_us - 1) for code in dict.fromkeys(predecessors)]
    must_be_sound(session, kind, old, (successor.code, successor.name, successor.kind), at_us, clock.now_us())
    for unit in old:
        unit.valid_to_us = at_us
        session.add(unit)
    session.flush()
    code_free(session, successor.code, at_us)
    new = _made(session, old, successor, at_us)
    assert new.id is not None
    successor_id = new.id
    for unit in old:
        assert unit.id is not None
        session.add(UnitSuccession(predecessor_id=unit.id, successor_id=successor_id, at_us=at_us, kind=kind))
        move_cameras(session, unit, lambda _: successor_id, at_us)
    session.flush()
    touch(session)
    names: dict[str, Any] = {"predecessors": [unit.code for unit in old], "at_us": at_us, "kind": kind}
    record(session, clock, actor, "unit:succeed", "unit", str(new.id), code=new.code, **names)
    return new


def _made(session: Session, old: Sequence[Unit], spec: UnitSpec, at_us: int) -> Unit:
    boundary = spec.boundary
    if boundary is None:
        known = [found for unit in old if (found := boundary_of(unit)) is not None]
        boundary = shapely.union_all(known) if len(known) == len(old) else None
    phone, contact = (spec.phone, spec.contact) if spec.phone else same_telephone(old)
    unit = Unit(
        code=spec.code,
        name=spec.name,
        folded_name=fold(spec.name),
        kind=spec.kind,
        parent_id=get_unit(session, spec.parent, at_us).id if spec.parent else old[0].parent_id,
        valid_from_us=at_us,
        boundary=None if boundary is None else stored(boundary),
        phone=phone,
        contact=contact,
    )
    session.add(unit)
    session.flush()
    return unit


def code_free(session: Session, code: str, at_us: int) -> None:
    """Raises `UnitTaken` when a unit bears the code at `at_us` or later."""
    taken = sa.select(Unit).where(
        col(Unit.code) == code, sa.or_(col(Unit.valid_to_us).is_(None), col(Unit.valid_to_us) > at_us)
    )
    if session.execute(taken).first() is not None:
        raise UnitTaken(name=code)


def move_cameras(session: Session, old: Unit, into: Callable[[int], int], at_us: int) -> None:
    """Close memberships that reach beyond `at_us` and open them again in the unit that `into` gives for the camera."""
    members = session.execute(
        sa.select(CameraUnit).where(
            col(CameraUnit.unit_id) == old.id,
            sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > at_us),
        )
    ).scalars()
    for member in list(members):
        if member.valid_from_us >= at_us:
            member.unit_id = into(member.camera_id)
            session.add(member)
            continue
        after = CameraUnit(
            camera_id=member.camera_id,
            unit_id=into(member.camera_id),
            valid_from_us=at_us,
            valid_to_us=member.valid_to_us,
        )
        member.valid_to_us = at_us
        session.add(member)
        session.flush()
        session.add(after)
