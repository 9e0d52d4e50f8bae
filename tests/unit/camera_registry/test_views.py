"""Where a camera looks: areas and points against trigonometry."""

import math

import numpy as np
import pytest
import shapely

from camera_registry.records import PlacementRecord
from camera_registry.views import (
    LocalFrame,
    distance_bearing,
    off_axis,
    sees_points,
    view_in_degrees,
    view_polygon,
)
from foundation.timebase import TimeRange

SAIGON = (10.7769, 106.7009)


def placed(bearing: float | None, angle: float | None, reach: float = 50.0) -> PlacementRecord:
    return PlacementRecord(*SAIGON, bearing, angle, reach, 4.0, None, TimeRange(0, 1))


@pytest.mark.parametrize("angle", [1.0, 33.0, 90.0, 179.0, 270.0, 359.0, 360.0])
@pytest.mark.parametrize("bearing", [0.0, 7.5, 180.0, 359.9])
def test_the_polygon_has_the_area_of_the_sector(bearing: float, angle: float) -> None:
    polygon = view_polygon(placed(bearing, angle))
    assert polygon is not None
    assert polygon.is_valid
    assert polygon.area == pytest.approx(math.radians(angle) / 2 * 50**2, rel=1e-9)


def test_it_looks_over_north_without_a_seam() -> None:
    polygon = view_polygon(placed(350.0, 60.0))
    assert polygon is not None
    for bearing, inside in ((345, True), (0, True), (19, True), (22, False), (318, False), (170, False)):
        turn = math.radians(bearing)
        assert polygon.contains(shapely.Point(40 * math.sin(turn), 40 * math.cos(turn))) is inside, bearing


def test_an_unverified_view_is_none() -> None:
    for placement in (placed(None, 90.0), placed(10.0, None), placed(None, None)):
        assert view_polygon(placement) is None
        assert view_in_degrees(placement) is None
        assert not sees_points(placement, np.zeros(3), np.zeros(3)).any()


def test_polygon_and_points_agree_away_from_the_edge() -> None:
    dice = np.random.default_rng(7)
    x, y = dice.uniform(-70, 70, (2, 4000))
    for bearing, angle in ((10.0, 80.0), (200.0, 300.0), (0.0, 360.0)):
        placement = placed(bearing, angle)
        polygon = view_polygon(placement)
        assert polygon is not None
        points = shapely.points(x, y)
        clear = shapely.distance(polygon.boundary, points) > 0.1
        assert clear.mean() > 0.9
        assert (shapely.contains(polygon, points) == sees_points(placement, x, y))[clear].all()


def test_metres_are_true_where_the_camera_stands() -> None:
    """Against the haversine formula on the same sphere."""
    lat, lon = SAIGON
    to_lat, to_lon = lat + 0.001, lon - 0.0015
    a, b = math.radians(lat), math.radians(to_lat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    distance, bearing = distance_bearing(lat, lon, to_lat, to_lon)
    assert distance == pytest.approx(2 * 6_371_008.8 * math.asin(math.sqrt(half)), abs=0.002)
    assert bearing == pytest.approx(304.2, abs=0.1)


def test_a_frame_goes_there_and_back() -> None:
    frame = LocalFrame(*SAIGON)
    assert frame.to_degrees(*frame.to_metres(10.78, 106.71)) == pytest.approx((10.78, 106.71), abs=1e-12)
    square = shapely.box(106.70, 10.77, 106.71, 10.78)
    back = frame.geometry_to_degrees(frame.geometry_to_metres(square))
    assert shapely.equals_exact(back, square, 1e-12)


@pytest.mark.parametrize(
    ("bearing", "axis", "apart"), [(10, 350, 20), (350, 10, 20), (180, 0, 180), (0, 0, 0), (90, 270, 180)]
)
def test_angles_are_measured_the_short_way(bearing: float, axis: float, apart: float) -> None:
    assert off_axis(bearing, axis) == pytest.approx(apart)
