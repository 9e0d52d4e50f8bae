"""A clip of each coding under a grant, and how long a browser waits for its first picture."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Browser, Page

from access import asking, deciding
from access.purposes import Purpose
from benchmarks.harness import ffmpeg, ratio, spread
from benchmarks.served import file_app
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from foundation.timebase import MICROSECONDS, TimeRange, format_instant, parse_instant
from matpho import demo_ward
from matpho.service import importer_of
from tests.support.databases import sqlite_template
from tests.support.serving import serving
from tests.support.web_town import Town, town

_SECONDS = 40
_SPAN = TimeRange(parse_instant("2026-03-07T20:00:00+07:00"), parse_instant("2026-03-07T20:00:40+07:00"))
_CODERS = {
    "KP05-03": ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "2M", "-g", "50"),
    "KP05-04": ("-c:v", "libx265", "-preset", "ultrafast", "-b:v", "2M", "-g", "50", "-x265-params", "log-level=none"),
}
_FIRST = """(url) => new Promise((resolve, reject) => {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "none";
  video.src = url;
  document.querySelector("main, body").append(video);
  video.onerror = () => reject(new Error(video.error?.message ?? "no picture"));
  const begun = performance.now();
  video.requestVideoFrameCallback((now) => { resolve(performance.now() - begun); video.removeAttribute("src"); video.load(); video.remove(); });
  video.play().catch(() => undefined);
})"""


def _record(folder: Path, made: Town) -> Path:
    for camera, coder in _CODERS.items():
        source = f"testsrc2=size=1920x1080:rate=25:duration={_SECONDS}"
        ffmpeg("-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", *coder, folder / f"{camera}.mp4")
        importer_of(made.service).run(folder / f"{camera}.mp4", camera, actor=COMMAND_LINE, start_us=_SPAN.start_us)
    return folder / f"{next(iter(_CODERS))}.mp4"


def _granted(made: Town) -> str:
    service, officer, supervisor = made.service, made.person("officer"), made.person("supervisor")
    who = asking.Applicant(officer, Actor("officer", "person", role="officer", unit=demo_ward.WARD), lambda _: True)
    boss = Actor("supervisor", "person", role="supervisor", unit=demo_ward.WARD)
    with unit_of_work(service.engine) as session:
        ask = asking.Ask(tuple(_CODERS), _SPAN, Purpose.TRAFFIC, "VA-77", "Ai?", (10.7638, 106.6615))
        (request,) = asking.draft(session, service.clock, who, ask)
        asking.submit(session, service.clock, who, request)
        deciding.approve(session, service.clock, boss, supervisor, request)
        return request.id


def _clips(page: Page, made: Town, request_id: str) -> list[str]:
    page.goto(f"{made.address}/requests/{request_id}")
    page.locator("form[action$='/clips'] button").first.click()
    page.wait_for_url("**/watch?**")
    found = parse_qs(urlsplit(page.url).query)["clip"]
    page.goto(f"{made.address}/help")
    return found


def first_pictures(browser: Browser, folder: Path, rounds: int) -> list[tuple[str, str]]:
    """Return rows for the table; every round plays from another second, so that no copy is there already."""
    with town(sqlite_template(folder), folder) as made:
        os.environ["BENCH_FILE"] = str(_record(folder, made))
        page = made.context(browser, "officer").new_page()
        ours, copied = _clips(page, made, _granted(made))
        with serving(file_app()) as plain_address:
            plain = browser.new_page()
            plain.goto(f"{plain_address}/docs-not-there")
            times: dict[str, list[float]] = {"ours": [], "plain": [], "copy": []}
            for number in range(rounds + 1):
                at = format_instant(_SPAN.start_us + (1 + 3 * number) * MICROSECONDS, made.service.zone)
                media = f"/api/v1/clips/{ours}/media.mp4?piece=2000000&n={number}"
                copy = f"/api/v1/clips/{copied}/viewing.mp4?from={quote(at, safe='')}"
                found: dict[str, Any] = {
                    "ours": page.evaluate(_FIRST, media),
                    "plain": plain.evaluate(_FIRST, f"/file?n={number}"),
                    "copy": page.evaluate(_FIRST, copy),
                }
                if number:  # the first round warms up
                    for name, taken in found.items():
                        times[name].append(taken / 1000)
    return [
        ("H.264, under a grant", spread(times["ours"])),
        ("the same file from a plain server", spread(times["plain"])),
        ("ratio ours / plain", f"{ratio(times['ours'], times['plain']):.2f}"),
        ("H.265 by a copy that is made then", spread(times["copy"])),
    ]
