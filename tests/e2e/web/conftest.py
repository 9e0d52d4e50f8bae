"""One ward, one server and one browser for the tests of all pages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from api.cookies import LANGUAGE
from tests.support.island_pages import Seen, watched
from tests.support.web_town import Town, town
from tests.support.whole_pages import wait_for_whole_pages

Opening = Callable[..., Page]


@pytest.fixture(scope="session")
def ward(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(_sqlite_template, tmp_path_factory.mktemp("ward")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        wait_for_whole_pages(patch)
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser: Browser, ward: Town) -> Iterator[Opening]:
    """Open a page as somebody; complain of whatever the browser complains of, and of any request that leaves the house."""
    pages: list[tuple[Page, Seen]] = []

    def opening(name: str | None, path: str, *, width: int = 1280, language: str = "vi", **options: Any) -> Page:
        size = {"width": width, "height": 740 if width < 500 else 900}
        context = ward.context(browser, name, viewport=size, **options)
        # Chosen on the page, since what the browser asks for is what it was bought with.
        kept: Any = {"name": LANGUAGE, "value": language, "domain": "127.0.0.1", "path": "/", "secure": True}
        context.add_cookies([kept])
        page = context.new_page()
        pages.append((page, watched(page)))
        page.goto(ward.address + path)
        return page

    yield opening
    for page, seen in pages:
        page.context.close()
        assert [text for text in seen.said if "Failed to load resource" not in text] == []
        assert [url for url in seen.asked if not url.startswith((ward.address, "data:", "blob:"))] == []
