"""The cameras of an audit: when they belonged to its units, where they looked, what they recorded."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.cameras import streams_of
from camera_registry.reads import validity
from camera_registry.records import PlacementRecord
from camera_registry.sight import View, views_of
from camera_registry.tables import Camera, CameraUnit
from camera_registry.views import METRES_PER_DEGREE
from extract.coverage.hours import Times, clip, edges, union_us
from extract.coverage.scope import Scope
from foundation.timebase import TimeRange
from ingest.index.records import Gap
from ingest.index.timeline import Recorder, timelines

_AT_ONCE = 500  # cameras whose timelines are in memory together
_NOT_UP = "planned"


@dataclass(frozen=True)
class Stretch:
    """A camera belonged to a unit of the audit during `span`."""

    camera_id: int
    unit_id: int
    span: TimeRange


@dataclass(frozen=True)
class Listed:
    code: str
    name: str
    status: str
    registered_us: int


@dataclass(frozen=True, eq=False)
class Register:
    """`views` are the verified views that may matter: of members, and of anybody who looks into the area."""

    cameras: dict[int, Listed]
    stretches: list[Stretch]
    unassigned: int
    views: list[View]
    recorded: dict[int, Times]
    gaps: dict[int, tuple[Gap, ...]]
    known: dict[int, list[TimeRange]]
    """When it was known where a camera looked, of any camera."""
    places: dict[int, PlacementRecord]
    """Where each camera stood last."""

    def verified(self, camera_id: int, span: TimeRange) -> bool:
        """Tell whether it was known at any time of `span` where the camera looked."""
        return any(valid.overlaps(span) for valid in self.known.get(camera_id, ()))

    def recorded_us(self, camera_id: int, span: TimeRange) -> int:
        return union_us([clip(self.recorded[camera_id], span)])

    def longest_gap(self, camera_id: int, spans: Iterable[TimeRange]) -> Gap | None:
        """Return the longest stretch without footage and of one reason within `spans`, the first of equals."""
        parts = (
            Gap(part, gap.reason)
            for span in sorted(spans)
            for gap in self.gaps[camera_id]
            if (part := gap.range.intersection(span)) is not None
        )
        return max(parts, key=lambda gap: gap.range.duration_us, default=None)


def register_of(session: Session, scope: Scope, area: shapely.Geometry | None, now_us: int) -> Register:
    """Return the cameras that matter to `scope`, whose area is in (lon, lat)."""
    question = sa.select(
        col(Camera.id), col(Camera.code), col(Camera.name), col(Camera.status), col(Camera.registered_us)
    )
    cameras = {row[0]: Listed(*row[1:]) for row in session.execute(question)}
    stretches, unassigned = _stretches(session, scope, set(cameras))
    members = {item.camera_id for item in stretches}
    known: dict[int, list[TimeRange]] = defaultdict(list)
    views, places = [], {}
    for view in views_of(session, list(cameras), scope.span):
        places[view.camera_id] = view.placement
        if not view.placement.verified:
            continue
        known[view.camera_id].append(view.valid)
        # A planned camera is not up yet, so it covers nothing, however well its place is known.
        up = cameras[view.camera_id].status != _NOT_UP
        if up and (view.camera_id in members or _reaches(view, area)):
            views.append(view)
    wanted = sorted(members | {view.camera_id for view in views})
    recorded, gaps = _footage(session, wanted, cameras, scope.span, now_us)
    used = {camera_id: cameras[camera_id] for camera_id in wanted}
    return Register(used, stretches, unassigned, views, recorded, gaps, dict(known), places)


def _stretches(session: Session, scope: Scope, cameras: set[int]) -> tuple[list[Stretch], int]:
    """Return when cameras belonged to units of the audit, and how many cameras belonged to no unit whatever."""
    bounds = {item.id: item.span for item in scope.units}
    found, homeless = [], set(cameras)
    question = sa.select(
        col(CameraUnit.camera_id),
        col(CameraUnit.unit_id),
        col(CameraUnit.valid_from_us),
        col(CameraUnit.valid_to_us),
    ).where(
        col(CameraUnit.valid_from_us) < scope.span.end_us,
        sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > scope.span.start_us),
    )
    for row in session.execute(question.order_by(col(CameraUnit.camera_id), col(CameraUnit.valid_from_us))):
        homeless.discard(row.camera_id)
        unit = bounds.get(row.unit_id)
        part = None if unit is None else validity(row).intersection(unit)
        if part is not None:
            found.append(Stretch(row.camera_id, row.unit_id, part))
    return found, len(homeless)


def _reaches(view: View, area: shapely.Geometry | None) -> bool:
    """Tell whether a view may reach into the box around the area; the sample points decide in the end."""
    if area is None:
        return False
    west, south, east, north = shapely.bounds(area)
    place = view.placement
    high = place.range_m * 1.1 / METRES_PER_DEGREE
    wide = high / max(0.01, float(np.cos(np.radians(place.lat))))
    return bool(south - high <= place.lat <= north + high and west - wide <= place.lon <= east + wide)


def _footage(
    session: Session, ids: Sequence[int], cameras: dict[int, Listed], span: TimeRange, now_us: int
) -> tuple[dict[int, Times], dict[int, tuple[Gap, ...]]]:
    recorded: dict[int, Times] = {}
    gaps: dict[int, tuple[Gap, ...]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        streams = streams_of(session, some)
        recorders = {
            camera_id: Recorder(
                tuple(stream.id for stream in streams.get(camera_id, []) if stream.id is not None),
                cameras[camera_id].registered_us,
            )
            for camera_id in some
        }
        for camera_id, told in timelines(session, recorders, span, now_us).items():
            recorded[camera_id] = edges(told.recorded)
            gaps[camera_id] = told.gaps
    return recorded, gaps
