"""The first view of a page weighs at most 200 KB as it comes over the wire: heads pay for their data."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.web.test_every_page import PLACES, named
from tests.support.web_town import Town

pytestmark = pytest.mark.browser
MOST_BYTES = 200_000


@pytest.mark.parametrize("name", [name for name in PLACES if name is not None])
def test_the_first_view_is_light(opened: Callable[..., Page], ward: Town, name: str) -> None:
    page = opened(name, "/help")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    came: list[float] = []
    wire.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    for path in PLACES[name]:
        wire.send("Network.clearBrowserCache")
        came.clear()
        page.goto(ward.address + named(ward, path))
        page.wait_for_load_state("networkidle")
        assert came
        assert sum(came) <= MOST_BYTES, (path, sum(came))
