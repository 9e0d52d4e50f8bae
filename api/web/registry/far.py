"""A place far from where a camera of a neighbourhood can be: a slip of the finger or a map of another town, asked about once."""

import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.reads import ids_within, valid_at
from camera_registry.tables import Camera, Placement
from camera_registry.units import boundary_of, get_unit
from camera_registry.views import LocalFrame, distance_bearing

OUTSIDE_M = 100.0
"""Outlines are drawn along the middle of streets, and phones are wrong by some houses."""
APART_M = 2000.0
"""From the nearest other camera of a unit whose outline nobody knows."""


def far_from(session: Session, unit: str | None, lat: float, lon: float, at_us: int) -> float | None:
    """Return how many metres a place is from its unit, None where it may well be in it or nobody can say."""
    if unit is None:
        return None
    found = get_unit(session, unit, at_us)
    boundary = boundary_of(found)
    if boundary is not None:
        away = _metres(boundary, lat, lon)
        return away if away > OUTSIDE_M else None
    nearest = min((distance_bearing(lat, lon, *place[:2])[0] for place in places_in(session, unit, at_us)), default=0.0)
    return nearest if nearest > APART_M else None


def places_in(session: Session, unit: str, at_us: int) -> list[tuple[float, float, str]]:
    """Return latitude, longitude and code of the unit's cameras."""
    unit_id = get_unit(session, unit, at_us).id
    question = (
        sa.select(col(Placement.lat), col(Placement.lon), col(Camera.code))
        .join(Camera)
        .where(
            col(Placement.camera_id).in_(ids_within([unit_id] if unit_id is not None else [], at_us)),
            valid_at(Placement, at_us),
        )
    )
    return [(row[0], row[1], row[2]) for row in session.execute(question)]


def _metres(boundary: shapely.Geometry, lat: float, lon: float) -> float:
    """Return metres from a place to a boundary: exact near it, and a few percent wrong a thousand kilometres away."""
    middle = shapely.centroid(boundary)
    frame = LocalFrame(float(shapely.get_y(middle)), float(shapely.get_x(middle)))
    return float(shapely.distance(frame.geometry_to_metres(boundary), shapely.Point(*frame.to_metres(lat, lon))))
