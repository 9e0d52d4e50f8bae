"""Tiles play what the service cuts: a clip's hidden pre-roll stays hidden, and an instant of the wall is the frame that was captured then."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Route

from api.app import create_app
from api.edge import SECURITY_HEADERS
from foundation.clock import ManualClock
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant
from tests.support import island_samples as samples
from tests.support.coded_footage import BITS, CELL, Recipe, Recording, encode, record
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.island_pages import Island, eventually, watched
from tests.support.serving import serving
from tests.support.web import make_service, signed_in

pytestmark = pytest.mark.browser

START = 1_772_888_400_000_000
_NUMBER = """([cell, bits]) => {
  const { tiles } = document.querySelector("[data-mp-tiles]").mpTiles;
  const { video } = tiles[0];
  if (tiles[0].element.dataset.state !== "picture" || video.seeking) return -1;
  const paper = new OffscreenCanvas(video.videoWidth, cell).getContext("2d");
  paper.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < bits; bit++) number = 2 * number + (paper.getImageData(bit * cell + 4, 4, 1, 1).data[0] > 128 ? 1 : 0);
  return number;
}"""
_GO = "(at) => document.querySelector('[data-mp-tiles]').dispatchEvent(new CustomEvent('mp:go', { detail: { at } }))"


@pytest.fixture
def scene(sqlite_engine: sa.Engine, store: LocalFiles, tmp_path: Path) -> Scene:
    recording = Recording(tmp_path / "sealed")
    recording.folder.mkdir()
    recipe = Recipe(params="keyint=50:min-keyint=50:scenecut=0:bframes=2", frames=500)
    encode(tmp_path / "source.mp4", recipe)
    record(recording, tmp_path / "source.mp4", recipe, 1, START, 6 * 90_000)
    index(sqlite_engine, store, recording, add_camera(sqlite_engine, "C001", START - 1), tmp_path)
    return Scene(sqlite_engine, store, recording)


def island(receipt: dict[str, Any], begin_us: int, end_us: int) -> Island:
    begin, end = format_instant(begin_us), format_instant(end_us)
    part = {"from": begin, "to": end, "url": f"{receipt['links']['media'][0]}?piece=65536"}
    tile = {"code": "C001", "name": "C001", "parts": [part]}
    data = {"offset_minutes": 420, "from": begin, "to": end, "texts": samples.TILE_TEXTS, "tiles": [tile]}
    return Island('<div data-mp-tiles data-mp-data="data"></div>', {"data": data}, ("tiles.js",))


def test_an_instant_is_the_frame_that_was_captured_then(
    scene: Scene, data_dir: Path, clock: ManualClock, browser: Browser
) -> None:
    app = create_app(make_service(scene.engine, data_dir, clock))
    proof = signed_in(app)
    asked = TimeRange(START + 3_330_000, START + 15_777_000)  # neither at a key frame nor at the edge of a segment
    captured = scene.recording.captured
    first = captured[scene.numbers(asked)[0]]
    with serving(app) as address:
        body = {"camera": "C001", "from": format_instant(asked.start_us), "to": format_instant(asked.end_us)}
        receipt = httpx.post(f"{address}/api/v1/clips", json=body, headers=proof).json()
        html = island(receipt, first, asked.end_us).page()
        context = browser.new_context(extra_http_headers=proof)
        page = context.new_page()

        def answer(route: Route) -> None:
            route.fulfill(body=html, content_type="text/html", headers=SECURITY_HEADERS)

        page.route("**/page", answer)
        seen = watched(page)
        page.goto(f"{address}/page")
        for seconds in (0.02, 1.51, 4.3, 8.77, 12.0):
            instant = first + round(seconds * 1_000_000)
            wanted = max(n for n in scene.numbers(asked) if captured[n] <= instant)
            page.evaluate(_GO, instant / 1000)
            eventually(page, _NUMBER, wanted.__eq__, [CELL, BITS])
        assert seen.said == []
        context.close()
