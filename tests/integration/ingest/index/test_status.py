"""What is told of the recorder's state, from the rows that it writes, on both databases."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from camera_registry.active import active_cameras
from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.amounts import dated_ahead, live_recorded_us
from ingest.index.queries import add_run, add_segments, config_id
from ingest.index.recording import put_states
from ingest.index.records import GapReason, SegmentRecord
from ingest.index.status import CameraState, CameraStatus, measured_rates, recording_status, summary_of

CAMERAS = b"""\
code,name,lat,lon,source,owner_name,consent_date,retention_days,status
A1,Gate,10.7,106.6,rtsp://u:hunter2@10.0.0.1/a,An,2026-01-02,30,active
A2,Market,10.7,106.6,rtsp://u:hunter2@10.0.0.2/a,,,,active
A3,School,10.7,106.6,rtsp://10.0.0.3/a,,,,active
A4,Clinic,10.7,106.6,rtsp://10.0.0.4/a,,,,active
P1,Paused,10.7,106.6,rtsp://10.0.0.5/a,,,,paused
Z1,Clips,10.7,106.6,clips,,,,active
"""
HOUR = 3600 * MICROSECONDS


@pytest.fixture
def ids(engine: sa.Engine, clock: ManualClock, actor: Actor, data_dir: Path) -> dict[str, int]:
    with unit_of_work(engine) as session:
        import_cameras(session, clock, Vault.open(data_dir / "camera.key"), actor, "cameras.csv", CAMERAS)
    with unit_of_work(engine, writes=False) as session:
        return {row.code: row.id for row in session.execute(sa.text("SELECT code, id FROM camera"))}


def row(camera_id: int, at_us: int, state: str = "recording", **more: Any) -> dict[str, Any]:
    """Return a row as the recorder writes it."""
    return {
        "camera_id": camera_id,
        "state": state,
        "reason": None,
        "detail": "",
        "source": "own",
        "since_us": at_us - HOUR,
        "updated_us": at_us,
        "frames_per_s": 25.0,
        "bits_per_s": 2e6,
        "last_frame_us": at_us - 40_000,
        "lag_us": 900_000,
        "reconnects": 1,
        "bytes_today": 7_000_000,
        "lost_packets": 3,
        "damaged_frames": 2,
        **more,
    }


def said(engine: sa.Engine, now_us: int, *rows: dict[str, Any]) -> dict[str, CameraStatus]:
    with unit_of_work(engine) as session:
        put_states(session, rows)
    with unit_of_work(engine, writes=False) as session:
        return {status.code: status for status in recording_status(session, now_us)}


def test_every_active_camera_with_a_live_source_is_told_of(
    engine: sa.Engine, ids: dict[str, int], clock: ManualClock
) -> None:
    found = said(engine, clock.at_us, row(ids["A1"], clock.at_us), row(ids["P1"], clock.at_us))
    assert list(found) == ["A1", "A2", "A3", "A4"]
    first = found["A1"]
    assert (first.state, first.name, first.reason, first.text) == (CameraState.RECORDING, "Gate", None, "records")
    assert (first.frames_per_s, first.bits_per_s, first.lag_us, first.bytes_today) == (25.0, 2e6, 900_000, 7_000_000)
    assert (first.reconnects, first.lost_packets, first.damaged_frames, first.source) == (1, 3, 2, "own")
    assert first.last_frame_us == clock.at_us - 40_000
    assert {found[code].state for code in ("A2", "A3", "A4")} == {CameraState.UNKNOWN}
    assert found["A2"].since_us is None


def test_an_old_row_says_that_the_recorder_is_gone_and_no_more_what_it_measured(
    engine: sa.Engine, ids: dict[str, int], clock: ManualClock
) -> None:
    at_us = clock.at_us
    rows = [row(ids["A1"], at_us - 30 * MICROSECONDS), row(ids["A2"], at_us - 30 * MICROSECONDS - 1)]
    found = said(engine, at_us, *rows)
    assert found["A1"].state is CameraState.RECORDING
    gone = found["A2"]
    assert (gone.state, gone.bits_per_s, gone.frames_per_s, gone.lag_us) == (CameraState.NO_RECORDER, None, None, None)
    assert (gone.bytes_today, gone.since_us) == (None, at_us - 30 * MICROSECONDS - 1)
    assert gone.last_frame_us == at_us - 30 * MICROSECONDS - 1 - 40_000
    with unit_of_work(engine, writes=False) as session:
        assert measured_rates(session) == {ids["A1"]: 2e6, ids["A2"]: 2e6}


def test_a_row_from_before_the_clock_was_set_back_is_not_taken_for_a_fresh_one(
    engine: sa.Engine, ids: dict[str, int], clock: ManualClock
) -> None:
    assert said(engine, clock.at_us, row(ids["A1"], clock.at_us + HOUR))["A1"].state is CameraState.NO_RECORDER


def test_the_summary_counts_reasons_most_frequent_first(
    engine: sa.Engine, ids: dict[str, int], clock: ManualClock
) -> None:
    refused: dict[str, Any] = {"reason": "unreachable", "bits_per_s": 0.0, "detail": "10.0.0.2 does not answer"}
    found = said(
        engine,
        clock.at_us,
        row(ids["A1"], clock.at_us),
        row(ids["A2"], clock.at_us, "waiting", **refused),
        row(ids["A3"], clock.at_us, "waiting", **refused),
    )
    summary = summary_of(list(found.values()))
    assert (summary.cameras, summary.recording, summary.bits_per_s) == (4, 1, 2e6)
    assert [(part.example.state, part.example.reason, part.count) for part in summary.not_recording] == [
        (CameraState.WAITING, GapReason.UNREACHABLE, 2),
        (CameraState.UNKNOWN, None, 1),
    ]
    assert found["A2"].text == "the camera could not be reached"
    assert found["A2"].detail == "10.0.0.2 does not answer"


def test_what_a_later_program_would_say_is_not_guessed_at(
    engine: sa.Engine, ids: dict[str, int], clock: ManualClock
) -> None:
    found = said(engine, clock.at_us, row(ids["A1"], clock.at_us, "dreaming", reason="asleep"))
    assert (found["A1"].state, found["A1"].reason) == (CameraState.UNKNOWN, None)


def test_active_cameras_tell_what_is_missing_of_them(
    engine: sa.Engine, ids: dict[str, int], clock: ManualClock
) -> None:
    with unit_of_work(engine, writes=False) as session:
        found = {camera.code: camera for camera in active_cameras(session, clock.at_us)}
    assert list(found) == ["A1", "A2", "A3", "A4", "Z1"]
    assert [camera.live for camera in found.values()] == [True, True, True, True, False]
    assert [bool(camera.sealed) for camera in found.values()] == [True, True, False, False, False]
    assert [(found[code].consented, found[code].retention_days) for code in ("A1", "A2")] == [(True, 30), (False, None)]
    assert "hunter2" not in repr(found)


def test_amounts_count_live_footage_and_find_what_is_dated_ahead(
    engine: sa.Engine, ids: dict[str, int], clock: ManualClock
) -> None:
    now_us = clock.at_us
    with unit_of_work(engine) as session:
        streams = {row.camera_id: row.id for row in session.execute(sa.text("SELECT camera_id, id FROM stream"))}
        config = config_id(session, "video", "avc1.640028", b"entry")
        rows = []
        for code, start, hours in (
            ("A1", now_us - 9 * HOUR, 2),
            ("A1", now_us - 3 * HOUR, 1),
            ("A2", now_us + HOUR, 1),
        ):
            stream = streams[ids[code]]
            run = add_run(session, stream, TimeRange(start, start + hours * HOUR), clock_source="receiver")
            key, end = f"segments/{stream}/{start}.mp4", start + 60 * MICROSECONDS
            rows.append(SegmentRecord(stream, start, end, 1, run, config, None, key, 1, 1, bytes(32), 1))
        add_segments(session, rows)
    with unit_of_work(engine, writes=False) as session:
        assert live_recorded_us(session) == {ids["A1"]: 3 * HOUR, ids["A2"]: HOUR}
        assert dated_ahead(session, now_us) == [("A2", now_us + HOUR)]
        assert dated_ahead(session, now_us + HOUR) == []
