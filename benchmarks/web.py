"""What pages cost who opens them: in Chromium, from the real service on loopback, as somebody who has signed in.

    python -m benchmarks web [budget] [investigate] [play]

budget: the first view of every page with an empty cache and a processor made four times slower: bytes over the wire, time until
    it can be used (loaded, and its modules ready).
investigate: 790 cameras and a day of runs; time until the answer can be used, and one drawing after a pan of map and timeline.
play: from pressing play to the first picture, H.264 as it is and H.265 by its viewing copy, 1080p25; beside them the same H.264
    file as a plain web server sends it.
"""

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from benchmarks import ward
from benchmarks.harness import percentile, say, spread
from benchmarks.islands import PAN, draws
from benchmarks.playing import first_pictures
from foundation.clock import ManualClock
from people.rights import Role
from tests.e2e.web.test_every_page import PLACES, named
from tests.support.databases import sqlite_template
from tests.support.people import Folk
from tests.support.serving import serving
from tests.support.web import make_service
from tests.support.web_town import Town, town

MODES = ("budget", "investigate", "play")
CAMERAS, UNITS = 790, 30  # so close together that a circle of 2 km holds them all
ROUNDS = 3
SLOWER = 4
_READY = """() => {
  const told = performance.getEntriesByType("navigation")[0];
  const islands = [...document.querySelectorAll("[data-mp-map],[data-mp-timeline],[data-mp-tiles]")];
  if (!told.loadEventEnd || islands.some((one) => !("mpReady" in one.dataset))) return null;
  window.found ??= performance.now();
  return { loaded: told.loadEventEnd, usable: Math.max(told.loadEventEnd, islands.length ? window.found : 0) };
}"""

_ON_MAP = "() => JSON.parse(document.getElementById('map-data')?.textContent ?? '{\"cameras\": []}').cameras.length"


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


def _opened(page: Page, address: str, slower: int = 1) -> tuple[float, int]:
    """Return seconds until the page can be used, with an empty cache, and the bytes that came for it."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.clearBrowserCache")
    wire.send("Network.setBypassServiceWorker", {"bypass": True})
    wire.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    came: list[float] = []
    wire.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    page.goto(address)
    told: Any = page.wait_for_function(_READY, polling="raf").json_value()
    page.wait_for_load_state("networkidle")
    wire.detach()
    return told["usable"] / 1000, round(sum(came))


def budget() -> None:
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        scratch = Path(folder)
        with town(sqlite_template(scratch), scratch) as made:
            rows = []
            for name, paths in PLACES.items():
                page = made.context(browser, name, viewport={"width": 360, "height": 740}).new_page()
                for path in paths:
                    found = [_opened(page, made.address + named(made, path), SLOWER) for _ in range(ROUNDS)]
                    rows.append(
                        (f"{name or 'anybody'} {path.partition('&')[0][:40]}", [one for one, _ in found], found[0][1])
                    )
                page.context.close()
    rows.sort(key=lambda row: -statistics.median(row[1]))
    say(
        f"first view of {len(rows)} pages, processor {SLOWER} times slower, {ROUNDS} rounds each; the slowest ten",
        [(name, f"{spread(times)}, {size / 1000:.0f} KB") for name, times, size in rows[:10]],
    )
    medians = [statistics.median(times) for _, times, _ in rows]
    heaviest = max(rows, key=lambda row: row[2])
    say(
        "of all",
        [
            ("median, p95, slowest", " / ".join(f"{percentile(medians, at) * 1000:.0f} ms" for at in (0.5, 0.95, 1))),
            ("within 1 s", f"{sum(one <= 1 for one in medians)} of {len(medians)}"),
            ("heaviest", f"{heaviest[2] / 1000:.0f} KB ({heaviest[0]})"),
        ],
    )


@contextmanager
def city() -> Iterator[Town]:
    """Serve `CAMERAS` with a day of runs; an officer may ask about all of them."""
    with tempfile.TemporaryDirectory() as folder:
        engine = ward.city(Path(folder), CAMERAS, UNITS, 1)
        clock = ManualClock(ward.BEGIN + ward.DAY)
        service = replace(make_service(engine, Path(folder), clock), keep_free_bytes=0)
        made = Town(service, Folk(engine, clock, service.vault))
        made.folk.add("officer", Role.OFFICER)
        with serving(create_app(service)) as address:
            made.address = address
            yield made
        engine.dispose()


def investigate() -> None:
    across = round(UNITS**0.5 + 0.5) * ward.SIDE_DEG / 2
    middle = f"{ward.LAT + across:.6f},{ward.LON + across:.6f}"
    asked = {"place": middle, "day": "01/03/2026", "begin": "07:00", "end": "07:00", "end_day": "02/03/2026"}
    with city() as made, browsing() as browser:
        for radius, blind in ((50, ""), (2000, "1")):
            page = made.context(browser, "officer", viewport={"width": 1280, "height": 900}).new_page()
            address = f"{made.address}/investigate?{urlencode(asked | {'radius': radius, 'blind': blind})}"
            plain = [_opened(page, address) for _ in range(ROUNDS)]
            slow = [_opened(page, address, SLOWER)[0] for _ in range(ROUNDS)]
            shown = page.evaluate(_ON_MAP)
            rows = [
                ("usable after", spread([one for one, _ in plain])),
                (f"with a processor {SLOWER} times slower", spread(slow)),
                ("bytes", f"{plain[0][1] / 1000:.0f} KB"),
            ]
            if shown:
                _opened(page, address)
                for what, taken in (
                    ("map drawn after a pan", page.evaluate(PAN, 60)),
                    ("timeline drawn after a pan", draws(page, "hour")),
                    ("timeline drawn, a whole day", draws(page, "whole")),
                ):
                    rows.append((what, spread([one / 1000 for one in taken])))
            say(f"investigate: {shown} of {CAMERAS} cameras about {radius} m, a day", rows)
            page.context.close()


def play() -> None:
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        say("from pressing play to the first picture, 1080p25", first_pictures(browser, Path(folder), ROUNDS))


def main(*modes: str) -> None:
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for mode in modes or MODES:
        {"budget": budget, "investigate": investigate, "play": play}[mode]()


if __name__ == "__main__":
    main()
