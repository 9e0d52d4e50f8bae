"""The pictures of pages in the documentation, taken of the demonstration ward: `python -m tests.support.screenshots`."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.web.test_every_page import COVERED, FOUND, named
from tests.support.databases import sqlite_template
from tests.support.web_town import Town, town

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images" / "web"
SHOTS: dict[str, tuple[str | None, str, int]] = {
    "head-home": ("head", "/", 360),
    "design": (None, "/design", 1280),
    "investigate": ("officer", FOUND, 1440),
    "request": ("supervisor", "/requests/{VA-2}", 1280),
    "coverage": ("auditor", COVERED, 1440),
}
"""Name of the picture: who looks, at what, how wide."""


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (template := Path(folder) / "template").mkdir()
        (ward := Path(folder) / "ward").mkdir()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with town(sqlite_template(template), ward) as found:
            for name, (who, path, width) in SHOTS.items():
                page = found.context(
                    browser, who, viewport={"width": width, "height": 1150 if width > 1300 else 800}
                ).new_page()
                page.goto(found.address + named(found, path))
                page.wait_for_timeout(1500)
                page.screenshot(path=IMAGES / f"{name}.jpg", type="jpeg", quality=70)
            _watch(found, browser)
        browser.close()


def _watch(found: Town, browser: Browser) -> None:
    """Clips side by side: they are made under the grant first."""
    page = found.context(browser, "officer", viewport={"width": 1280, "height": 800}).new_page()
    page.goto(found.address + named(found, "/requests/{VA-1}"))
    page.get_by_role("button", name="Make clips").click()
    page.wait_for_url("**/watch?**")
    page.wait_for_timeout(6000)
    page.screenshot(path=IMAGES / "watch.jpg", type="jpeg", quality=70)


if __name__ == "__main__":
    main()
