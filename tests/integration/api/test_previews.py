"""Previews over HTTP: the key frame at or before an instant, made once, gone with its footage."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import sqlalchemy as sa

from api.app import create_app
from api.service import Service
from extract import previews
from extract.previews import Previews, key_frame_at
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.storage import LocalFiles
from foundation.timebase import format_instant, parse_instant
from ingest.index.tables import Segment
from tests.support.coded_footage import Recipe, Recording, encode, number_of, record
from tests.support.granting import grant_everything
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.luma import luma
from tests.support.serving import serving
from tests.support.web import make_service, signed_in, token_of

START = 1_772_892_000_000_000 - 3_600_000_000
OPEN = "keyint=12:min-keyint=12:scenecut=0:bframes=2:b-adapt=0:open-gop=1"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("recording")
    found = Recording(folder / "store")
    found.folder.mkdir()
    recipe = Recipe("libx265", OPEN, frames=60)
    encode(folder / "0.mp4", recipe)
    record(found, folder / "0.mp4", recipe, 1, START, 60_000)
    return found


@pytest.fixture
def scene(sqlite_engine: sa.Engine, store: LocalFiles, recording: Recording, tmp_path: Path) -> Scene:
    index(sqlite_engine, store, recording, add_camera(sqlite_engine, "C001", START - 1), tmp_path)
    return Scene(sqlite_engine, store, recording)


@pytest.fixture
def service(scene: Scene, data_dir: Path, clock: ManualClock) -> Service:
    return make_service(scene.engine, data_dir, clock)


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    app = create_app(service)
    with serving(app) as address, httpx.Client(base_url=address, headers=signed_in(app, Accept_Language="en")) as found:
        yield found


def ask(client: httpx.Client, after_us: int, **headers: str) -> httpx.Response:
    params = {"at": format_instant(START + after_us)}
    return client.get("/api/v1/cameras/C001/preview.jpg", params=params, headers=headers)


@pytest.mark.parametrize("frame", [0, 1, 11, 12, 30, 59])
def test_it_is_the_key_frame_at_or_before(client: httpx.Client, scene: Scene, frame: int) -> None:
    answer = ask(client, frame * 40_000 + 39_000)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    with av.open(io.BytesIO(answer.content), "r") as container:
        picture = luma(next(container.decode(video=0)))
    time_us = parse_instant(answer.headers["frame-time"])
    assert scene.recording.captured[number_of(picture)] == time_us
    keys = {
        item.wall_us(at)
        for item in scene.recording.footage
        for at in scene.recording.load(item).video.pts[scene.recording.load(item).video.key].tolist()
    }
    assert time_us == max(key for key in keys if key <= START + frame * 40_000 + 39_000)


def test_it_is_made_once_and_asked_for_again_for_nothing(client: httpx.Client, service: Service, scene: Scene) -> None:
    first = ask(client, 500_000)
    again = ask(client, 600_000)  # of the same group of pictures
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert len(list((service.data / "previews").iterdir())) == 1
    known = ask(client, 500_000, **{"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    with unit_of_work(scene.engine, writes=False) as session:
        count = session.execute(sa.text("SELECT count(*) FROM audit_event WHERE action = 'frame:read'")).scalar()
    assert count == 2


def test_it_needs_a_grant_that_reaches_back_to_it(client: httpx.Client, service: Service) -> None:
    headers = {"Authorization": f"Bearer {token_of(service, 'other')}"}
    assert ask(client, 500_000, **headers).status_code == 403
    window: dict[str, Any] = {"start_us": START + 490_000, "end_us": START + 900_000}
    grant_everything(service.engine, service.clock, "other", pre_roll=0, **window)
    refused = ask(client, 500_000, **headers)  # its key frame was taken at 480 ms
    assert (refused.status_code, refused.json()["code"]) == (403, "pre_roll_not_granted")


def test_a_gap_is_told(client: httpx.Client) -> None:
    assert ask(client, 60_000_000).json()["code"] == "gap_not_recorded"


def test_it_goes_with_its_footage(client: httpx.Client, service: Service, scene: Scene) -> None:
    ask(client, 500_000)
    service.previews.sweep()
    assert len(list((service.data / "previews").iterdir())) == 1
    with scene.engine.begin() as connection:
        connection.execute(sa.delete(Segment))
    service.previews.sweep()
    assert list((service.data / "previews").iterdir()) == []


def test_the_folder_is_bounded(scene: Scene, tmp_path: Path) -> None:
    with unit_of_work(scene.engine, writes=False) as session:
        found = [key_frame_at(session, scene.store, "C001", START + at * 480_000) for at in range(5)]
    first = Previews(scene.engine, tmp_path / "a").preview(found[0], scene.store)
    kept = Previews(scene.engine, tmp_path / "b", room_bytes=len(first) * 5 // 2)
    for one in found:
        kept.preview(one, scene.store)
    assert len(list((tmp_path / "b").iterdir())) == 2
    assert list(kept._held) == [found[3].name, found[4].name]


def test_a_busy_machine_says_so(client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "_TURN_WAIT_S", 0.1)
    monkeypatch.setattr(service.previews, "_decoders", 0)
    assert ask(client, 0).json()["code"] == "previews_busy"
