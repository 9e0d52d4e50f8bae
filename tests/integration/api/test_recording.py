"""What the recorder does, over HTTP, from the command line and for Prometheus: one source, the catalogue."""

import json
import math
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from httpx import Client
from prometheus_client.parser import text_string_to_metric_families

from foundation.clock import Clock, ManualClock, SystemClock
from foundation.database import unit_of_work
from foundation.timebase import MICROSECONDS
from ingest.index.recording import put_states
from matpho.recording_command import recording, table

PLACE = "/api/v1/recording"


def say_of(engine: sa.Engine, clock: Clock, state: str = "recording", **more: Any) -> None:
    """Let the recorder say something of C003, the one camera of the ward with a live source."""
    now_us = clock.now_us()
    with unit_of_work(engine) as session:
        camera = session.execute(sa.text("SELECT id FROM camera WHERE code = 'C003'")).scalar_one()
        row = {
            "camera_id": camera,
            "state": state,
            "reason": None,
            "detail": "",
            "source": "own",
            "since_us": now_us - 60 * MICROSECONDS,
            "updated_us": now_us,
            "frames_per_s": 25.0,
            "bits_per_s": 2_040_000.0,
            "last_frame_us": now_us - 2 * MICROSECONDS,
            "lag_us": 1_500_000,
            "reconnects": 4,
            "bytes_today": 12_340_000,
            "lost_packets": 5,
            "damaged_frames": 6,
        }
        put_states(session, [row | more])


def samples(client: Client) -> dict[tuple[str, ...], float]:
    """Return what is told of recording, by name and values of labels."""
    return {
        (
            sample.name.removeprefix("matpho_recording_"),
            *(sample.labels[name] for name in ("state", "reason") if name in sample.labels),
        ): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name.startswith("matpho_recording_")
    }


def test_a_camera_that_records_is_told_with_its_rates(
    ward: Client, sqlite_engine: sa.Engine, clock: ManualClock
) -> None:
    say_of(sqlite_engine, clock)
    answer = ward.get(PLACE)
    assert (answer.status_code, answer.headers["vary"]) == (200, "Accept-Language")
    body = answer.json()
    assert body["at"] == "2026-03-07T21:00:00+07:00"
    assert body["summary"] == {"cameras": 1, "recording": 1, "bits_per_s": 2_040_000, "not_recording": []}
    (camera,) = body["cameras"]
    assert camera == {
        "code": "C003",
        "name": "Cổng trường",
        "state": "recording",
        "reason": None,
        "text": "records",
        "detail": "",
        "source": "own",
        "since": "2026-03-07T20:59:00+07:00",
        "updated": "2026-03-07T21:00:00+07:00",
        "frames_per_s": 25.0,
        "bits_per_s": 2_040_000,
        "last_frame": "2026-03-07T20:59:58+07:00",
        "lag_us": 1_500_000,
        "reconnects": 4,
        "bytes_today": 12_340_000,
        "lost_packets": 5,
        "damaged_frames": 6,
    }


def test_one_that_does_not_record_is_told_with_its_reason_in_the_language_of_the_reader(
    ward: Client, sqlite_engine: sa.Engine, clock: ManualClock
) -> None:
    say_of(sqlite_engine, clock, "waiting", reason="sign_in_refused", detail="401")
    (camera,) = ward.get(PLACE).json()["cameras"]
    assert (camera["reason"], camera["text"]) == ("sign_in_refused", "the camera refused the sign-in")
    told = ward.get(PLACE, headers={"Accept-Language": "vi"}).json()
    assert told["cameras"][0]["text"] == "camera từ chối đăng nhập"
    assert told["summary"]["not_recording"] == [
        {"state": "waiting", "reason": "sign_in_refused", "text": "camera từ chối đăng nhập", "count": 1}
    ]


def test_the_filter_picks_cameras_and_the_summary_stays_whole(
    ward: Client, sqlite_engine: sa.Engine, clock: ManualClock
) -> None:
    assert [camera["state"] for camera in ward.get(PLACE, params={"state": "unknown"}).json()["cameras"]] == ["unknown"]
    say_of(sqlite_engine, clock)
    clock.advance(31 * MICROSECONDS)
    body = ward.get(PLACE, params={"state": "recording"}).json()
    assert (body["cameras"], body["summary"]["cameras"]) == ([], 1)
    assert body["summary"]["not_recording"][0]["state"] == "no_recorder"
    assert ward.get(PLACE, params={"state": "asleep"}).json()["code"] == "request_invalid"


def test_prometheus_is_told_sums_and_no_camera_by_name(
    ward: Client, sqlite_engine: sa.Engine, clock: ManualClock
) -> None:
    before = samples(ward)
    assert before["cameras", "unknown", ""] == 1
    assert math.isnan(before["oldest_frame_age_seconds",])
    assert math.isnan(before["lag_seconds",])
    say_of(sqlite_engine, clock)
    found = samples(ward)
    assert (found["cameras", "recording", ""], found["cameras", "unknown", ""]) == (1, 0)
    figures = ("bits_per_second", "oldest_frame_age_seconds", "lag_seconds", "reconnects", "lost_packets")
    assert [found[name,] for name in (*figures, "damaged_frames")] == [2_040_000, 2, 1.5, 4, 5, 6]
    say_of(sqlite_engine, clock, "waiting", reason="stalled", bits_per_s=0.0)
    assert samples(ward)["cameras", "waiting", "stalled"] == 1
    assert "C003" not in ward.get("/metrics").text
    clock.advance(60 * MICROSECONDS)
    gone = samples(ward)
    assert (gone["cameras", "no_recorder", ""], gone["cameras", "recording", ""]) == (1, 0)
    assert (gone["oldest_frame_age_seconds",], gone["bits_per_second",]) == (62, 0)


@pytest.fixture
def command(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("MATPHO_DATA", str(data_dir))
    monkeypatch.setenv("MATPHO_LANGUAGE", "vi")
    return CliRunner()


def test_the_command_prints_a_table_and_the_same_json(
    ward: Client, sqlite_engine: sa.Engine, command: CliRunner
) -> None:
    say_of(sqlite_engine, SystemClock(), "waiting", reason="sign_in_refused", detail="401\x1b[2J Unauthorized")
    told = command.invoke(recording)
    assert told.exit_code == 0
    heading, line, *rest = told.stdout.splitlines()
    assert heading.startswith("Camera")
    assert line.split()[0] == "C003"
    assert "25,0" in line
    assert "12,3" in line
    assert "camera từ chối đăng nhập (401 [2J Unauthorized)" in line
    assert "camera từ chối đăng nhập" in rest[-1]
    body = json.loads(command.invoke(recording, ["--json"]).stdout)
    assert body["cameras"][0]["code"] == "C003"
    assert body["summary"]["not_recording"][0]["reason"] == "sign_in_refused"


def test_without_live_cameras_the_command_finds_nothing(sqlite_engine: sa.Engine, command: CliRunner) -> None:
    assert command.invoke(recording).exit_code == 3
    empty = command.invoke(recording, ["--json"])
    assert (empty.exit_code, json.loads(empty.stdout)["cameras"]) == (3, [])
    assert list(table([], "en", UTC)) == ["No active camera has a live source"]
