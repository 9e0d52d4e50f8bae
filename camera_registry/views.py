"""Where a camera looks, as geometry in metres. Pure.

Within the reach of a camera the earth is flat enough: an equirectangular frame about the camera is wrong by less than
1 mm at 200 m. Bearings are degrees clockwise from north.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from camera_registry.records import PlacementRecord

METRES_PER_DEGREE = 111_194.926_644_558_74  # of latitude on the sphere of 6,371,008.8 m (IUGG mean radius)
_STEP_DEG = 5.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LocalFrame:
    """Metres east (x) and north (y) of a point."""

    lat: float
    lon: float

    @property
    def _scale(self) -> float:
        return METRES_PER_DEGREE * math.cos(math.radians(self.lat))

    def to_metres(self, lat: float, lon: float) -> tuple[float, float]:
        return (lon - self.lon) * self._scale, (lat - self.lat) * METRES_PER_DEGREE

    def to_degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return (lat, lon)."""
        return self.lat + y / METRES_PER_DEGREE, self.lon + x / self._scale

    def geometry_to_metres(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """Return a geometry in (lon, lat) as metres in this frame."""
        origin, scale = np.array([self.lon, self.lat]), np.array([self._scale, METRES_PER_DEGREE])
        return shapely.transform(geometry, lambda points: (points - origin) * scale)

    def geometry_to_degrees(self, geometry: shapely.Geometry) -> shapely.Geometry:
        origin, scale = np.array([self.lon, self.lat]), np.array([self._scale, METRES_PER_DEGREE])
        return shapely.transform(geometry, lambda points: points / scale + origin)


def distance_bearing(lat: float, lon: float, to_lat: float, to_lon: float) -> tuple[float, float]:
    """Return metres and degrees (0 to 360) from one point to another close by."""
    x, y = LocalFrame(lat, lon).to_metres(to_lat, to_lon)
    return math.hypot(x, y), math.degrees(math.atan2(x, y)) % 360


def off_axis(bearing_deg: float, axis_deg: float) -> float:
    """Return the angle between two bearings, 0 to 180."""
    return abs((bearing_deg - axis_deg + 180) % 360 - 180)


def view_polygon(placement: PlacementRecord) -> shapely.Polygon | None:
    """Return what the camera sees, in metres about itself: a sector of a circle; None while its view is unverified."""
    bearing, angle = placement.bearing_deg, placement.hfov_deg
    if bearing is None or angle is None:
        return None
    steps = max(2, math.ceil(angle / _STEP_DEG) + 1)
    turned = np.radians(np.linspace(bearing - angle / 2, bearing + angle / 2, steps))
    # The chords between the points lie inside the arc; moved out a little they enclose the same area.
    step = math.radians(angle / (steps - 1))
    reach = placement.range_m * math.sqrt(step / math.sin(step))
    arc = np.column_stack([np.sin(turned), np.cos(turned)]) * reach
    ring = arc[:-1] if angle >= 360 else np.vstack([[0.0, 0.0], arc])
    return shapely.Polygon(ring)


def view_in_degrees(placement: PlacementRecord) -> shapely.Polygon | None:
    """Return `view_polygon` in (lon, lat)."""
    polygon = view_polygon(placement)
    if polygon is None:
        return None
    moved = LocalFrame(placement.lat, placement.lon).geometry_to_degrees(polygon)
    assert isinstance(moved, shapely.Polygon)
    return moved


def sees_points(placement: PlacementRecord, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    """Tell of points, in metres about the camera, which are in its view; exact, without the polygon's chords."""
    bearing, angle = placement.bearing_deg, placement.hfov_deg
    if bearing is None or angle is None:
        return np.zeros(np.shape(x), np.bool_)
    near = np.hypot(x, y) <= placement.range_m
    if angle >= 360:
        return near
    turned = np.degrees(np.arctan2(x, y)) - bearing
    off = np.abs((turned + 180) % 360 - 180)
    return np.asarray(near & (off <= angle / 2))
