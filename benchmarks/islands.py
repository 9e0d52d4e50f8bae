"""What the browser's parts of pages cost, in Chromium, on pages served with the application's own headers; figures as they come.

    python -m benchmarks islands [timeline] [map] [tiles]

timeline: one drawing of 12 cameras x 24 h and of 790 cameras x 24 h, in whole, after a zoom, and while it is dragged.
map: 790 cameras until they are drawn, and one drawing after a pan.
tiles: nine files of 12 Mbit/s in step, with and without `?piece=`: how far apart, and how many of them show a picture.
"""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from foundation.timebase import format_instant
from sample_clips.__main__ import START_US
from sample_clips.scene import zone_of
from tests.support import island_samples as samples
from tests.support.island_footage import heavy, part, wall
from tests.support.island_pages import Island, island_server

MODES = ("timeline", "map", "tiles")
_ZONE = zone_of(420)
_SECONDS = 40
_DAY_S = 86_400

_DRAWS = """async ([act, times]) => {
  const { model, draw } = document.querySelector("[data-mp-timeline]").mpTimeline;
  const whole = model.extent.to - model.extent.from;
  const taken = [];
  for (let n = 0; n < times; n++) {
    if (act === "hour") model.look(model.extent.from + 8 * 3600e3 + n * 60e3, 3600e3);
    if (act === "whole") model.look(model.extent.from, whole);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const before = performance.now();
    draw();
    taken.push(performance.now() - before);
  }
  return taken;
}"""
PAN = """async (times) => {
  const map = document.querySelector("[data-mp-map]").mpMap;
  const taken = [];
  for (let n = 0; n < times; n++) {
    map.panBy([n % 2 ? 120 : -120, 0], { animate: false });
    const renderer = map.options.renderer;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const before = performance.now();
    renderer._redraw();
    taken.push(performance.now() - before);
  }
  return taken;
}"""
_TILES = """() => {
  const host = document.querySelector("[data-mp-tiles]");
  const { spread, drift } = host.mpTiles.spread();
  const shown = host.mpTiles.tiles.filter((tile) => tile.element.dataset.state === "picture").length;
  return { shown, spread, drift, at: (host.mpTiles.clock.now() - host.mpTiles.model.extent.from) / 1000 };
}"""


@contextmanager
def _page(island: Island, media: Path | None = None) -> Iterator[Page]:
    with sync_playwright() as playwright, island_server({"page": island}, media) as address:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/page/page")
        page.locator("[data-mp-ready]").first.wait_for()
        yield page
        browser.close()


def draws(page: Page, act: str, times: int = 100) -> list[float]:
    """Return what drawing the timeline of a page took each time, in milliseconds: dragged within an `hour`, or `whole`."""
    taken: list[float] = page.evaluate(_DRAWS, [act, times])
    return taken


def _told(what: str, taken: list[float]) -> None:
    ordered = sorted(taken)
    middle, most = ordered[len(ordered) // 2], ordered[-1]
    print(f"{what:44} least {ordered[0]:6.2f} ms, median {middle:6.2f} ms, most {most:6.2f} ms, of {len(ordered)}")


def _lanes(cameras: int, dice: random.Random) -> list[dict[str, Any]]:
    """Return a day of cameras that were cut off about every ten minutes."""
    lanes = []
    for number in range(cameras):
        runs, gaps, at = [], [], 0.0
        while at < _DAY_S:
            end = min(_DAY_S, at + dice.uniform(60, 1100))
            again = min(_DAY_S, end + dice.uniform(3, 40))
            runs.append({"from": _at(at), "to": _at(end), "uncertainty_us": 200_000})
            gaps.append({"from": _at(end), "to": _at(again), "reason": "lost", "text": "mất kết nối"})
            at = again
        lanes.append({"camera": f"C{number:03}", "name": f"Đường số {number}", "runs": runs, "gaps": gaps})
    return lanes


def _at(seconds: float) -> str:
    midnight_us = START_US - (21 * 3600 + 300) * 1_000_000
    return format_instant(midnight_us + round(seconds * 1_000_000), _ZONE)


def timeline() -> None:
    for cameras in (12, 790):
        lanes = _lanes(cameras, random.Random(1))
        data = samples.timeline_data(lanes, at=_at(3600))
        island = Island('<div data-mp-timeline data-mp-data="data"></div>', {"data": data}, ("timeline.js",))
        runs = sum(len(lane["runs"]) for lane in lanes)
        with _page(island) as page:
            _told(f"{cameras} cameras x 24 h, {runs} runs", draws(page, "whole"))
            _told(f"{cameras} cameras, one hour, dragged", draws(page, "hour"))


def places() -> None:
    dice = random.Random(1)
    cameras = [
        {
            "code": f"C{number:03}",
            "name": f"Đường số {number}",
            "lat": samples.LAT + dice.uniform(-0.01, 0.01),
            "lon": samples.LON + dice.uniform(-0.01, 0.01),
            "bearing_deg": dice.randrange(360),
            "hfov_deg": 90,
            "range_m": 40,
            "state": dice.choice(["sees", "away", "none"]),
        }
        for number in range(790)
    ]
    data = {"texts": samples.MAP_TEXTS, "cameras": cameras}
    island = Island('<div data-mp-map="show" data-mp-data="data"></div>', {"data": data}, ("map.js",))
    with _page(island) as page:
        ready = page.evaluate("() => performance.now()")
        print(f"{'790 cameras on the map, from the address on':44} {ready:6.0f} ms")
        _told("790 cameras, drawn after a pan", page.evaluate(PAN, 60))


def together() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        heavy(folder, _SECONDS)
        for piece in (None, 2_000_000):
            more = "" if piece is None else f"&piece={piece}"
            told = [
                {"code": f"T{n}", "name": f"T{n}", "parts": [part(0, _SECONDS, f"heavy.mp4?n={n}{more}")]}
                for n in range(9)
            ]
            data = {
                "offset_minutes": 420,
                "from": wall(0),
                "to": wall(_SECONDS),
                "texts": samples.TILE_TEXTS,
                "tiles": told,
            }
            island = Island('<div data-mp-tiles data-mp-data="data"></div>', {"data": data}, ("tiles.js",))
            with _page(island, folder) as page:
                print(f"nine tiles of 12 Mbit/s, piece={piece}:")
                page.locator("[data-act=play]").click()
                for _ in range(6):
                    page.wait_for_timeout(5000)
                    found = page.evaluate(_TILES)
                    apart = "-" if found["spread"] is None else f"{found['spread']:.1f}"
                    print(f"  at {found['at']:5.1f} s: {found['shown']} show a picture, {apart} ms apart")


def main(*modes: str) -> None:
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for mode in modes or MODES:
        {"timeline": timeline, "map": places, "tiles": together}[mode]()


if __name__ == "__main__":
    main()
