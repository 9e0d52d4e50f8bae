"""Who saw it: views valid then, what was recorded of the time, in the order in which one would look."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from camera_registry.rules import set_rules
from camera_registry.sight import Place
from extract.lookup import Lookup, Sighting, lookup
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.timebase import TimeRange, format_instant, parse_instant
from ingest.index.holds import place_hold, release_hold
from ingest.index.observations import Observation, observe
from ingest.index.queries import add_run
from ingest.index.tables import ClipImport
from tests.support.audited_ward import BEGIN, HOUR, ORIGIN, Eye, add_eye, add_unit

SPAN = TimeRange(BEGIN, BEGIN + HOUR)
HERE = Place(*ORIGIN.to_degrees(0, 0))
DAY = 24 * HOUR


@pytest.fixture
def ward(engine: sa.Engine) -> sa.Engine:
    add_unit(engine, "KP1", None)
    return engine


def ask(engine: sa.Engine, clock: ManualClock, span: TimeRange = SPAN, *, blind: bool = False) -> Lookup:
    with unit_of_work(engine, writes=False) as session:
        return lookup(session, clock, HERE, span, include_blind=blind)


def one(engine: sa.Engine, clock: ManualClock) -> Sighting:
    (found,) = ask(engine, clock).sightings
    return found


def retention(engine: sa.Engine, camera: int, days: int) -> None:
    with unit_of_work(engine) as session:
        session.execute(
            sa.text(
                "INSERT INTO ownership (camera_id, valid_from_us, sound_agreed, retention_days) VALUES (:c, 0, 0, :d)"
            ),
            {"c": camera, "d": days},
        )


def test_the_most_recorded_comes_first_then_the_nearest(ward: sa.Engine, clock: ManualClock) -> None:
    half, whole = ((0, HOUR // 2),), ((0, HOUR),)
    add_eye(ward, "FARALL", Eye(0, -40, runs=whole))
    add_eye(ward, "NEARHALF", Eye(0, -10, runs=half))
    add_eye(ward, "NEARALL", Eye(0, -20, runs=whole))
    add_eye(ward, "NEARNONE", Eye(0, -5))
    add_eye(ward, "BLIND", Eye(0, 10, runs=whole))
    told = ask(ward, clock)
    assert [(item.sight.camera.code, item.coverage) for item in told.sightings] == [
        ("NEARALL", "complete"),
        ("FARALL", "complete"),
        ("NEARHALF", "partial"),
        ("NEARNONE", "none"),
    ]
    everybody = ask(ward, clock, blind=True).sightings
    assert [item.sight.camera.code for item in everybody][-1] == "BLIND"
    assert not everybody[-1].sight.sees


def test_recorded_and_gaps_together_are_the_range(ward: sa.Engine, clock: ManualClock) -> None:
    add_eye(ward, "C1", Eye(0, -10, runs=((-HOUR, HOUR // 4), (HOUR // 2, 3 * HOUR // 4))))
    found = one(ward, clock)
    parts = sorted([*found.recorded, *(gap.range for gap in found.gaps)])
    assert (parts[0].start_us, parts[-1].end_us) == (SPAN.start_us, SPAN.end_us)
    assert all(a.end_us == b.start_us for a, b in pairwise(parts))
    assert found.recorded_us == HOUR // 2


def test_a_camera_that_was_turned_answers_for_its_part(ward: sa.Engine, clock: ManualClock) -> None:
    half = BEGIN + HOUR // 2
    turned = Eye(0, -10, bearing=180, valid=(half, None))
    add_eye(ward, "C1", Eye(0, -10, valid=(0, half), later=(turned,), runs=((0, HOUR),)))
    found = one(ward, clock)
    assert (found.span, found.coverage) == (TimeRange(BEGIN, half), "complete")


def test_footage_is_kept_for_days_from_its_recording(ward: sa.Engine, clock: ManualClock) -> None:
    retention(ward, add_eye(ward, "C1", Eye(0, -10, runs=((-HOUR, HOUR),))), 30)
    assert one(ward, clock).overwritten_us == BEGIN + 30 * DAY


def test_the_ceiling_of_the_unit_holds_for_who_says_nothing(ward: sa.Engine, clock: ManualClock) -> None:
    add_eye(ward, "C1", Eye(0, -10, runs=((-HOUR, HOUR),)))
    with unit_of_work(ward) as session:
        set_rules(session, clock, COMMAND_LINE, None, {"most_retention_days": 20})
    assert one(ward, clock).overwritten_us == BEGIN + 20 * DAY


def test_an_imported_recording_is_kept_for_days_from_its_import(ward: sa.Engine, clock: ManualClock) -> None:
    """Else a file brought in after a year, because it is needed, would be due for deletion at once."""
    camera = add_eye(ward, "C1", Eye(0, -10))
    retention(ward, camera, 30)
    imported = BEGIN + 400 * DAY
    with unit_of_work(ward) as session:
        stream = int(session.execute(sa.text("SELECT id FROM stream")).scalar_one())
        session.add(
            ClipImport(
                id="I1",
                camera_id=camera,
                stream_id=stream,
                state="done",
                file_name="a.mp4",
                sha256=b"\0" * 32,
                size_bytes=1,
                original_key="originals/I1",
                start_us=BEGIN,
                end_us=BEGIN + HOUR,
                start_source="given",
                created_us=imported,
            )
        )
        session.flush()
        add_run(session, stream, SPAN, end_reason="file_end", import_id="I1", clock_source="given", uncertainty_us=None)
    assert one(ward, clock).overwritten_us == imported + 30 * DAY


def keep(engine: sa.Engine, clock: ManualClock, camera: int, span: TimeRange, until_us: int | None) -> str:
    with unit_of_work(engine) as session:
        (told,) = place_hold(session, clock, COMMAND_LINE, [camera], span, until_us=until_us)
    return told.hold_id


def test_what_is_held_goes_when_its_last_hold_is_over(ward: sa.Engine, clock: ManualClock) -> None:
    camera, now = add_eye(ward, "C1", Eye(0, -10, runs=((0, HOUR),))), clock.now_us()
    retention(ward, camera, 30)
    due = BEGIN + 30 * DAY
    keep(ward, clock, camera, SPAN, now + 20 * DAY)
    assert one(ward, clock).overwritten_us == due  # the hold ends before the days do
    keep(ward, clock, camera, SPAN, now + 60 * DAY)
    keep(ward, clock, camera, SPAN, now + 50 * DAY)
    assert one(ward, clock).overwritten_us == now + 60 * DAY
    endless = keep(ward, clock, camera, SPAN, None)
    assert one(ward, clock).overwritten_us is None
    with unit_of_work(ward) as session:
        release_hold(session, clock, COMMAND_LINE, endless)
    assert one(ward, clock).overwritten_us == now + 60 * DAY
    told = ask(ward, clock).as_dict("en", ZoneInfo("UTC"))["sightings"][0]["overwritten_at"]
    assert told == format_instant(now + 60 * DAY)
    clock.advance(60 * DAY)
    assert one(ward, clock).overwritten_us == due


def test_of_what_is_held_in_part_the_first_that_goes_is_told(ward: sa.Engine, clock: ManualClock) -> None:
    camera, now, half = add_eye(ward, "C1", Eye(0, -10, runs=((0, HOUR),))), clock.now_us(), BEGIN + HOUR // 2
    retention(ward, camera, 30)
    keep(ward, clock, camera, TimeRange(BEGIN - HOUR, half), now + 60 * DAY)
    assert one(ward, clock).overwritten_us == half + 30 * DAY
    keep(ward, clock, camera, TimeRange(half - 1, BEGIN + 2 * HOUR), now + 50 * DAY)
    assert one(ward, clock).overwritten_us == now + 50 * DAY


def test_without_retention_nothing_is_due(ward: sa.Engine, clock: ManualClock) -> None:
    add_eye(ward, "C1", Eye(0, -10, runs=((0, HOUR),)))
    found = one(ward, clock)
    assert found.overwritten_us is None
    assert found.uncertainty_us is None


def test_it_is_said_in_the_readers_language_and_zone(ward: sa.Engine, clock: ManualClock) -> None:
    add_eye(ward, "C1", Eye(0, -10, runs=((0, HOUR // 2),)))
    told = ask(ward, clock).as_dict("vi", ZoneInfo("Asia/Ho_Chi_Minh"))
    (item,) = told["sightings"]
    assert told["from"] == "2026-03-07T07:00:00+07:00"
    assert item["reasons"][0]["text"].startswith("Nhìn tới đó")
    assert [gap["text"] for gap in item["gaps"]] == ["camera không gửi gì"]


def test_nobody_is_an_answer(ward: sa.Engine, clock: ManualClock) -> None:
    assert ask(ward, clock).sightings == ()


def test_it_tells_how_far_off_the_cameras_own_clock_was_last_seen(ward: sa.Engine, clock: ManualClock) -> None:
    camera = add_eye(ward, "C1", Eye(0, -10, runs=((0, HOUR),)))
    minutes = (-90, 30, 120)
    with unit_of_work(ward) as session:
        for number, minute in enumerate(minutes):
            seen = Observation(camera, BEGIN + minute * HOUR // 60, (number + 1) * 60_000_000, 50_000)
            observe(session, [seen], "rtcp")
    told = ask(ward, clock).as_dict("en", ZoneInfo("UTC"))["sightings"][0]["clock"]
    assert told["offset_us"] == 120_000_000
    assert parse_instant(told["offset_observed_at"]) == BEGIN + HOUR // 2
    earlier = ask(ward, clock, TimeRange(BEGIN - 3 * HOUR, BEGIN - 2 * HOUR)).sightings
    assert [item.device_clock for item in earlier] == [None]
