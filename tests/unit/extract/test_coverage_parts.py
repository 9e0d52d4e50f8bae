"""The pure parts of the audit of coverage: hours, cells, sights."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from extract.coverage.grid import AreaTooLarge, make_grid, side_of
from extract.coverage.hours import HOUR_US, clip, edges, hour_bounds, union_us, within
from extract.coverage.sight import look
from foundation.timebase import TimeRange, parse_instant

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def test_hours_are_whole_on_the_wall_and_the_outer_ones_have_their_true_length() -> None:
    start = parse_instant("2026-03-07T21:20:00+07:00")
    bounds = hour_bounds(TimeRange(start, start + 2 * HOUR_US), HANOI)
    assert (np.diff(bounds) / 60e6).tolist() == [40, 60, 20]


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("Asia/Kathmandu", [15, 60, 45]), ("UTC", [60, 60]), ("Asia/Kolkata", [30, 60, 30])],
)
def test_a_zone_need_not_be_whole_hours_from_utc(zone: str, minutes: list[int]) -> None:
    start = parse_instant("2026-03-07T12:00:00Z")
    bounds = hour_bounds(TimeRange(start, start + 2 * HOUR_US), ZoneInfo(zone))
    assert (np.diff(bounds) / 60e6).tolist() == minutes


def test_a_zone_may_change_its_offset_by_half_an_hour() -> None:
    start = parse_instant("2026-04-04T14:00:00Z")  # Lord Howe: +11:00 until 15:00Z, then +10:30
    bounds = hour_bounds(TimeRange(start, start + 3 * HOUR_US), ZoneInfo("Australia/Lord_Howe"))
    assert (np.diff(bounds) / 60e6).tolist() == [60, 30, 60, 30]


def test_time_within_hours_is_exact_over_a_year() -> None:
    bounds = hour_bounds(TimeRange(0, 366 * 24 * HOUR_US), HANOI)
    parts = [TimeRange(hour * HOUR_US + 1, (hour + 1) * HOUR_US - 1) for hour in range(366 * 24)]
    assert set(within(edges(parts), bounds).tolist()) == {HOUR_US - 2}
    assert within(edges([]), bounds).sum() == 0


def test_the_union_of_ranges_counts_overlaps_once() -> None:
    first, second = edges([TimeRange(0, 10), TimeRange(20, 30)]), edges([TimeRange(5, 22), TimeRange(40, 41)])
    assert union_us([first, second]) == 31
    assert union_us([first]) == 20
    assert union_us([]) == union_us([edges([]), edges([])]) == 0
    assert clip(first, TimeRange(8, 25)).tolist() == [[8, 10], [20, 25]]


def test_cells_hold_the_points_of_the_area() -> None:
    grid = make_grid(shapely.box(-30, -30, 45, 20), 25)
    assert grid.inside.sum() * grid.point_m**2 == 75 * 50
    assert grid.inside.max() == 100
    assert (grid.count, grid.boxes()[0].bounds) == (12, (-50.0, -50.0, -25.0, -25.0))


def test_an_area_in_parts_shares_its_cells() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 10, 25), shapely.box(15, 0, 25, 25)])
    grid = make_grid(parts, 25)
    assert (grid.count, grid.inside.tolist()) == (1, [80])


def test_a_hole_is_not_of_the_area() -> None:
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(25, 25, 75, 75))
    assert make_grid(ring, 25).count == 12


def test_an_area_of_too_many_cells_is_refused_with_the_way_out() -> None:
    with pytest.raises(AreaTooLarge, match="larger cells"):
        make_grid(shapely.box(0, 0, 1e5, 1e5), 25)
    assert [side_of(cell) for cell in (5, 25, 100, 1000)] == [4, 10, 40, 40]


def test_points_are_grouped_by_the_views_that_see_them() -> None:
    area = shapely.box(0, 0, 100, 100)
    grid = make_grid(area, 25)
    views = [shapely.box(0, 0, 50, 50), shapely.box(25, 0, 75, 50), shapely.box(300, 300, 400, 400)]
    seen = look(grid, area, views)
    sizes = dict(zip(seen.groups, np.bincount(seen.group).tolist(), strict=True))
    assert sizes == {(0,): 200, (0, 1): 200, (1,): 200}
    assert seen.pair_share.tolist() == [1.0] * 8
    assert seen.pair_view.tolist() == [0, 0, 1, 1, 0, 0, 1, 1]


def test_nobody_sees_nothing() -> None:
    area = shapely.box(0, 0, 100, 100)
    seen = look(make_grid(area, 25), area, [])
    assert (len(seen.cell), seen.groups) == (0, ())
