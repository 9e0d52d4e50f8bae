"""The audit against a slow reference: every point of every cell, every camera, one hour at a time."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camera_registry.views import LocalFrame, view_in_degrees
from extract.coverage.audit import coverage
from extract.coverage.records import Coverage
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, covered_us
from ingest.index.queries import recorded as runs_of
from tests.support.audited_ward import BEGIN, HOUR, Eye, add_eye, add_unit, square
from tests.support.databases import sqlite_catalogue

SPAN = TimeRange(BEGIN - HOUR // 4, BEGIN + 3 * HOUR + HOUR // 3)
CUT = BEGIN + HOUR + HOUR // 2


def runs() -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """Return runs in order that do not overlap, some beyond the period."""
    times = st.lists(st.integers(-HOUR, 4 * HOUR), max_size=8, unique=True).map(sorted)
    return times.map(lambda found: tuple(zip(found[::2], found[1::2], strict=False)))


EYES = st.lists(
    st.builds(
        Eye,
        x=st.floats(-30, 130),
        y=st.floats(-30, 130),
        bearing=st.floats(0, 359),
        angle=st.sampled_from([None, 40.0, 90.0, 200.0, 360.0]),
        reach=st.floats(5, 80),
        runs=runs(),
        unit=st.sampled_from(["KP1", "KP2", None]),
        valid=st.sampled_from([(0, None), (BEGIN + HOUR // 2, None), (0, BEGIN + 2 * HOUR)]),
    ),
    max_size=4,
)


class Wards:
    """A catalogue for each example, with two units beside each other."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.template, self.folder, self.made = template, folder, 0

    def audits(self, eyes: list[Eye], *spans: TimeRange) -> tuple[list[Coverage], list[tuple[int, int, int]]]:
        self.made += 1
        folder = self.folder / str(self.made)
        folder.mkdir()
        with sqlite_catalogue(self.template, folder) as engine:
            add_unit(engine, "KP1", square(0, 0, 60))
            add_unit(engine, "KP2", square(60, 0, 40))
            for number, eye in enumerate(eyes):
                add_eye(engine, f"C{number}", eye)
            with unit_of_work(engine, writes=False) as session:
                ids = session.execute(sa.text("SELECT id, camera_id FROM stream")).all()
                found = [coverage(session, None, span, SPAN.end_us) for span in spans]
                stored = [
                    (int(camera), run.start_us, run.end_us)
                    for stream, camera in ids
                    for run in runs_of(session, [stream], SPAN)
                ]
        return found, stored


@pytest.fixture
def wards(_sqlite_template: Path, tmp_path: Path) -> Wards:
    return Wards(_sqlite_template, tmp_path)


calm = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def hourly(found: Coverage) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], ...]:
    assert found.cells is not None
    mean = np.zeros((found.cells.grid.count, len(found.cells.hours_us)))
    count = np.zeros_like(mean)
    for cells, some_mean, some_count in found.cells.by_hour():
        mean[cells], count[cells] = some_mean, some_count
    return mean, count


@calm
@given(eyes=EYES)
def test_cells_and_hours_are_what_counting_point_by_point_gives(wards: Wards, eyes: list[Eye]) -> None:
    (found,), stored = wards.audits(eyes, SPAN)
    cells = found.cells
    assert cells is not None
    assert found.total.boundary is not None
    area = cells.frame.geometry_to_metres(found.total.boundary)
    mean, count = hourly(found)
    expected_mean, expected_count = np.zeros_like(mean), np.zeros_like(count)
    hours = [TimeRange(int(a), int(b)) for a, b in pairwise(cells.bounds)]
    for number in range(cells.grid.count):
        inside = shapely.contains_xy(area, *points(found, number))
        for view in found.views:
            polygon = view_in_degrees(view.placement)
            assert polygon is not None
            seen = shapely.contains_xy(cells.frame.geometry_to_metres(polygon), *points(found, number)) & inside
            mine = [TimeRange(start, end) for camera, start, end in stored if camera == view.camera_id]
            for place, hour in enumerate(hours):
                parts = [p for run in mine if (p := run.intersection(view.valid)) is not None]
                share = covered_us(hour, parts) / hour.duration_us
                expected_mean[number, place] += seen.sum() / inside.sum() * share
                expected_count[number, place] += bool(seen.any() and share > 0)
    assert np.allclose(mean, expected_mean, atol=1e-5)
    assert np.array_equal(count, expected_count)


def points(found: Coverage, number: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    assert found.cells is not None
    grid = found.cells.grid
    steps = (np.arange(grid.side) + 0.5) * grid.point_m
    x, y = np.meshgrid(grid.column[number] * grid.cell_m + steps, grid.row[number] * grid.cell_m + steps)
    return x.ravel(), y.ravel()


@calm
@given(eyes=EYES)
def test_shares_lie_between_nothing_and_all_and_what_is_recorded_was_in_view(wards: Wards, eyes: list[Eye]) -> None:
    (found,), _ = wards.audits(eyes, SPAN)
    assert found.cells is not None
    for unit in (*found.units, found.total):
        assert unit.in_view is not None
        assert unit.recorded is not None
        assert 0 <= unit.recorded <= unit.in_view + 1e-12
        assert unit.in_view <= 1 + 1e-12
        assert unit.with_footage <= unit.registered >= unit.verified
    assert all(0 <= camera.recorded <= 1 for camera in found.cameras)
    assert (found.cells.recorded <= found.cells.in_view + 1e-12).all()
    assert found.cells.in_view.max(initial=0) <= 1 + 1e-12


@calm
@given(eyes=EYES)
def test_two_parts_of_the_period_weigh_up_to_the_whole(wards: Wards, eyes: list[Eye]) -> None:
    halves = TimeRange(SPAN.start_us, CUT), TimeRange(CUT, SPAN.end_us)
    (whole, first, second), _ = wards.audits(eyes, SPAN, *halves)
    weights = [half.duration_us / SPAN.duration_us for half in halves]
    for number in range(len(whole.units)):
        for name in ("in_view", "recorded"):
            parts = [getattr(half.units[number], name) for half in (first, second)]
            assert np.dot(weights, parts) == pytest.approx(getattr(whole.units[number], name), abs=1e-9)
    for camera, left, right in zip(whole.cameras, first.cameras, second.cameras, strict=True):
        assert camera.recorded_us == left.recorded_us + right.recorded_us


@calm
@given(eyes=EYES, more=EYES)
def test_another_camera_lowers_nothing(wards: Wards, eyes: list[Eye], more: list[Eye]) -> None:
    (before,), _ = wards.audits(eyes, SPAN)
    (after,), _ = wards.audits([*eyes, *more], SPAN)
    for old, new in zip((*before.units, before.total), (*after.units, after.total), strict=True):
        for name in ("registered", "verified", "with_footage", "member_us", "recorded_us", "in_view", "recorded"):
            assert getattr(new, name) >= getattr(old, name) - 1e-12
    for old_values, new_values in zip(hourly(before), hourly(after), strict=True):
        assert (new_values >= old_values - 1e-5).all()


def test_the_frame_of_a_ward_is_flat_enough() -> None:
    frame = LocalFrame(10.76, 106.66)
    assert shapely.area(frame.geometry_to_metres(square(0, 0, 100))) == pytest.approx(10_000)
