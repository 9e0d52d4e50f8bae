"""Which unit a camera belongs to from some instant on, also where that unit is known to end: then its successor's."""

import math

import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.tables import CameraUnit, Placement, Unit, UnitSuccession
from camera_registry.units import boundary_of, unit_by_id

Point = tuple[float, float]
"""(lat, lon)."""


def join(session: Session, camera_id: int, unit_id: int, since_us: int, at: Point | None) -> None:
    """Open the membership of a camera that stands at `at`; where the unit ends, it goes on in what takes over from it.

    Of several that do it is the one whose boundary the camera stands in, else the one with the nearest camera.
    """
    ends = unit_by_id(session, unit_id).valid_to_us
    if ends is None or since_us < ends:
        session.add(CameraUnit(camera_id=camera_id, unit_id=unit_id, valid_from_us=since_us, valid_to_us=ends))
        session.flush()
    heirs = [] if ends is None else _heirs(session, unit_id, ends)
    if heirs and ends is not None:
        join(session, camera_id, _nearest(session, heirs, at, ends), max(since_us, ends), at)


def leave(session: Session, camera_id: int, now_us: int) -> int:
    """End what a camera belongs to, and what it was to belong to later; return when it is free of that, now or soon after."""
    rows = session.execute(
        sa.select(CameraUnit).where(
            col(CameraUnit.camera_id) == camera_id,
            sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > now_us),
        )
    ).scalars()
    free = now_us
    for row in list(rows):
        if row.valid_from_us > now_us:
            session.delete(row)
        else:
            free = max(now_us, row.valid_from_us + 1)
            row.valid_to_us = free
            session.add(row)
    session.flush()
    return free


def _heirs(session: Session, unit_id: int, at_us: int) -> list[Unit]:
    question = (
        sa.select(Unit)
        .join(UnitSuccession, col(UnitSuccession.successor_id) == col(Unit.id))
        .where(col(UnitSuccession.predecessor_id) == unit_id, col(UnitSuccession.at_us) == at_us)
        .order_by(col(Unit.code))
    )
    return list(session.execute(question).scalars())


def _nearest(session: Session, heirs: list[Unit], at: Point | None, at_us: int) -> int:
    ids = [unit.id for unit in heirs if unit.id is not None]
    if at is None or len(ids) == 1:
        return ids[0]
    for unit in heirs:
        boundary = boundary_of(unit)
        if boundary is not None and unit.id is not None and shapely.intersects_xy(boundary, at[1], at[0]):
            return unit.id
    question = (
        sa.select(col(CameraUnit.unit_id), col(Placement.lat), col(Placement.lon))
        .join(Placement, col(Placement.camera_id) == col(CameraUnit.camera_id))
        .where(
            col(CameraUnit.unit_id).in_(ids),
            col(CameraUnit.valid_from_us) == at_us,
            col(Placement.valid_to_us).is_(None),
        )
    )
    shrink = math.cos(math.radians(at[0]))
    apart = [(math.hypot(lat - at[0], (lon - at[1]) * shrink), unit) for unit, lat, lon in session.execute(question)]
    return min(apart)[1] if apart else ids[0]
