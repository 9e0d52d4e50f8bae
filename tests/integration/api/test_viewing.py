"""Viewing copies over HTTP: each picture dates itself by its bar code, in the original and in the copy alike."""

import io
import struct
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Response

from api.app import create_app
from api.byte_ranges import Answer, ByteRange
from api.media import MediaAnswer
from api.service import Service
from extract.viewing.coding import KEY_TICKS, Sink, code
from extract.viewing.source import View
from extract.virtual_file import Extent, VirtualFile
from foundation.clock import ManualClock
from foundation.identity import Actor
from foundation.mp4.model import Track
from foundation.mp4.movie import read_movie
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant, parse_instant
from ingest.index.tables import Segment
from sample_clips.generator import Recipe, make
from tests.support.house import House, furnish, shown
from tests.support.serving import serving
from tests.support.web import make_service, signed_in

START = 1_772_892_000_000_000 - 3_600_000_000
SECONDS = 6
CAMERAS = {"C1": "h265", "C2": "mpeg4", "C3": "mjpeg", "C4": "h264"}


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("viewed")
    for camera, codec in CAMERAS.items():
        b_frames = {"h265": 2, "mpeg4": 2}.get(codec, 0)
        # Uneven, so that a time made up from a rate would show; MPEG-4 holds its B-frames back.
        recipe = Recipe(camera, START, SECONDS, codec, key_every=30, b_frames=b_frames, uneven=codec != "mpeg4")
        make(folder / f"{camera}.mp4", recipe)
    return {camera: folder / f"{camera}.mp4" for camera in CAMERAS}


@pytest.fixture
def house(
    sqlite_engine: sa.Engine,
    store: LocalFiles,
    clock: ManualClock,
    data_dir: Path,
    actor: Actor,
    sources: dict[str, Path],
) -> House:
    house = furnish(sqlite_engine, store, clock, data_dir, actor)
    for camera, path in sources.items():
        house.bring(path, camera, START)
    return house


@pytest.fixture
def service(house: House, data_dir: Path, clock: ManualClock) -> Service:
    return make_service(house.engine, data_dir, clock)


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    app = create_app(service)
    with serving(app) as address, httpx.Client(base_url=address, headers=signed_in(app, Accept_Language="en")) as found:
        yield found


def cut(client: httpx.Client, camera: str, begin_ms: int, end_ms: int, **more: Any) -> dict[str, Any]:
    span = TimeRange(START + begin_ms * 1000, START + end_ms * 1000)
    body = {"camera": camera, "from": format_instant(span.start_us), "to": format_instant(span.end_us), **more}
    answer = client.post("/api/v1/clips", json=body)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def viewing(receipt: dict[str, Any]) -> str:
    return f"{receipt['links']['self']}/viewing.mp4"


def checked(data: bytes) -> None:
    """Hold the copy to what browsers play, and to a key frame every two seconds."""
    with av.open(io.BytesIO(data), "r") as found:
        stream: Any = found.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.codec_context.height <= 720
        keys = [packet.pts for packet in found.demux(stream) if packet.pts is not None and packet.is_keyframe]
        assert keys[0] == 0
        assert all(later - earlier <= KEY_TICKS for earlier, later in pairwise(keys))


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize(
    ("mode", "begin", "end"), [("exact", 700, 5300), ("strict", 700, 5300), ("keyframe", 2500, 4100)]
)
def test_every_picture_keeps_its_time(client: httpx.Client, camera: str, mode: str, begin: int, end: int) -> None:
    receipt = cut(client, camera, begin, end, mode=mode)
    original = list(shown(client.get(receipt["links"]["media"][0]).content))
    answer = client.get(viewing(receipt))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    found = list(shown(answer.content))
    assert found == original
    assert len(found) == receipt["frames"]["visible"]
    if mode == "strict":
        assert all(begin <= (at or 0) - START // 1000 < end for _, at in found)
    checked(answer.content)
    assert parse_instant(answer.headers["viewing-from"]) == parse_instant(receipt["delivered"]["from"])


@pytest.mark.parametrize("camera", ["C1", "C2"])
@pytest.mark.parametrize("mode", ["exact", "strict"])
@pytest.mark.parametrize("late", [1300, 3333, 4590])
def test_it_begins_at_the_asked_second(client: httpx.Client, camera: str, mode: str, late: int) -> None:
    receipt = cut(client, camera, 0, 4600, mode=mode)
    original = list(shown(client.get(receipt["links"]["media"][0]).content))
    asked = START + late * 1000
    answer = client.get(viewing(receipt), params={"from": format_instant(asked)})
    rest = [(ticks, at) for ticks, at in original if (at or 0) * 1000 >= asked] or original[-1:]
    found = list(shown(answer.content))
    assert found == [(ticks - rest[0][0], at) for ticks, at in rest]
    assert parse_instant(answer.headers["viewing-from"]) // 1000 == rest[0][1]
    beyond = client.get(viewing(receipt), params={"from": format_instant(START + 60_000_000)})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "viewing_beyond")


def test_the_receipt_names_what_a_browser_plays(client: httpx.Client) -> None:
    plain, other = cut(client, "C4", 0, 2000), cut(client, "C1", 0, 2000)
    assert plain["links"]["viewing"] == plain["links"]["media"]
    assert other["links"]["viewing"] == [viewing(other)]


def test_a_whole_copy_is_answered_with_ranges(client: httpx.Client) -> None:
    place = viewing(cut(client, "C2", 0, 3000))
    assert "content-length" not in client.head(place).headers
    first = client.get(place)
    assert "etag" not in first.headers
    whole = client.get(place)
    assert whole.content == first.content
    etag = whole.headers["etag"]
    assert int(whole.headers["content-length"]) == len(whole.content)
    part = client.get(place, headers={"Range": "bytes=100-299", "If-Range": etag})
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert client.get(place, headers={"If-None-Match": etag}).status_code == 304


def test_the_same_clip_of_another_asker_is_the_same_copy(client: httpx.Client, service: Service) -> None:
    places = [viewing(cut(client, "C1", 0, 5000)) for _ in range(2)]
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda p=place: answers.append(client.get(p).content)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1]
    assert len(list((service.data / "viewing").iterdir())) == 1


def test_without_its_footage_there_is_no_copy(client: httpx.Client, service: Service, house: House) -> None:
    place = viewing(cut(client, "C1", 0, 2000))
    assert client.get(place).status_code == 200
    service.viewing.sweep()
    assert len(list((service.data / "viewing").iterdir())) == 1
    with house.engine.begin() as connection:
        connection.execute(sa.delete(Segment))
    answer = client.get(place)
    assert (answer.status_code, answer.json()["code"]) == (410, "clip_gone")
    service.viewing.sweep()
    assert list((service.data / "viewing").iterdir()) == []


def test_what_a_crash_left_is_no_copy(service: Service) -> None:
    folder = service.data / "viewing"
    folder.mkdir(parents=True)
    (folder / "half.mp4").write_bytes(b"half")
    with serving(create_app(service)):
        assert not folder.exists()


def test_when_its_client_goes_away_the_making_ends(service: Service) -> None:
    """A maker that never ends by itself stands for a long clip."""
    ended = threading.Event()

    def make(sink: Sink, goes_on: Callable[[], bool]) -> None:
        try:
            while goes_on():
                sink.write(b"....mdat" + bytes(100_000))
        finally:
            ended.set()

    app = FastAPI()

    @app.get("/copy")
    def copy() -> Response:
        seen = service.viewing.watch("a", make, lambda: True)
        answer = Answer(200, {}, (ByteRange(0, 2**62),))
        return MediaAnswer(answer, lambda *_: seen, {}, head=False, permitted=lambda: True)

    service.viewing.start()
    with serving(app) as address:
        with httpx.stream("GET", f"{address}/copy") as answer:
            next(answer.iter_raw(1000))
            assert not ended.is_set()
        assert ended.wait(10)
    service.viewing.stop()
    assert list((service.data / "viewing").iterdir()) == []


def test_a_machine_that_makes_enough_says_when_to_come_again(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extract.viewing.copies._SLOT_WAIT_S", 0.1)
    monkeypatch.setattr(service.viewing, "_encoders", 0)
    answer = client.get(viewing(cut(client, "C1", 0, 2000)))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "viewing_busy", "5")


def test_what_was_filmed_upright_stands_upright(house: House, store: LocalFiles) -> None:
    turned = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    segment = house.segments()[0]
    size = store.size(segment.key)
    virtual = VirtualFile(b"", (Extent(segment.key, 0, size),), size, "")
    picture = Track(1, "video", 90_000, (), matrix=turned)
    out = io.BytesIO()
    code(View("a", virtual, picture, 0, 10, TimeRange(0, 1), segment.key), store, out, lambda: True)
    data = out.getvalue()
    (track,) = read_movie(lambda at, length: data[at : at + length], len(data)).tracks
    assert (track.matrix, len(track.samples)) == (turned, 10)
