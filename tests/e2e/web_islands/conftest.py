"""One browser, one server and one set of dated recordings for all islands."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from foundation.timebase import format_instant
from sample_clips.__main__ import START_US
from sample_clips.generator import Recipe, make
from sample_clips.scene import zone_of
from tests.support import island_samples as samples
from tests.support.island_pages import Island, Seen, island_server, watched

SECONDS = 14
GAP = (5, 8)
_ZONE = zone_of(420)


def wall(seconds: float) -> str:
    return format_instant(START_US + round(seconds * 1_000_000), _ZONE)


def part(begin: float, end: float, name: str, **more: object) -> dict[str, object]:
    return {"from": wall(begin), "to": wall(end), "url": f"/media/{name}", **more}


def tiles(**more: object) -> Island:
    """Three cameras: a whole one, one with a gap, one of which the browser can decode the viewing copy only."""
    gap = {"from": wall(GAP[0]), "to": wall(GAP[1]), "reason": "no_power", "text": "camera mất điện"}
    data = {
        "offset_minutes": 420,
        "from": wall(0),
        "to": wall(SECONDS + 2),
        "texts": samples.TILE_TEXTS,
        "tiles": [
            {"code": "A", "name": "Ngõ 12", "parts": [part(0, SECONDS, "a.mp4")], "ended_text": "Hết phần được cấp quyền"},
            {"code": "B", "name": "Chợ", "parts": [part(0, GAP[0], "b1.mp4"), part(GAP[1], SECONDS, "b2.mp4")], "gaps": [gap]},
            {"code": "C", "name": "Trường", "parts": [part(0, SECONDS, "c.mp4", viewing_url="/media/c-view.mp4")]},
        ],
    }
    return Island('<div id="tiles" data-mp-tiles data-mp-data="tiles-data"></div>', {"tiles-data": data | more}, ("tiles.js",))


def both() -> Island:
    """A timeline and the tiles of its cameras, tied together."""
    lane = {"camera": "A", "name": "Ngõ 12", "runs": [{"from": wall(0), "to": wall(SECONDS), "uncertainty_us": 0}]}
    line = samples.timeline_data([lane], **{"from": wall(-60), "to": wall(60), "at": wall(0)})
    island = tiles()
    body = (
        '<div id="line" data-mp-timeline data-mp-data="line-data" data-linked="tiles"></div>'
        '<div id="tiles" data-mp-tiles data-mp-data="tiles-data" data-linked="line"></div>'
    )
    return Island(body, {**island.data, "line-data": line}, ("timeline.js", "tiles.js"))


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("islands")
    make(folder / "a.mp4", Recipe("A", START_US, SECONDS))
    make(folder / "b1.mp4", Recipe("B", START_US, GAP[0]))
    make(folder / "b2.mp4", Recipe("B", START_US + GAP[1] * 1_000_000, SECONDS - GAP[1]))
    make(folder / "c.mp4", Recipe("C", START_US, 1, "h265"))
    make(folder / "c-view.mp4", Recipe("C", START_US, SECONDS, b_frames=2))
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def address(footage: Path) -> Iterator[str]:
    islands = {
        "pick": samples.PICK,
        "show": samples.SHOW,
        "cells": samples.CELLS,
        "timeline": samples.TIMELINE,
        "tiles": tiles(),
        "both": both(),
    }
    with island_server(islands, footage) as found:
        yield found


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open an island's page as somebody in New York has it, whose browser must not matter; complain of whatever the browser says."""
    pages: list[tuple[Page, Seen]] = []

    def opening(name: str, query: str = "", *, width: int = 1000, touch: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="en-US", timezone_id="America/New_York", has_touch=touch
        )
        page = context.new_page()
        pages.append((page, watched(page)))
        page.goto(f"{address}/page/{name}{query}")
        page.locator("[data-mp-ready]").first.wait_for()
        return page

    yield opening
    for page, seen in pages:
        assert seen.said == []
        assert [url for url in seen.asked if not url.startswith((address, "data:"))] == []
        page.context.close()
