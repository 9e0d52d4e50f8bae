"""Who sees a place: which placements, valid at the time, look at it, and for each that does not, why not.

A tree over the reach of every placement there ever was (Shapely STRtree) finds the few that matter; what they see is
then computed about each camera in metres. The tree is kept per catalogue until the registry changes.
"""

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.reads import describe_all, placement_record
from camera_registry.records import CameraRecord, PlacementRecord
from camera_registry.revision import revision
from camera_registry.tables import Camera, Placement
from camera_registry.views import METRES_PER_DEGREE, LocalFrame, distance_bearing, off_axis, view_polygon
from foundation.errors import N_
from foundation.timebase import TimeRange

_EARTH_M = 6_371_000.0
NEAR_M = 100.0
"""A camera this near that does not see the place is worth naming, with the reason."""


@dataclass(frozen=True)
class Place:
    """A point (WGS 84) and how far about it the thing may have happened, in metres."""

    lat: float
    lon: float
    radius_m: float = 0.0


@dataclass(frozen=True)
class Reason:
    """`message` is a template of the catalogue over `fields`; `code` is for programs."""

    code: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sight:
    """One placement of one camera against a place. `valid` is when within the range asked for; None: not then."""

    camera: CameraRecord
    placement: PlacementRecord
    valid: TimeRange | None
    sees: bool
    reasons: tuple[Reason, ...]
    distance_m: float
    bearing_deg: float


@dataclass(frozen=True)
class View:
    """A placement during the part of the range in which it was valid."""

    camera_id: int
    valid: TimeRange
    placement: PlacementRecord


@dataclass(frozen=True, eq=False)
class _Index:
    revision: int
    cameras: list[int]
    placements: list[PlacementRecord]
    views: list[shapely.Polygon | None]
    tree: shapely.STRtree


_EDGE = N_("Sees part of the area asked for; its centre is {distance} m away")
_BESIDE = N_("The area asked for lies just beside its view")
_HERE = shapely.Point(0, 0)
"""Where a camera stands in its own frame."""
_KNOWN: WeakKeyDictionary[sa.Engine, _Index] = WeakKeyDictionary()


def who_sees(session: Session, place: Place, span: TimeRange) -> list[Sight]:
    """Return every placement near enough to matter, those that see the place first, then by distance."""
    index = _index(session)
    degrees = place.radius_m / METRES_PER_DEGREE
    # A radius is wider in degrees of longitude the farther from the equator; up to 60° twice as wide is enough.
    wide = degrees / max(0.5, float(np.cos(np.radians(place.lat))))
    box = shapely.box(place.lon - wide, place.lat - degrees, place.lon + wide, place.lat + degrees)
    hits = [int(number) for number in index.tree.query(box)]
    judged = [(index.cameras[number], *_judge(index, number, place, span)) for number in hits]
    near = [item for item in judged if item[1]["distance_m"] <= place.radius_m + max(NEAR_M, item[2].range_m)]
    described = _described(session, sorted({camera_id for camera_id, _, _ in near}), span)
    sights = [Sight(camera=described[camera_id], placement=placement, **told) for camera_id, told, placement in near]
    return sorted(sights, key=lambda sight: (not sight.sees, sight.distance_m, sight.camera.code))


def who_sees_area(session: Session, area: shapely.Geometry, middle: Place, span: TimeRange) -> list[Sight]:
    """Return every placement near enough to an area (lon, lat) to matter, as `who_sees` does; distances are to `middle`."""
    index = _index(session)
    judged = [
        (index.cameras[number], *_judge_area(index, number, area, middle, span))
        for number in (int(hit) for hit in index.tree.query(area))
    ]
    described = _described(session, sorted({camera_id for camera_id, _, _ in judged}), span)
    sights = [Sight(camera=described[camera_id], placement=placement, **told) for camera_id, told, placement in judged]
    return sorted(sights, key=lambda sight: (not sight.sees, sight.distance_m, sight.camera.code))


def nearest_camera(
    session: Session, lat: float, lon: float, span: TimeRange
) -> tuple[CameraRecord, PlacementRecord, float] | None:
    """Return the camera that stands nearest to a point at some time of the range, where it stands, and how many metres that is away."""
    index = _index(session)
    valid = [number for number, one in enumerate(index.placements) if one.valid.intersection(span) is not None]
    if not valid:
        return None
    places = np.radians([(index.placements[number].lat, index.placements[number].lon) for number in valid])
    here = np.radians((lat, lon))
    turn = np.sin((places - here) / 2) ** 2
    metres = 2 * _EARTH_M * np.arcsin(np.sqrt(turn[:, 0] + np.cos(here[0]) * np.cos(places[:, 0]) * turn[:, 1]))
    best = int(np.argmin(metres))
    number = valid[best]
    camera = _described(session, [index.cameras[number]], span)[index.cameras[number]]
    return camera, index.placements[number], float(metres[best])


def who_may_see(session: Session, area: shapely.Geometry, span: TimeRange) -> frozenset[int]:
    """Return the cameras that stand in `area` (lon, lat) or see some of it during `span`.

    A camera of which nobody knows where it looks counts when the area is within its range: this one keeps too much
    rather than too little.
    """
    index = _index(session)
    found = set()
    for number in index.tree.query(area):
        placement, view = index.placements[number], index.views[number]
        if placement.valid.intersection(span) is None:
            continue
        seen = LocalFrame(placement.lat, placement.lon).geometry_to_metres(area)
        # The view has its corner where the camera stands, so whoever stands in the area sees some of it.
        if shapely.intersects(seen, view) if view is not None else shapely.distance(seen, _HERE) <= placement.range_m:
            found.add(index.cameras[number])
    return frozenset(found)


def views_of(session: Session, camera_ids: list[int], span: TimeRange) -> list[View]:
    """Return where the cameras stood and looked during `span`, by camera and time."""
    wanted = set(camera_ids)
    index = _index(session)
    found = [
        View(camera_id, valid, placement)
        for camera_id, placement in zip(index.cameras, index.placements, strict=True)
        if camera_id in wanted and (valid := placement.valid.intersection(span)) is not None
    ]
    return sorted(found, key=lambda view: (view.camera_id, view.valid))


def _index(session: Session) -> _Index:
    connection = session.connection()
    current = revision(session)
    known = _KNOWN.get(connection.engine)
    if known is not None and known.revision == current:
        return known
    built = _build(session, current)
    if not connection.get_execution_options().get("matpho_writes"):
        # What a unit of work has written and not yet committed may never come to be: only readers leave a tree behind.
        _KNOWN[connection.engine] = built
    return built


def _build(session: Session, current: int) -> _Index:
    rows = list(session.execute(sa.select(Placement).order_by(col(Placement.id))).scalars())
    placements = [placement_record(row) for row in rows]
    boxes = [_reach(placement) for placement in placements]
    views = [view_polygon(placement) for placement in placements]
    return _Index(current, [row.camera_id for row in rows], placements, views, shapely.STRtree(boxes))


def _reach(placement: PlacementRecord) -> shapely.Geometry:
    high = max(NEAR_M, placement.range_m) * 1.1 / METRES_PER_DEGREE
    wide = high / max(0.01, float(np.cos(np.radians(placement.lat))))
    return shapely.box(placement.lon - wide, placement.lat - high, placement.lon + wide, placement.lat + high)


def _described(session: Session, ids: list[int], span: TimeRange) -> dict[int, CameraRecord]:
    cameras = list(session.execute(sa.select(Camera).where(col(Camera.id).in_(ids))).scalars())
    return {record.id: record for record in describe_all(session, cameras, span.end_us - 1)}


def _judge(index: _Index, number: int, place: Place, span: TimeRange) -> tuple[dict[str, Any], PlacementRecord]:
    placement, view = index.placements[number], index.views[number]
    distance, bearing = distance_bearing(placement.lat, placement.lon, place.lat, place.lon)
    valid = placement.valid.intersection(span)
    told: dict[str, Any] = {"valid": valid, "distance_m": distance, "bearing_deg": bearing}
    blind = _sees_nothing(placement, view, span)
    if blind is not None or view is None:
        return told | {"sees": False, "reasons": (blind,)}, placement
    turn = np.radians(bearing)
    point = shapely.Point(distance * np.sin(turn), distance * np.cos(turn))
    sees = bool(shapely.distance(view, point) <= place.radius_m)
    reasons = _why(placement, distance, bearing) if sees else _why_not(placement, distance, bearing, place)
    return told | {"sees": sees, "reasons": reasons}, placement


def _judge_area(
    index: _Index, number: int, area: shapely.Geometry, middle: Place, span: TimeRange
) -> tuple[dict[str, Any], PlacementRecord]:
    placement, view = index.placements[number], index.views[number]
    distance, bearing = distance_bearing(placement.lat, placement.lon, middle.lat, middle.lon)
    valid = placement.valid.intersection(span)
    told: dict[str, Any] = {"valid": valid, "distance_m": distance, "bearing_deg": bearing}
    blind = _sees_nothing(placement, view, span)
    if blind is not None or view is None:
        return told | {"sees": False, "reasons": (blind,)}, placement
    sees = bool(shapely.intersects(LocalFrame(placement.lat, placement.lon).geometry_to_metres(area), view))
    fields = {"distance": round(distance)}
    reason = Reason("edge_in_view", _EDGE, fields) if sees else Reason("beside_view", _BESIDE)
    return told | {"sees": sees, "reasons": (reason,)}, placement


def _sees_nothing(placement: PlacementRecord, view: shapely.Polygon | None, span: TimeRange) -> Reason | None:
    """Return why nothing can be seen from there, wherever one looks; None when something can."""
    if placement.valid.intersection(span) is None:
        if placement.valid.start_us >= span.end_us:
            return Reason("not_yet", N_("It was put up there later"))
        return Reason("no_longer", N_("It no longer stood there"))
    if view is None:
        return Reason("unverified", N_("Nobody has entered where it looks, so it counts as seeing nothing"))
    return None


def _why(placement: PlacementRecord, distance: float, bearing: float) -> tuple[Reason, ...]:
    assert placement.bearing_deg is not None
    fields = {"distance": round(distance), "angle": round(off_axis(bearing, placement.bearing_deg))}
    if placement.range_m >= distance and _within_angle(placement, bearing):
        return (Reason("in_view", N_("Looks there: {distance} m away, {angle}° off its axis"), fields),)
    return (Reason("edge_in_view", _EDGE, fields),)


def _why_not(placement: PlacementRecord, distance: float, bearing: float, place: Place) -> tuple[Reason, ...]:
    assert placement.bearing_deg is not None
    assert placement.hfov_deg is not None
    reasons = []
    if distance - place.radius_m > placement.range_m:
        fields = {"distance": round(distance), "range": round(placement.range_m)}
        reasons.append(Reason("out_of_range", N_("Too far: {distance} m away, it sees {range} m"), fields))
    if not _within_angle(placement, bearing):
        fields = {"angle": round(off_axis(bearing, placement.bearing_deg)), "half": round(placement.hfov_deg / 2)}
        reasons.append(
            Reason("outside_angle", N_("Looks elsewhere: {angle}° off its axis, it sees {half}° to each side"), fields)
        )
    return tuple(reasons) or (Reason("beside_view", _BESIDE),)


def _within_angle(placement: PlacementRecord, bearing: float) -> bool:
    assert placement.bearing_deg is not None
    assert placement.hfov_deg is not None
    return placement.hfov_deg >= 360 or off_axis(bearing, placement.bearing_deg) <= placement.hfov_deg / 2
