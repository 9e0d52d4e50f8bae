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
