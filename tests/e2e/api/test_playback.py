"""Chromium plays a clip over HTTP: it seeks to the last second without fetching the whole, and shows the right frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from playwright.sync_api import Page

from api.app import create_app
from foundation.clock import ManualClock
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant
from tests.support.chromium import Shown, chromium, watch
from tests.support.coded_footage import BITS, CELL, Recipe, Recording, encode, record
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.serving import serving
from tests.support.web import make_service, signed_in

pytestmark = pytest.mark.browser

START = 1_772_888_400_000_000
SECONDS = 60
# Filler makes each second 1.5 MB, as a camera of 12 Mbit/s would, however little there is to see: a browser reads some
# ten megabytes ahead before it turns to where it was sent, and what is asked here is that it does not read the whole.
HEAVY = "keyint=25:min-keyint=25:scenecut=0:bframes=2:bitrate=12000:vbv-maxrate=12000:vbv-bufsize=12000:nal-hrd=cbr"


@dataclass
class Counted:
    """The application, and how many bytes of media bodies went out."""

    app: Any
    media_bytes: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def counted(message: Any) -> None:
            if scope["path"].endswith(".mp4"):
                self.media_bytes += len(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, counted if scope["type"] == "http" else send)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("recording")
    found = Recording(folder / "sealed")
    found.folder.mkdir()
    recipe = Recipe(params=HEAVY, frames=SECONDS * 25)
    encode(folder / "source.mp4", recipe)
    record(found, folder / "source.mp4", recipe, 1, START, 20 * 90_000)
    return found


@pytest.fixture
def scene(sqlite_engine: sa.Engine, store: LocalFiles, recording: Recording, tmp_path: Path) -> Scene:
    index(sqlite_engine, store, recording, add_camera(sqlite_engine, "C001", START - 1), tmp_path)
    return Scene(sqlite_engine, store, recording)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as found:
        yield found


def shown(
    page: Page, app: FastAPI, address: str, asked: TimeRange, *, back: float, to_the_end: bool = False
) -> tuple[Any, Shown]:
    """Cut a clip and return its receipt and what Chromium showed `back` seconds before its end, or at its very end."""
    body = {"camera": "C001", "from": format_instant(asked.start_us), "to": format_instant(asked.end_us)}
    proof = signed_in(app)
    page.set_extra_http_headers(proof)
    receipt = httpx.post(f"{address}/api/v1/clips", json=body, headers=proof).json()
    page.goto(f"{address}/problems/not_found")
    place = receipt["links"]["media"][0]
    return receipt, watch(page, place, -back, cells=BITS, cell=CELL, to_the_end=to_the_end)


def test_it_seeks_to_the_last_second_without_fetching_the_whole(
    scene: Scene, data_dir: Path, clock: ManualClock, page: Page
) -> None:
    app = create_app(make_service(scene.engine, data_dir, clock))
    counted = Counted(app)
    asked = TimeRange(START + 3_330_000, START + 57_777_000)
    with serving(counted) as address:
        receipt, told = shown(page, app, address, asked, back=0.5)
    size = receipt["parts"][0]["size_bytes"]
    assert size > 60_000_000
    assert counted.media_bytes < size // 2
    # Clip time 0 is the first visible frame; the frame on display is the last one captured at or before the instant.
    numbers = scene.numbers(asked)
    begin = scene.recording.captured[numbers[0]]
    instant = begin + round(told.at_s * 1_000_000)
    assert int(told.code, 2) == max(n for n in numbers if scene.recording.captured[n] <= instant + 1)
    assert 0 <= told.duration_s * 1_000_000 - (asked.end_us - begin) < 200_000


@pytest.mark.parametrize("end", [57_777_000, 57_745_000, 57_710_000])
def test_what_is_hidden_behind_the_end_stays_hidden(
    scene: Scene, data_dir: Path, clock: ManualClock, page: Page, end: int
) -> None:
    """Frames that only the decoder needs lie behind the end; Chromium plays on to the end and shows none of them."""
    asked = TimeRange(START + 52_000_000, START + end)
    app = create_app(make_service(scene.engine, data_dir, clock))
    with serving(app) as address:
        _, told = shown(page, app, address, asked, back=0.5, to_the_end=True)
    assert int(told.code, 2) == scene.numbers(asked)[-1]


def test_the_page_of_the_calls_fetches_nothing_from_elsewhere(
    scene: Scene, data_dir: Path, clock: ManualClock, page: Page
) -> None:
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    with serving(create_app(make_service(scene.engine, data_dir, clock))) as address:
        page.goto(f"{address}/docs")
        page.get_by_text("/api/v1/lookup").first.wait_for()
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert said == []
