"""Chromium plays a clip over HTTP: it seeks to the last second without fetching the whole, and shows the right frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright

from api.app import create_app
from foundation.clock import ManualClock
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant
from tests.support.coded_footage import BITS, CELL, Recipe, Recording, encode, record
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.serving import serving
from tests.support.web import make_service

pytestmark = pytest.mark.browser

START = 1_772_888_400_000_000
SECONDS = 60
# Filler makes each second 500 kB, as a camera of 4 Mbit/s would, however little there is to see.
HEAVY = "keyint=25:min-keyint=25:scenecut=0:bframes=2:bitrate=4000:vbv-maxrate=4000:vbv-bufsize=4000:nal-hrd=cbr"

SHOW = """async ({address, back}) => {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "metadata";
  video.src = address;
  document.body.append(video);
  const come = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, {once: true});
    video.addEventListener("error", () => reject(new Error(video.error.message)), {once: true});
  });
  await come("loadedmetadata");
  const shown = come("seeked");
  video.currentTime = video.duration - back;
  await shown;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const paper = canvas.getContext("2d");
  paper.drawImage(video, 0, 0);
  const pixels = paper.getImageData(0, 0, canvas.width, CELL).data;
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    let sum = 0;
    for (let y = 2; y < CELL - 2; y++)
      for (let x = bit * CELL + 2; x < (bit + 1) * CELL - 2; x++) sum += pixels[4 * (y * canvas.width + x)];
    number = number * 2 + (sum / ((CELL - 4) * (CELL - 4)) > 128 ? 1 : 0);
  }
  return {number, duration: video.duration, at: video.currentTime};
}""".replace("CELL", str(CELL)).replace("BITS", str(BITS))


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


@pytest.fixture
def scene(sqlite_engine: sa.Engine, store: LocalFiles, tmp_path: Path) -> Scene:
    found = Recording(tmp_path / "sealed")
    found.folder.mkdir()
    recipe = Recipe(params=HEAVY, frames=SECONDS * 25)
    encode(tmp_path / "source.mp4", recipe)
    record(found, tmp_path / "source.mp4", recipe, 1, START, 20 * 90_000)
    index(sqlite_engine, store, found, add_camera(sqlite_engine, "C001", START - 1), tmp_path)
    return Scene(sqlite_engine, store, found)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_it_seeks_to_the_last_second_without_fetching_the_whole(
    scene: Scene, data_dir: Path, clock: ManualClock, page: Page
) -> None:
    counted = Counted(create_app(make_service(scene.engine, data_dir, clock)))
    span = TimeRange(START + 3_330_000, START + 57_777_000)
    with serving(counted) as address:
        asked = {"camera": "C001", "from": format_instant(span.start_us), "to": format_instant(span.end_us)}
        receipt = httpx.post(f"{address}/api/v1/clips", json=asked).json()
        page.goto(f"{address}/problems/not_found")
        told = page.evaluate(SHOW, {"address": receipt["links"]["media"][0], "back": 0.5})
    size = receipt["parts"][0]["size_bytes"]
    assert size > 20_000_000
    assert counted.media_bytes < size // 2
    # Clip time 0 is the first visible frame; the frame on display is the last one captured at or before the instant.
    numbers = scene.numbers(span)
    begin = scene.recording.captured[numbers[0]]
    instant = begin + round(told["at"] * 1_000_000)
    assert told["number"] == max(n for n in numbers if scene.recording.captured[n] <= instant + 1)
    assert abs(told["duration"] * 1_000_000 - (span.end_us - begin)) < 40_000


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
