"""By HTTP alone, against `matpho serve` in a process of its own: send a recording, ask who saw it, watch it in Chromium."""

import base64
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from foundation.timebase import parse_instant
from sample_clips import barcode
from sample_clips.generator import Recipe, make
from tests.support.chromium import chromium, watch
from tests.support.coded_footage import Recipe as Pictures
from tests.support.coded_footage import encode
from tests.support.command_line import Matpho
from tests.support.granting import ask_and_approve
from tests.support.service_process import ServiceProcess, bearer, finished

START = "2026-03-07T21:05:00+07:00"
SECONDS = 130
NAME = "NVR_ch1_main_20260307210500_20260307210710.mkv"


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of more than two minutes with B-frames and sound, as a recorder exports it."""
    path = tmp_path_factory.mktemp("export") / NAME
    make(path, Recipe("C1", parse_instant(START), SECONDS, "h264", "mkv", b_frames=2, sound="aac", rate=10))
    return path


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than thirteen hours in small pictures: eight hundred segments, so that it takes seconds and is told of more than once."""
    path = tmp_path_factory.mktemp("long") / "phim.mp4"
    encode(path, Pictures(frames=12_000, ticks=360_000))
    return path


@pytest.fixture
def service(ward: Matpho, data_dir: Path) -> Iterator[ServiceProcess]:
    found = ServiceProcess(data_dir)
    found.start()
    yield found
    found.kill()


@pytest.fixture
def client(ward: Matpho, service: ServiceProcess) -> Iterator[httpx.Client]:
    proof = bearer(ward)
    with httpx.Client(base_url=service.address, timeout=30, follow_redirects=True, headers=proof) as found:
        yield found


def send(client: httpx.Client, path: Path) -> str:
    answer = client.post("/api/v1/imports", params={"camera": "C1", "file_name": path.name}, content=path.read_bytes())
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


def read(cells: str) -> int:
    """Return the milliseconds of a bar code that Chromium showed."""
    code = int(cells, 2).to_bytes(8, "big")
    assert barcode.crc16(code[:6]) == int.from_bytes(code[6:], "big")
    return int.from_bytes(code[:6], "big")


def test_links_that_other_commands_print_lead_there(ward: Matpho, service: ServiceProcess) -> None:
    assert ward("users", "add", "lan", "--json").json["link"].startswith(f"{service.address}/first-password/")


@pytest.mark.browser
def test_a_recording_is_sent_found_cut_and_watched(
    ward: Matpho, client: httpx.Client, dated: Path, data_dir: Path
) -> None:
    done = finished(client, send(client, dated))
    assert done["state"] == "done", done
    result: Any = done["result"]
    assert (result["from"], result["segments"], result["notices"]) == (START, 3, [])
    assert not list((data_dir / "inbox").iterdir())

    asked = {"from": "2026-03-07T21:05:00+07:00", "to": "2026-03-07T21:10:00+07:00"}
    seen = client.get("/api/v1/lookup", params={"lat": 10.77, "lon": 106.7003, **asked}).json()["sightings"]
    assert [item["camera"]["code"] for item in seen] == ["C1"]
    line = client.get("/api/v1/cameras/C1/timeline", params=asked).json()
    assert line["gaps"][-1]["reason"] == "file_end"

    span = {"from": "2026-03-07T21:05:33.3+07:00", "to": "2026-03-07T21:06:44.4+07:00"}
    assert client.post("/api/v1/clips", json={"camera": "C1", **span}).json()["code"] == "not_granted"
    with httpx.Client(base_url=client.base_url, headers=bearer(ward, "chief", "supervisor")) as chief:
        ask_and_approve(client, chief, ["C1"], **span)
    made = client.post("/api/v1/clips", json={"camera": "C1", **span})
    assert made.status_code == 201, made.text
    receipt = made.json()
    assert receipt["complete"]
    begin, end = parse_instant(span["from"]), parse_instant(span["to"])
    place = httpx.URL(str(client.base_url)).join(receipt["links"]["media"][0])
    with chromium() as page:
        page.set_extra_http_headers({"Authorization": client.headers["authorization"]})
        page.goto(str(place.join("/problems/not_found")))
        shown = [watch(page, str(place), at, cells=barcode.CELLS, cell=barcode.CELL).code for at in (0, 30.05, -0.05)]
    assert [read(code) * 1000 - begin for code in shown] == [0, 30_000_000, end - begin - 100_000]

    frame = client.get("/api/v1/cameras/C1/frame.jpg", params={"at": "2026-03-07T21:06:01.05+07:00"})
    assert frame.headers["frame-time"] == "2026-03-07T21:06:01+07:00"
    assert frame.content[:2] == b"\xff\xd8"


def test_a_killed_service_takes_the_import_up_again_and_tells_of_no_less_than_before(
    ward: Matpho, service: ServiceProcess, client: httpx.Client, long: Path, data_dir: Path
) -> None:
    """The job is killed in the middle of its work; the next start begins it again, and nothing is there twice."""
    sent = client.post(
        "/api/v1/imports",
        params={"camera": "C1", "file_name": "phim.mp4", "start": START},
        content=long.read_bytes(),
    )
    place = f"/imports/{sent.json()['id']}"
    told = [followed(client, place)]
    limit = time.monotonic() + 60
    while told[-1][1] == 0 and time.monotonic() < limit:
        told.append(followed(client, place))
        assert told[-1][0] == "warn", "it was over before it could be killed"
    service.kill()
    service.start()
    again = ""
    limit = time.monotonic() + 120
    while told[-1][0] == "warn" and time.monotonic() < limit:
        told.append(followed(client, place))
        again = again or ("begun anew" if "begun anew" in client.get(place).text else "")
    percents = [percent for _, percent in told]
    assert (told[-1][0], again, percents) == ("good", "begun anew", sorted(percents))
    assert "phim.mp4" in client.get("/work").text
    span = {"from": START, "to": "2026-03-08T10:24:50+07:00"}
    assert client.get("/api/v1/cameras/C1/timeline", params=span).json()["gaps"] == []
    checked = ward("check", "--level", "hash", "--json")
    assert (checked.code, checked.json["problems"]) == (0, [])
    assert not list((data_dir / "inbox").iterdir())
    assert service.stop() in {0, -signal.SIGTERM}
    assert "Application shutdown complete" in service.log.read_text()


def followed(client: httpx.Client, place: str) -> tuple[str, int]:
    """Return how the page says an import is: the tone of its state, and how many percent, all of it when it is over."""
    time.sleep(0.1)  # asked without a break, the service would hardly come to the import
    page = client.get(place, headers={"Accept": "text/html"}).raise_for_status().text
    state = re.search(r'<span class="state (\w*)">', page)
    share = re.search(r'<progress max="100" value="(\d+)"', page)
    assert state is not None
    return state[1], int(share[1]) if share else 100


def test_a_file_that_is_no_recording_is_refused_with_the_mend(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\x1aE\xdf\xa3 not a recording at all")
    place = send(client, tmp_path / NAME)
    finished(client, place)
    told = client.get(place, headers={"Accept-Language": "vi"}).json()
    assert (told["state"], told["problem"]["code"]) == ("failed", "recording_unreadable")
    assert told["problem"]["detail"].startswith(f"Không đọc được {NAME} như một bản ghi hình")


def test_an_upload_outlives_the_service_that_is_killed_while_it_comes(
    client: httpx.Client, service: ServiceProcess, dated: Path, data_dir: Path
) -> None:
    data = dated.read_bytes()
    third = len(data) // 3
    named = f"filename {base64.b64encode(NAME.encode()).decode()}"
    tus = {"Tus-Resumable": "1.0.0"}
    sends = {**tus, "Content-Type": "application/offset+octet-stream"}
    begun = client.post("/api/v1/uploads", headers={**tus, "Upload-Length": str(len(data)), "Upload-Metadata": named})
    place = begun.headers["location"]
    first = client.patch(place, content=data[:third], headers={**sends, "Upload-Offset": "0"})
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(third))

    def broken() -> Iterator[bytes]:
        yield data[third : 2 * third]
        service.kill()
        yield data[2 * third :]

    with pytest.raises(httpx.TransportError):
        client.patch(place, content=broken(), headers={**sends, "Upload-Offset": str(third)})
    service.start()
    at = int(client.head(place, headers=tus).headers["upload-offset"])
    assert third <= at < len(data)
    last = client.patch(place, content=data[at:], headers={**sends, "Upload-Offset": str(at)})
    assert last.headers["upload-offset"] == str(len(data))
    asked = {"camera": "C1", "upload": place.rpartition("/")[2]}
    done = finished(client, client.post("/api/v1/imports", params=asked).headers["location"])
    assert done["state"] == "done", done
    result: Any = done["result"]
    assert (result["from"], result["notices"]) == (START, [])
    (original,) = (path for path in (data_dir / "footage" / "originals").rglob("*") if path.is_file())
    assert original.read_bytes() == data
