"""The audit of coverage on both databases: what is counted, through time and through changes of units and views."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa

from camera_registry.cameras import edit_camera, get_camera
from camera_registry.secrets import Vault
from camera_registry.units import UnitSpec, UnitUnknown, succeed
from extract.coverage.audit import CellUnusable, Coverage, NothingYet, PeriodTooLong, coverage
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.timebase import TimeRange
from ingest.index.records import GapReason
from tests.support.audited_ward import BEGIN, HOUR, Eye, add_eye, add_unit, square

NOW = BEGIN + 100 * HOUR
DAY = TimeRange(BEGIN, BEGIN + 10 * HOUR)


def ask(engine: sa.Engine, unit: str | None = "KP1", span: TimeRange = DAY, now_us: int = NOW) -> Coverage:
    with unit_of_work(engine, writes=False) as session:
        return coverage(session, unit, span, now_us)


def test_cameras_are_counted_with_what_they_recorded_and_the_reason_of_the_longest_gap(engine: sa.Engine) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    add_eye(engine, "C1", Eye(50, 50, runs=((0, 3 * HOUR), (5 * HOUR, 9 * HOUR)), end_reason="unreachable"))
    add_eye(engine, "C2", Eye(20, 20, bearing=None, runs=((0, HOUR),), end_reason="disk_full"))
    add_eye(engine, "C3", Eye(80, 80))
    add_eye(engine, "C4", Eye(80, 80, unit=None))
    found = ask(engine)
    assert [(c.code, c.verified, c.with_footage, c.recorded) for c in found.cameras] == [
        ("C1", True, True, 0.7),
        ("C2", False, True, 0.1),
        ("C3", True, False, 0.0),
    ]
    gaps = [camera.longest_gap for camera in found.cameras]
    assert [gap and (gap.range.duration_us // HOUR, gap.reason) for gap in gaps] == [
        (2, GapReason.UNREACHABLE),
        (9, GapReason.DISK_FULL),
        (10, GapReason.NOT_RECORDED),
    ]
    total = found.total
    assert (total.code, total.registered, total.verified, total.with_footage) == ("KP1", 3, 2, 2)
    assert total.recorded_time == pytest.approx(8 / 30)
    assert found.unassigned == 1


def test_the_area_in_view_and_recorded(engine: sa.Engine) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    add_eye(engine, "C1", Eye(50, 50, runs=((0, 4 * HOUR),), angle=360.0, reach=200.0))
    add_eye(engine, "C2", Eye(50, 50, runs=((2 * HOUR, 5 * HOUR),), angle=360.0, reach=200.0))
    found = ask(engine)
    assert found.total.area_m2 == pytest.approx(10_000, rel=1e-4)
    assert found.total.in_view == pytest.approx(1)
    assert found.total.recorded == pytest.approx(0.5)
    assert found.cells is not None
    ((cells, mean, count),) = found.cells.by_hour()
    assert len(cells) == found.cells.grid.count
    expected = [1, 1, 2, 2, 1, 0, 0, 0, 0, 0]
    assert np.array_equal(mean, np.tile(expected, (len(cells), 1)))
    assert np.array_equal(count, mean)
    assert np.allclose(found.cells.recorded, 0.5)


def test_who_looks_in_from_outside_counts_for_the_area_and_a_planned_camera_does_not(engine: sa.Engine) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    add_unit(engine, "KP2", square(100, 0, 100))
    whole = ((0, 10 * HOUR),)
    add_eye(engine, "C1", Eye(125, 50, bearing=270.0, unit="KP2", runs=whole))
    add_eye(engine, "C2", Eye(50, 50, status="planned"))
    found = ask(engine)
    assert [camera.code for camera in found.cameras] == ["C2"]
    assert [(view.camera, view.member, view.seen_m2 > 0) for view in found.views] == [("C1", False, True)]
    assert found.total.recorded == found.total.in_view == pytest.approx((1963 - 625) / 10_000, abs=0.004)
    both = ask(engine, None)
    assert [unit.code for unit in both.units] == ["KP1", "KP2"]
    assert (both.total.code, both.total.registered) == (None, 2)
    assert both.total.in_view == pytest.approx(sum(unit.in_view or 0 for unit in both.units) / 2)


def test_a_camera_that_was_turned_counts_where_it_looked_when(engine: sa.Engine) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    turned = Eye(50, 50, bearing=180.0, valid=(BEGIN + 5 * HOUR // 2, None))
    north = Eye(50, 50, bearing=0.0, valid=(0, BEGIN + 5 * HOUR // 2), runs=((0, 5 * HOUR),), later=(turned,))
    add_eye(engine, "C1", north)
    found = ask(engine)
    assert found.cells is not None
    assert [round(view.seen_m2, -2) for view in found.views] == [2000, 2000]
    assert found.total.in_view == pytest.approx(0.196, abs=0.005)
    assert found.total.recorded == pytest.approx(0.098, abs=0.005)
    ((cells, mean, count),) = found.cells.by_hour()
    rows = found.cells.grid.row[cells]
    assert mean[rows >= 0][:, 3:].max() == 0, "it looked south by then"
    assert mean[rows < 0][:, :2].max() == 0, "it looked north until then"
    assert count.max() == 1, "two views of one camera are one camera"


def test_units_within_count_for_the_unit_and_one_without_boundary_is_what_they_make_up(engine: sa.Engine) -> None:
    ward = add_unit(engine, "P1", None)
    add_unit(engine, "KP1", square(0, 0, 100), parent=ward)
    add_unit(engine, "KP2", square(100, 0, 100), parent=ward)
    add_unit(engine, "XX", square(500, 0, 100))
    add_eye(engine, "C1", Eye(50, 50, runs=((0, HOUR),)))
    add_eye(engine, "C2", Eye(150, 50, unit="KP2"))
    found = ask(engine, "P1")
    assert [(unit.code, unit.registered) for unit in found.units] == [("KP1", 1), ("KP2", 1), ("P1", 2)]
    assert found.total.area_m2 == pytest.approx(20_000, rel=1e-4)
    assert found.total.registered == 2


def test_nothing_is_known_of_the_area_without_a_boundary(engine: sa.Engine) -> None:
    add_unit(engine, "KP1", None)
    add_eye(engine, "C1", Eye(50, 50, runs=((0, HOUR),)))
    found = ask(engine)
    assert found.cells is None
    assert (found.total.area_m2, found.total.in_view, found.total.recorded) == (None, None, None)
    assert (found.total.registered, found.total.with_footage) == (1, 1)


def test_a_merger_leaves_the_past_as_it_was(engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    add_unit(engine, "KP2", square(100, 0, 100))
    add_eye(engine, "C1", Eye(50, 50, runs=((0, 10 * HOUR),)))
    add_eye(engine, "C2", Eye(150, 50, unit="KP2", runs=((0, 2 * HOUR),)))
    with unit_of_work(engine) as session:
        spec = UnitSpec("KP9", "Khu phố mới", "neighbourhood")
        succeed(session, clock, actor, ["KP1", "KP2"], spec, BEGIN + 4 * HOUR)
    new = ask(engine, "KP9")
    assert new.span == TimeRange(BEGIN + 4 * HOUR, BEGIN + 10 * HOUR)
    assert [(camera.code, camera.recorded) for camera in new.cameras] == [("C1", 1.0), ("C2", 0.0)]
    assert new.total.area_m2 == pytest.approx(20_000, rel=1e-4)
    old = ask(engine, "KP2")
    assert old.span == TimeRange(BEGIN, BEGIN + 4 * HOUR)
    assert [(camera.code, camera.recorded) for camera in old.cameras] == [("C2", 0.5)]
    together = ask(engine, None)
    assert [(camera.code, camera.unit_code, camera.recorded) for camera in together.cameras] == [
        ("C1", "KP9", 1.0),
        ("C2", "KP9", 0.2),
    ]
    assert together.total.registered == 2


def test_a_camera_counts_while_it_belonged_to_the_unit(
    engine: sa.Engine, actor: Actor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    add_unit(engine, "KP2", square(100, 0, 100))
    add_eye(engine, "C1", Eye(50, 50, runs=((0, 4 * HOUR),)))
    vault = Vault.open(tmp_path_factory.mktemp("keys") / "camera.key")
    with unit_of_work(engine) as session:
        moved = ManualClock(BEGIN + 5 * HOUR)
        edit_camera(session, moved, vault, actor, "C1", get_camera(session, "C1").revision, {"unit": "KP2"})
    assert [(c.member_us // HOUR, c.recorded) for c in ask(engine, "KP1").cameras] == [(5, 0.8)]
    assert [(c.member_us // HOUR, c.recorded) for c in ask(engine, "KP2").cameras] == [(5, 0.0)]
    assert [(c.unit_code, c.recorded) for c in ask(engine, None).cameras] == [("KP2", 0.4)]


def test_what_is_still_to_come_is_left_out(engine: sa.Engine) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    add_eye(engine, "C1", Eye(50, 50, runs=((0, 4 * HOUR),)))
    found = ask(engine, now_us=BEGIN + 5 * HOUR)
    assert (found.asked, found.span) == (DAY, TimeRange(BEGIN, BEGIN + 5 * HOUR))
    assert found.cameras[0].recorded == 0.8


def test_questions_that_cannot_be_answered_say_what_to_do(engine: sa.Engine) -> None:
    with pytest.raises(UnitUnknown):
        ask(engine)
    with pytest.raises(NothingYet):
        ask(engine, None, now_us=BEGIN)
    with pytest.raises(PeriodTooLong, match="366 days"):
        ask(engine, None, TimeRange(BEGIN, BEGIN + 367 * 24 * HOUR), BEGIN + 400 * 24 * HOUR)
    with unit_of_work(engine, writes=False) as session, pytest.raises(CellUnusable, match="25 m"):
        coverage(session, None, DAY, NOW, cell_m=1)


def test_an_empty_catalogue_has_no_coverage(engine: sa.Engine) -> None:
    found = ask(engine, None)
    assert (found.units, found.cameras, found.cells, found.total.recorded_time) == ((), (), None, None)


def test_hours_are_those_of_the_wall(engine: sa.Engine) -> None:
    add_unit(engine, "KP1", square(0, 0, 100))
    span = TimeRange(BEGIN + HOUR // 2, BEGIN + 2 * HOUR)
    with unit_of_work(engine, writes=False) as session:
        found = coverage(session, "KP1", span, NOW, zone=ZoneInfo("Asia/Kathmandu"))
    assert found.cells is not None
    assert (np.diff(found.cells.bounds) * 60 // HOUR).tolist() == [45, 45]
