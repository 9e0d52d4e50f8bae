"""One browser, one server and one set of dated recordings for all islands."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import island_samples as samples
from tests.support.island_footage import GAP, SECONDS, both, part, record, tiles
from tests.support.island_pages import Seen, island_server, watched


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("islands"))


# Of the module: while Playwright runs, its loop is the thread's, and other tests of the session have loops of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def address(footage: Path) -> Iterator[str]:
    passages = [part(0, 5, "a.mp4"), part(GAP[1], SECONDS, "a.mp4", offset=GAP[1])]
    islands = {
        "pick": samples.PICK,
        "show": samples.SHOW,
        "cells": samples.CELLS,
        "timeline": samples.TIMELINE,
        "tiles": tiles(),
        "both": both(),
        "passages": tiles(tiles=[{"code": "A", "name": "Ngõ 12", "parts": passages, "gaps": []}]),
        "based": samples.BASED,
        "folded": samples.FOLDED,
        "many": samples.MANY,
        "strips": samples.STRIPS,
        "pieces": tiles(tiles=[{"code": "A", "name": "Ngõ 12", "parts": [part(0, 6, "heavy.mp4?piece=500000")]}]),
        "loud": tiles(
            tiles=[
                {"code": "L", "name": "Ngã tư", "parts": [part(0, 6, "loud.mp4", heard=True)]},
                {"code": "M", "name": "Chợ", "parts": [part(0, 6, "loud.mp4", sound="/media/none.mp4")]},
                {"code": "A", "name": "Ngõ 12", "parts": [part(0, SECONDS, "a.mp4")]},
            ]
        ),
        "broken": tiles(tiles=[{"code": "A", "name": "Ngõ 12", "parts": [part(0, SECONDS, "c.mp4")]}]),
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
        page.locator("[data-mp-ready]").first.wait_for(state="attached")
        return page

    yield opening
    for page, seen in pages:
        assert seen.said == []
        assert [url for url in seen.asked if not url.startswith((address, "data:"))] == []
        page.context.close()
