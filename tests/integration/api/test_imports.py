"""An upload becomes a file in the inbox and a job; what becomes of it is told."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from api.service import CLIPS_IMPORT
from foundation.clock import ManualClock
from foundation.errors import BadInput
from foundation.jobs import Handler, JobContext, JobRunner
from foundation.timebase import parse_instant
from ingest.index.recorder_clock import Comparison

IMPORTS = "/api/v1/imports"


class Unreadable(BadInput):
    code = "test_unreadable"
    message = "“{name}” is not a recording"
    mend = "Send another file"


def run(engine: sa.Engine, clock: ManualClock, handlers: Mapping[str, Handler]) -> None:
    JobRunner(engine, clock, handlers).run_until_idle()


def send(client: httpx.Client, data: bytes = b"footage", **more: str) -> httpx.Response:
    fields = {"camera": "C001", "file_name": "Ngõ 12 20260307_210500.mp4", **more}
    return client.post(IMPORTS, params=fields, content=data)


def test_it_is_received_and_done(ward: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock) -> None:
    data = os.urandom(3_000_000)
    received = send(ward, data, start="2026-03-07T21:05:00+07:00")
    assert received.status_code == 202, received.text
    place = received.headers["location"]
    assert (received.json()["state"], ward.get(place).json()) == ("waiting", received.json())
    orders: list[dict[str, Any]] = []

    def handler(job: JobContext) -> dict[str, Any]:
        orders.append(job.payload)
        assert Path(job.payload["path"]).read_bytes() == data
        job.report({"bytes": len(data), "of": len(data)})
        return {"segments": 3}

    run(sqlite_engine, clock, {CLIPS_IMPORT: handler})
    told = ward.get(place).json()
    assert (told["state"], told["result"], told["problem"]) == ("done", {"segments": 3}, None)
    assert {name: value for name, value in orders[0].items() if name != "path"} == {
        "file_name": "Ngõ 12 20260307_210500.mp4",
        "camera": "C001",
        "start_us": 1_772_892_300_000_000,
        "actor": "everyone",
        "actor_kind": "person",
    }
    assert ward.get(f"/api/v1/jobs/{told['id']}").json() == told


def test_a_failure_is_told_with_its_mend(ward: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock) -> None:
    place = send(ward).headers["location"]

    def handler(job: JobContext) -> dict[str, Any]:
        raise Unreadable(name=job.payload["file_name"])

    run(sqlite_engine, clock, {CLIPS_IMPORT: handler})
    told = ward.get(place).json()
    assert told["state"] == "failed"
    assert told["problem"] == {
        "code": "test_unreadable",
        "detail": "“Ngõ 12 20260307_210500.mp4” is not a recording",
        "mend": "Send another file",
    }


def test_it_can_be_called_off(ward: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock) -> None:
    job = send(ward).json()["id"]
    assert ward.delete(f"/api/v1/jobs/{job}").status_code == 202
    run(sqlite_engine, clock, {CLIPS_IMPORT: lambda _job: {}})
    assert ward.get(f"/api/v1/jobs/{job}").json()["state"] == "cancelled"


def test_an_unknown_camera_is_refused_before_anything_is_kept(ward: httpx.Client, data_dir: Path) -> None:
    answer = send(ward, camera="NONE")
    assert (answer.status_code, answer.json()["code"]) == (404, "camera_unknown")
    assert not (data_dir / "inbox").exists()


def test_a_job_of_another_kind_is_no_import(ward: httpx.Client) -> None:
    job = send(ward).json()["id"]
    assert ward.get(f"{IMPORTS}/{job}").status_code == 200
    assert ward.get(f"{IMPORTS}/{job}x").status_code == 404


def test_what_is_said_of_the_recorders_clock_goes_with_the_order(
    ward: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock
) -> None:
    clock.advance(86_400_000_000)
    start = {"start": "2026-03-07T21:12:30+07:00"}
    two = {"clock_shows": "2026-03-08T20:07:30+07:00", "true_time": "2026-03-08T20:00:00+07:00"}
    said = [{}, two, {"clock_shows": two["clock_shows"]}, {"clock_offset_us": "-450000000"}, {"clock_offset_us": "0"}]
    said.append({"clock_offset_us": "450000000", "clock_uncertainty_us": "250000"})
    for more in said:
        assert send(ward, b"footage", **start, **more).status_code == 202, more
    orders: list[dict[str, Any]] = []

    def handler(job: JobContext) -> dict[str, Any]:
        orders.append(job.payload)
        return {}

    run(sqlite_engine, clock, {CLIPS_IMPORT: handler})
    now, at = clock.now_us(), parse_instant(two["true_time"])
    shown = parse_instant(two["clock_shows"])
    assert [Comparison.of(order.get("clock")) for order in orders] == [
        None,
        Comparison(450_000_000, at, 5_000_000, "everyone"),
        Comparison(shown - now, now, 120_000_000, "everyone"),
        Comparison(-450_000_000, now, 5_000_000, "everyone"),
        Comparison(0, now, 60_000_000, "everyone"),
        Comparison(450_000_000, now, 250_000, "everyone"),
    ]


def test_a_clock_that_cannot_be_is_refused_before_anything_is_kept(ward: httpx.Client, data_dir: Path) -> None:
    two = {"clock_shows": "2026-03-07T20:07:30+07:00", "true_time": "2026-03-07T20:00:00+07:00"}
    for said, code in [
        ({"true_time": two["true_time"]}, "clock_unusable"),
        ({"clock_uncertainty_us": "5"}, "clock_unusable"),
        (two | {"clock_offset_us": "5"}, "clock_unusable"),
        ({"clock_offset_us": "-999999999999999999999999"}, "request_invalid"),
        ({"clock_offset_us": "72000000000"}, "clock_far_off"),
        (two | {"true_time": "2026-03-08T20:00:00+07:00"}, "true_time_to_come"),
        ({"clock_offset_us": "-3600000000", "start": "2026-03-07T20:30:00+07:00"}, "corrected_to_come"),
        ({"clock_offset_us": "999999999999999", "clock_far": "true", "start": "2026-03-07T20:30:00+07:00"}, "corrected_too_early"),
    ]:  # fmt: skip
        answer = send(ward, b"footage", **said)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert not (data_dir / "inbox").exists()
