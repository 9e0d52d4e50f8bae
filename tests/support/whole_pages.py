"""A press is over when the page that it leads to is there whole. Playwright by itself waits for its first bytes only, and what looks
at a page at once (`count`, `all_inner_texts`, `evaluate`) would see the half that has come."""

from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error, Locator

_PRESSES = ("click", "tap", "press")


def wait_for_whole_pages(patch: pytest.MonkeyPatch) -> None:
    """Have every press on an element wait until the document is parsed and its modules have run; at once where it leads nowhere."""
    for name in _PRESSES:
        patch.setattr(Locator, name, _whole(getattr(Locator, name)))


def _whole(press: Any) -> Any:
    def pressed(self: Locator, *values: Any, **options: Any) -> None:
        press(self, *values, **options)
        with suppress(Error):  # it closed its page, or what came is a file
            self.page.wait_for_load_state("domcontentloaded")

    return pressed
