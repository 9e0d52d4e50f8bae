"""Which cameras come next: somebody left a place at a time, and may have passed the view of others, each within a window of time.

A lower and an upper bound and no prophecy: as fast as the manner allows along the beeline, as slowly as it allows along
streets that wind. A camera is told when the nearest point of its view lies within the angle of the direction, if one is
known. docs/design/lookup.md tells the figures.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.cameras import CameraRecord, describe_all, streams_of
from camera_registry.sight import who_may_see
from camera_registry.tables import Camera
from camera_registry.views import LocalFrame, off_axis, view_in_degrees
from foundation.clock import Clock
from foundation.errors import N_, BadInput
from foundation.timebase import MICROSECONDS, TimeRange, covered_us
from ingest.index.timeline import Recorder, timelines

LONGEST_M = 2000.0
HALF_ANGLE_DEG = 75.0
"""To each side of the direction: streets seldom go straight on."""
WINDING = 1.6
"""How much longer a way along streets may be than the beeline."""


@dataclass(frozen=True)
class Manner:
    """Metres a second, at least with stops on the way, and at most."""

    slowest: float
    fastest: float
    text: str


MANNERS: Mapping[str, Manner] = {
    "foot": Manner(0.7, 3.5, N_("on foot")),
    "motorbike": Manner(2.0, 17.0, N_("by motorbike")),
    "car": Manner(1.5, 20.0, N_("by car")),
}


class MannerUnknown(BadInput):
    code = "manner_unknown"
    message = N_("“{manner}” is no way of going on that is known")
    mend = N_("Known are: {manners}")


@dataclass(frozen=True)
class Onward:
    """`distance_m` is to the nearest point of its view, which lies at (`lat`, `lon`) in the direction `bearing_deg`."""

    camera: CameraRecord
    distance_m: float
    bearing_deg: float
    lat: float
    lon: float
    arrives: TimeRange
    recorded_us: int


def onwards(
    session: Session,
    clock: Clock,
    place: tuple[float, float],
    left: TimeRange,
    manner: str,
    *,
    bearing_deg: float | None = None,
    reach_m: float = 500.0,
) -> list[Onward]:
    """Return the cameras that somebody may have passed who left `place` during `left`, first who could be there first.

    Cameras that see the place itself are left out. Raises `MannerUnknown`.
    """
    if manner not in MANNERS:
        raise MannerUnknown(manner=manner[:40], manners=", ".join(MANNERS))
    how, reach = MANNERS[manner], min(reach_m, LONGEST_M)
    frame = LocalFrame(*place)
    longest = TimeRange(left.start_us, left.end_us + _us(reach * WINDING / how.slowest))
    ids = who_may_see(session, frame.geometry_to_degrees(shapely.Point(0, 0).buffer(reach)), longest)
    rows = list(session.execute(sa.select(Camera).where(col(Camera.id).in_(ids))).scalars())
    found = []
    for camera in describe_all(session, rows, left.start_us):
        view = None if camera.placement is None else view_in_degrees(camera.placement)
        if view is None:
            continue
        nearest = _nearest(frame, view)
        distance = math.hypot(*nearest)
        direction = math.degrees(math.atan2(*nearest)) % 360
        if not 0 < distance <= reach:
            continue
        if bearing_deg is not None and off_axis(direction, bearing_deg) > HALF_ANGLE_DEG:
            continue
        arrives = TimeRange(
            left.start_us + _us(distance / how.fastest), left.end_us + _us(distance * WINDING / how.slowest)
        )
        found.append(Onward(camera, distance, direction, *frame.to_degrees(*nearest), arrives, 0))
    return sorted(_recorded(session, clock, found), key=lambda one: (one.arrives.start_us, one.camera.code))


def _us(seconds: float) -> int:
    return round(seconds * MICROSECONDS)


def _nearest(frame: LocalFrame, view: shapely.Geometry) -> tuple[float, float]:
    """Return metres east and north of the place to the nearest point of a view; (0, 0) when the place lies in it."""
    line = shapely.shortest_line(shapely.Point(0, 0), frame.geometry_to_metres(view))
    x, y = np.round(shapely.get_coordinates(line)[-1], 3)
    return float(x), float(y)


def _recorded(session: Session, clock: Clock, found: list[Onward]) -> list[Onward]:
    """Tell of each camera how much of its window was recorded, with three questions for all."""
    if not found:
        return []
    ids = [one.camera.id for one in found]
    streams = streams_of(session, ids)
    recorders = {
        one.camera.id: Recorder(
            tuple(stream.id for stream in streams.get(one.camera.id, []) if stream.id is not None),
            one.camera.registered_us,
        )
        for one in found
    }
    whole = TimeRange(min(one.arrives.start_us for one in found), max(one.arrives.end_us for one in found))
    lines = timelines(session, recorders, whole, clock.now_us())
    return [replace(one, recorded_us=covered_us(one.arrives, lines[one.camera.id].recorded)) for one in found]
