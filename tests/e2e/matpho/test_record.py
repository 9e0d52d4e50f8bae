"""Live recording as people have it: one command that serves and records, asked by HTTP and by the command line."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from foundation.timebase import format_instant, parse_instant
from tests.support.command_line import Matpho, matpho_on
from tests.support.house import shown
from tests.support.live_street import Live, live
from tests.support.service_process import ServiceProcess, bearer

_PATIENCE_S = 60
ON_LOOPBACK = {"MATPHO_CAMERA_NETWORKS": "127.0.0.0/8"}


@pytest.fixture
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("loop"), "--cameras", "2", "--user", "admin", "--password", "s3cret") as found:
        yield found


def registered(matpho: Matpho, folder: Path, street: Live) -> None:
    sources = [street.address(1, "admin:s3cret@"), street.address(2, "admin:wrong@")]
    rows = [f"R{number},Cam {number},10.77,106.7,90,90,60,{source}" for number, source in enumerate(sources, 1)]
    table = folder / "cameras.csv"
    table.write_text("\n".join(["code,name,lat,lon,bearing_deg,hfov_deg,range_m,source", *rows]))
    assert matpho("cameras", "import", table).code == 0


def told_of(
    service: ServiceProcess, proof: dict[str, str], code: str, state: str, seconds: float = 0
) -> dict[str, Any]:
    """Wait until the camera is said to be so, and until it has recorded for so long."""
    limit = time.monotonic() + _PATIENCE_S
    while time.monotonic() < limit:
        answer = httpx.get(f"{service.address}/api/v1/recording", headers=proof).json()
        camera: dict[str, Any] = next(one for one in answer["cameras"] if one["code"] == code)
        lasted_us = parse_instant(answer["at"]) - parse_instant(camera["since"] or answer["at"])
        if camera["state"] == state and lasted_us >= seconds * 1_000_000:
            return camera
        time.sleep(0.2)
    raise TimeoutError(f"{code} does not come to {state}: {service.log.read_text()[-2000:]}")


def test_a_small_box_serves_and_records_with_one_command(street: Live, tmp_path: Path) -> None:
    data = tmp_path / "data"
    matpho = matpho_on(data, **ON_LOOPBACK)
    registered(matpho, tmp_path, street)
    proof = bearer(matpho)
    service = ServiceProcess(data, "serve", "--record", **ON_LOOPBACK)
    service.start()
    try:
        camera = told_of(service, proof, "R1", "recording", 12)
        refused = told_of(service, proof, "R2", "waiting")
        assert refused["reason"] == "sign_in_refused"
        # What was recorded a few seconds ago is there already, from the segment that is being written.
        last = parse_instant(camera["last_frame"])
        span = ("--from", format_instant(last - 5_000_000), "--to", format_instant(last - 4_000_000))
        made = matpho("clip", "--camera", "R1", *span, "--out", tmp_path / "now.mp4", "--json")
        assert made.code == 0, made.err
        assert [item["sealed"] for item in made.json["receipt"]["segments"]] == [False]
        frames = list(shown((tmp_path / "now.mp4").read_bytes()))
        assert len(frames) == 25
        dates = [date for _, date in frames]
        assert None not in dates
    finally:
        assert service.stop() in {0, -15}
    assert matpho("check", "--level", "hash").code == 0
    again = matpho("clip", "--camera", "R1", *span, "--out", tmp_path / "later.mp4", "--json")
    assert [date for _, date in shown((tmp_path / "later.mp4").read_bytes())] == dates
    assert [item["sealed"] for item in again.json["receipt"]["segments"]] == [True]
    ends = matpho("timeline", "--camera", "R1", *span, "--json").json
    assert ends["gaps"] == []
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file() and path.suffix != ".mp4")
    assert b"s3cret" not in kept + service.log.read_bytes()


def test_two_workers_share_the_cameras_and_a_second_recorder_is_refused(street: Live, tmp_path: Path) -> None:
    matpho = matpho_on(tmp_path / "data", **ON_LOOPBACK)
    registered(matpho, tmp_path, street)
    done = matpho("record", "--for", "14", "--workers", "2", "--json")
    assert done.code == 0, done.err
    assert done.json == {"cameras": 2, "processes": 2}
    told = {camera["code"]: camera for camera in matpho("recording", "--json").json["cameras"]}
    assert told["R1"]["bytes_today"] > 0
    assert matpho("check", "--level", "hash").code == 0
    assert "s3cret" not in done.err
