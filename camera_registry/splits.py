"""One unit becomes several on a day: each of its cameras goes to one of them, all at once or nothing.

What follows from it is not done here but found by whoever asks: rules and roles of the old unit hold in all of its parts
(`camera_registry.rule_inheritance`, `people.scope`).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.cameras import describe_all
from camera_registry.fields import read
from camera_registry.records import CameraRecord
from camera_registry.revision import touch
from camera_registry.search import fold
from camera_registry.tables import Camera, CameraUnit, Unit, UnitSuccession
from camera_registry.units import UnitSpec, code_free, get_unit, move_cameras, stored
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Conflict
from foundation.identity import Actor
from foundation.timebase import ToldInstant

MOST_PARTS = 6
MOST_CAMERAS = 1000


class PartsUnusable(BadInput):
    code = "parts_unusable"
    message = N_("A split needs two to {most} new units, each with a code of its own and a name")
    mend = N_("A code has at most 40 characters, without / \\ ? # % , ;")


class SplitOfWhole(BadInput):
    code = "split_of_whole"
    message = N_("Other units lie in “{name}”: {units}")
    mend = N_("Split those, one at a time; which of them lies in which new unit cannot be said yet")


class EndsAlready(Conflict):
    code = "unit_ends_already"
    message = N_("“{name}” ends on {at} already: something takes over from it then")
    mend = N_("Split what takes over from it")


class SplitTooLarge(BadInput):
    code = "split_too_large"
    message = N_("“{name}” has {count} cameras; a split takes at most {most} at once")
    mend = N_("Move cameras to other units first")


class CamerasChanged(Conflict):
    code = "cameras_changed"
    message = N_("The cameras of “{name}” are not those that were shared out: {cameras}")
    mend = N_("Look at where each of them goes once more")


@dataclass(frozen=True)
class Part:
    """A new unit, and the ids of the cameras that go to it."""

    spec: UnitSpec
    cameras: frozenset[int]


def splittable(session: Session, code: str, at_us: int) -> tuple[Unit, list[CameraRecord]]:
    """Return a unit that may be split at `at_us`, and its cameras, also those that are used no more.

    Raises `UnitUnknown`, `EndsAlready`, `SplitOfWhole`, `SplitTooLarge`.
    """
    unit = get_unit(session, code, at_us - 1)
    if unit.valid_to_us is not None:
        raise EndsAlready(name=unit.name, at=ToldInstant(unit.valid_to_us))
    within = sa.select(col(Unit.code)).where(
        col(Unit.parent_id).in_(line_of(session, unit)),
        sa.or_(col(Unit.valid_to_us).is_(None), col(Unit.valid_to_us) > at_us),
    )
    inside = sorted(session.execute(within).scalars())
    if inside:
        raise SplitOfWhole(name=unit.name, units=", ".join(inside[:10]))
    members = sa.select(col(CameraUnit.camera_id)).where(_reaches(unit, at_us))
    cameras = list(
        session.execute(sa.select(Camera).where(col(Camera.id).in_(members)).order_by(col(Camera.code))).scalars()
    )
    if len(cameras) > MOST_CAMERAS:
        raise SplitTooLarge(name=unit.name, count=len(cameras), most=MOST_CAMERAS)
    return unit, describe_all(session, cameras, at_us)


def line_of(session: Session, unit: Unit) -> list[int]:
    """Return the unit and all that it took over from: what lay in those lies in it."""
    assert unit.id is not None
    found, open_ = {unit.id}, [unit.id]
    while open_:
        question = sa.select(col(UnitSuccession.predecessor_id)).where(col(UnitSuccession.successor_id) == open_.pop())
        new = set(session.execute(question).scalars()) - found
        found |= new
        open_ += new
    return sorted(found)


def _reaches(unit: Unit, at_us: int) -> sa.ColumnElement[bool]:
    later = sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > at_us)
    return sa.and_(col(CameraUnit.unit_id) == unit.id, later)


def must_be_parts(specs: Collection[UnitSpec]) -> None:
    """Raises `PartsUnusable`."""
    codes = {spec.code for spec in specs}
    if not 2 <= len(specs) <= MOST_PARTS or len(codes) != len(specs):
        raise PartsUnusable(most=MOST_PARTS)
    for spec in specs:
        _, problems = read({"code": spec.code, "name": spec.name}, 1)
        if problems or not spec.name.strip() or len(spec.code) > 40:
            raise PartsUnusable(most=MOST_PARTS)


def split(session: Session, clock: Clock, actor: Actor, code: str, parts: Sequence[Part], at_us: int) -> list[Unit]:
    """From `at_us` on `parts` take over from a unit, each with its cameras; one of them may bear its code.

    Raises `PartsUnusable`, `UnitTaken`, `CamerasChanged`, and what `splittable` does.
    """
    must_be_parts([part.spec for part in parts])
    old, cameras = splittable(session, code, at_us)
    _must_be_all(old, cameras, parts)
    old.valid_to_us = at_us
    session.add(old)
    session.flush()
    made, into = [], dict[int, int]()
    for part in parts:
        code_free(session, part.spec.code, at_us)
        unit = _made(session, old, part.spec, at_us)
        assert unit.id is not None
        into |= dict.fromkeys(part.cameras, unit.id)
        made.append(unit)
    move_cameras(session, old, into.__getitem__, at_us)
    session.flush()
    touch(session)
    counts = {unit.code: len(part.cameras) for unit, part in zip(made, parts, strict=True)}
    record(session, clock, actor, "unit:split", "unit", str(old.id), code=old.code, cameras=counts, at_us=at_us)
    return made


def _must_be_all(old: Unit, cameras: Sequence[CameraRecord], parts: Sequence[Part]) -> None:
    there = {camera.id: camera.code for camera in cameras}
    said = [camera for part in parts for camera in part.cameras]
    wrong = {there[one] for one in there.keys() - set(said)} | {f"#{one}" for one in set(said) - there.keys()}
    wrong |= {there[one] for one in there if said.count(one) > 1}
    if wrong:
        raise CamerasChanged(name=old.name, cameras=", ".join(sorted(wrong)[:10]))


def _made(session: Session, old: Unit, spec: UnitSpec, at_us: int) -> Unit:
    unit = Unit(
        code=spec.code,
        name=spec.name,
        folded_name=fold(spec.name),
        kind=spec.kind or old.kind,
        parent_id=old.parent_id,
        valid_from_us=at_us,
        boundary=None if spec.boundary is None else stored(spec.boundary),
        phone=spec.phone,
        contact=spec.contact,
    )
    session.add(unit)
    session.flush()
    assert old.id is not None
    assert unit.id is not None
    session.add(UnitSuccession(predecessor_id=old.id, successor_id=unit.id, at_us=at_us, kind="split"))
    return unit


Point = tuple[float, float]
"""(lat, lon)."""


def suggested(cameras: Sequence[CameraRecord], near: Sequence[Point | None]) -> Mapping[int, int]:
    """Return by camera id the number of the part that it may go to.

    With a point for each part that is the nearest; else the cameras are shared out evenly along the longer side of
    where they stand, from west to east or from north to south. What stands nowhere goes to the first.
    """
    placed = [(camera.id, (camera.placement.lat, camera.placement.lon)) for camera in cameras if camera.placement]
    found = {camera.id: 0 for camera in cameras}
    if not placed:
        return found
    shrink = _shrink(placed[0][1][0])
    points = [point for point in near if point is not None]
    if len(points) == len(near):
        for camera_id, at in placed:
            found[camera_id] = min(range(len(points)), key=lambda part: _apart(points[part], at, shrink))
        return found
    lats, lons = [at[0] for _, at in placed], [at[1] for _, at in placed]
    wide = (max(lons) - min(lons)) * shrink >= max(lats) - min(lats)
    placed.sort(key=lambda one: (one[1][1] if wide else -one[1][0], one[0]))
    for place, (camera_id, _) in enumerate(placed):
        found[camera_id] = place * len(near) // len(placed)
    return found


def _shrink(lat: float) -> float:
    """Return how much shorter a degree of longitude is here than one of latitude."""
    return math.cos(math.radians(lat))


def _apart(one: Point, other: Point, shrink: float) -> float:
    return math.hypot(one[0] - other[0], (one[1] - other[1]) * shrink)
