"""From a question to the bytes of a clip, over HTTP, as a program asks."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import sqlalchemy as sa

from api.app import create_app
from camera_registry.rules import set_rules
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant, parse_instant
from ingest.index.tables import Segment
from tests.support.coded_footage import Recipe, Recording, encode, number_of, record
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.luma import luma
from tests.support.serving import serving
from tests.support.web import make_service, signed_in

START = 1_772_892_000_000_000 - 3_600_000_000
GROUPS = "keyint=10:min-keyint=10:scenecut=0:bframes=2"


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Two runs of four seconds, two seconds apart."""
    folder = tmp_path_factory.mktemp("recording")
    found, at = Recording(folder / "store"), START
    found.folder.mkdir()
    for number in range(2):
        recipe = Recipe(params=GROUPS, frames=100, first=number * 1000)
        encode(folder / f"{number}.mp4", recipe, seed=number)
        at = record(found, folder / f"{number}.mp4", recipe, number + 1, at, 90_000) + 2_000_000
    return found


@pytest.fixture
def scene(sqlite_engine: sa.Engine, store: LocalFiles, recording: Recording, tmp_path: Path) -> Scene:
    index(sqlite_engine, store, recording, add_camera(sqlite_engine, "C001", START - 1), tmp_path)
    return Scene(sqlite_engine, store, recording)


@pytest.fixture
def client(scene: Scene, data_dir: Path, clock: ManualClock) -> Iterator[httpx.Client]:
    app = create_app(make_service(scene.engine, data_dir, clock))
    with serving(app) as address, httpx.Client(base_url=address, headers=signed_in(app, Accept_Language="en")) as found:
        yield found


def span(begin_ms: int, end_ms: int) -> TimeRange:
    return TimeRange(START + begin_ms * 1000, START + end_ms * 1000)


def cut(client: httpx.Client, asked: TimeRange, **more: Any) -> dict[str, Any]:
    body = {"camera": "C001", "from": format_instant(asked.start_us), "to": format_instant(asked.end_us), **more}
    answer = client.post("/api/v1/clips", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]
    receipt: dict[str, Any] = answer.json()
    return receipt


def shown(data: bytes) -> list[int]:
    with av.open(io.BytesIO(data), "r") as container:
        return [number_of(luma(frame)) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("begin", "end", "complete"), [(333, 2777, True), (0, 4000, True), (3500, 6500, False), (-500, 500, False)]
)
def test_a_clip_is_the_frames_of_its_range(
    client: httpx.Client, scene: Scene, begin: int, end: int, complete: bool
) -> None:
    receipt = cut(client, span(begin, end))
    assert receipt["complete"] is complete
    assert bool(receipt["gaps"]) is not complete
    assert client.get(receipt["links"]["self"]).json() == receipt
    media = client.get(receipt["links"]["media"][0])
    assert (media.status_code, media.headers["content-type"]) == (200, "video/mp4")
    assert len(media.content) == int(media.headers["content-length"]) == receipt["parts"][0]["size_bytes"]
    assert shown(media.content) == scene.numbers(span(begin, end))


def test_the_switch_for_sound_holds_for_clips_from_before(
    client: httpx.Client, scene: Scene, clock: ManualClock
) -> None:
    loud, mute = (cut(client, span(0, 2000), audio=audio)["links"] for audio in (True, False))
    assert client.get(loud["media"][0]).status_code == 200
    with unit_of_work(scene.engine) as session:
        set_rules(session, clock, COMMAND_LINE, None, {"sound_allowed": False})
    for name in ("playlist", "times"):
        assert client.get(loud[name]).json()["code"] == "sound_not_allowed"
    refused = client.get(loud["media"][0])
    assert (refused.status_code, refused.json()["code"]) == (403, "sound_not_allowed")
    assert client.get(loud["self"]).status_code == 200  # its receipt holds no sound
    assert client.get(mute["media"][0]).status_code == 200
    asked = span(0, 2000)
    body = {"camera": "C001", "from": format_instant(asked.start_us), "to": format_instant(asked.end_us), "audio": True}
    assert client.post("/api/v1/clips", json=body).json()["code"] == "sound_not_allowed"


def test_ranges_put_together_are_the_file(client: httpx.Client) -> None:
    place = cut(client, span(200, 7000))["links"]["media"][0]
    whole = client.get(place)
    etag, size = whole.headers["etag"], len(whole.content)
    parts = []
    for start in range(0, size, 10_001):
        answer = client.get(place, headers={"Range": f"bytes={start}-{start + 10_000}", "If-Range": etag})
        assert (answer.status_code, answer.headers["etag"]) == (206, etag)
        parts.append(answer.content)
    assert b"".join(parts) == whole.content
    assert client.get(place, headers={"Range": "bytes=-1"}).content == whole.content[-1:]
    assert client.get(place, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(place, headers={"If-Match": '"other"'}).status_code == 412
    assert client.get(place, headers={"Range": f"bytes={size}-"}).status_code == 416
    assert client.get(place, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).content == whole.content
    head = client.head(place)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")


def test_the_stream_plays_the_same_frames(client: httpx.Client, scene: Scene) -> None:
    receipt = cut(client, span(0, 10_000))
    playlist = client.get(receipt["links"]["playlist"])
    assert playlist.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert "#EXT-X-PROGRAM-DATE-TIME:" in playlist.text
    assert "#EXT-X-DISCONTINUITY" in playlist.text
    names = re.findall(r"hls/[^\"\s]+", playlist.text)
    pieces = [client.get(f"{receipt['links']['self']}/{name}") for name in names]
    assert all(piece.status_code == 200 for piece in pieces)
    assert client.get(f"{receipt['links']['self']}/hls/9-1.m4s").json()["code"] == "hls_unknown"
    ranged = client.get(f"{receipt['links']['self']}/{names[1]}", headers={"Range": "bytes=0-99"})
    assert ranged.content == pieces[1].content[:100]


def test_the_wall_clock_is_told(client: httpx.Client) -> None:
    receipt = cut(client, span(0, 3000), times=True)
    vtt = client.get(receipt["links"]["times"])
    assert vtt.headers["content-type"].startswith("text/vtt")
    assert vtt.text.startswith("WEBVTT\n")
    assert "+07:00" in vtt.text
    assert client.get(f"{receipt['links']['times']}?part=2").json()["code"] == "clip_part_unknown"


@pytest.mark.parametrize("at", [0, 1, 39_999, 40_000, 2_020_000])
def test_the_frame_at_an_instant(client: httpx.Client, scene: Scene, at: int) -> None:
    answer = client.get("/api/v1/cameras/C001/frame.jpg", params={"at": format_instant(START + at)})
    assert answer.headers["content-type"] == "image/jpeg"
    time_us = parse_instant(answer.headers["frame-time"])
    number = next(number for number, captured in scene.recording.captured.items() if captured == time_us)
    assert time_us <= START + at < time_us + 40_000
    with av.open(io.BytesIO(answer.content), "r") as container:
        picture = luma(next(container.decode(video=0)))
    assert number_of(picture) == number


def test_every_reading_of_footage_leaves_an_event(client: httpx.Client, scene: Scene) -> None:
    cut(client, span(0, 1000))
    client.get("/api/v1/cameras/C001/frame.jpg", params={"at": format_instant(START)})
    with unit_of_work(scene.engine, writes=False) as session:
        rows = session.execute(sa.text("SELECT action, actor FROM audit_event ORDER BY id")).all()
    assert [tuple(row) for row in rows][-2:] == [("clip:make", "everyone"), ("frame:read", "everyone")]


def test_footage_that_is_gone_is_410(client: httpx.Client, scene: Scene) -> None:
    place = cut(client, span(0, 1000))["links"]["media"][0]
    with unit_of_work(scene.engine) as session:
        session.execute(sa.delete(Segment))
    answer = client.get(place)
    assert (answer.status_code, answer.json()["code"]) == (410, "clip_gone")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "request_invalid"),
        ({"camera": "C001", "from": "2026-03-07T20:00:00", "to": "2026-03-07T20:01:00Z"}, 422, "request_invalid"),
        ({"camera": "NONE", "from": "2026-03-07T20:00:00Z", "to": "2026-03-07T20:01:00Z"}, 404, "camera_unknown"),
        ({"camera": "C001", "from": "2026-03-01T20:00:00Z", "to": "2026-03-01T20:01:00Z"}, 404, "clip_empty"),
        ({"camera": "C001", "from": "2026-03-01T20:00:00Z", "to": "2026-03-07T20:01:00Z"}, 413, "clip_too_long"),
        ({"camera": "C001", "from": "2026-03-07T20:01:00Z", "to": "2026-03-07T20:01:00Z"}, 422, "range_empty"),
        (
            {"camera": "C001", "from": "2026-03-07T20:00:00Z", "to": "2026-03-07T20:01:00Z", "mode": "fast"},
            422,
            "request_invalid",
        ),
    ],
)
def test_a_clip_that_cannot_be_cut(client: httpx.Client, body: dict[str, str], status: int, code: str) -> None:
    answer = client.post("/api/v1/clips", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
