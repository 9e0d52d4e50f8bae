"""Zoomed in, small pictures come of the part in view: more of them, the right ones by their bar codes, once a rest, within the grant."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect

from api.app import create_app
from api.edge import SECURITY_HEADERS
from foundation.clock import ManualClock
from foundation.identity import COMMAND_LINE
from foundation.storage import LocalFiles
from foundation.timebase import format_instant, parse_instant
from sample_clips import barcode
from sample_clips.generator import Recipe, make
from tests.support import island_samples as samples
from tests.support.house import House, furnish
from tests.support.island_pages import Island, Seen, eventually, watched
from tests.support.serving import serving
from tests.support.web import make_service, signed_in

pytestmark = pytest.mark.browser

START = 1_772_892_000_000_000 - 3_600_000_000
SECONDS = 600
WITHIN = (30_500_000, 570_500_000)
"""What the page may show, in microseconds: not where minutes begin."""
_PICTURE = """() => {
  const figure = document.querySelector(".mp-peek");
  if (figure.hidden) return null;
  const { data } = figure.querySelector("canvas").getContext("2d").getImageData(0, 36, 192, 3);
  let bits = "";
  for (let bit = 0; bit < 64; bit++) bits += data[4 * (192 + 3 * bit + 1)] > 128 ? "1" : "0";
  return { at: Number(figure.dataset.at), bits };
}"""
"""The picture is 192 x 36 in the middle of its room, three pixels a cell of the bar code."""


def taken(told: dict[str, Any]) -> int | None:
    """Return when the picture was taken as it says itself, milliseconds."""
    at, check = int(told["bits"], 2) >> 16, int(told["bits"], 2) & 0xFFFF
    return at if barcode.crc16(at.to_bytes(6, "big")) == check else None


def near(wanted: int) -> Callable[[dict[str, Any] | None], bool]:
    """Every two and a half seconds is one in the finest strip."""
    return lambda told: told is not None and abs(told["at"] - wanted) <= 2000


def spans(asked: list[str]) -> list[tuple[int, int]]:
    """Return from and to of all strips that were asked for, in seconds after the start."""
    queries = [parse_qs(urlsplit(url).query) for url in asked if "/strip.jpg" in url]
    return [(parse_instant(one["from"][0]) - START, parse_instant(one["to"][0]) - START) for one in queries]


@pytest.fixture(scope="module")
def ten_minutes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finer") / "C1.mp4"
    make(path, Recipe("C1", START, SECONDS, rate=1, key_every=1, width=512, height=96))
    return path


@pytest.fixture
def page_of_lane(
    sqlite_engine: sa.Engine, store: LocalFiles, data_dir: Path, ten_minutes: Path, browser: Browser
) -> Iterator[tuple[Page, Seen, House]]:
    clock = ManualClock(START + 7_200_000_000)
    house = furnish(sqlite_engine, store, clock, data_dir, COMMAND_LINE)
    house.bring(ten_minutes, "C1", START)
    app = create_app(make_service(house.engine, data_dir, clock))
    proof = signed_in(app)
    bounds = {name: format_instant(START + at) for name, at in zip(("from", "to"), WITHIN, strict=True)}
    whole = {"from": format_instant(START), "to": format_instant(START + SECONDS * 1_000_000)}
    lane = {
        "camera": "C1",
        "name": "C1",
        "runs": [whole],
        "strip": {**bounds, "url": f"/api/v1/cameras/C1/strip.jpg?{urlencode(bounds)}"},
    }
    island = Island(
        '<div id="line" data-mp-timeline data-mp-data="data"></div>',
        {"data": samples.timeline_data([lane], **whole)},
        ("timeline.js",),
    )
    with serving(app) as address:
        context = browser.new_context(extra_http_headers=proof, viewport={"width": 1000, "height": 700})
        page = context.new_page()

        def answer(route: Route) -> None:
            route.fulfill(body=island.page(), content_type="text/html", headers=SECURITY_HEADERS)

        page.route("**/page", answer)
        seen = watched(page)
        page.goto(f"{address}/page")
        page.locator("[data-mp-ready]").wait_for()
        yield page, seen, house
        assert seen.said == []
        context.close()


def at_pointer(page: Page, share: float) -> int:
    """Point at the lane, and return the instant beneath in milliseconds."""
    box = page.locator(".mp-lanes").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + 30 + 30)
    window = page.evaluate("() => document.querySelector('[data-mp-timeline]').mpTimeline.model.window")
    return int(window["from"] + (window["to"] - window["from"]) * share)


def test_zoomed_in_they_are_finer_and_the_right_ones(page_of_lane: tuple[Page, Seen, House]) -> None:
    page, seen, house = page_of_lane
    wanted = at_pointer(page, 0.5)
    coarse = eventually(page, _PICTURE, bool)
    assert taken(coarse) == coarse["at"]
    assert abs(coarse["at"] - wanted) <= 12_000  # 24 pictures of nine minutes
    page.wait_for_timeout(600)
    assert spans(seen.asked) == [WITHIN]  # all of it is in view: no finer one is
    page.keyboard.down("Control")
    for _ in range(16):
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(30)
    page.keyboard.up("Control")
    window = page.evaluate("() => document.querySelector('[data-mp-timeline]').mpTimeline.model.window")
    assert window["to"] - window["from"] == 30_000
    for share in (0.5, 0.3, 0.72):
        wanted = at_pointer(page, share)
        told = eventually(page, _PICTURE, near(wanted))
        assert taken(told) == told["at"]
        words = page.locator(".mp-peek figcaption").inner_text()
        assert re.search(r"hình lúc \d\d:\d\d:\d\d ngày", words)
    finer = spans(seen.asked)[1:]
    assert 1 <= len(finer) <= 3  # not one for each tick of the wheel
    assert len(set(finer)) == len(finer)
    for begin, end in finer:
        assert WITHIN[0] <= begin < end <= WITHIN[1]
        assert begin % 60_000_000 == 0 or begin == WITHIN[0]
        assert end % 60_000_000 == 0 or end == WITHIN[1]
    assert house.count("audit_event WHERE action = 'frame:skim'") == 1 + len(finer)
    assert house.count("audit_event WHERE action = 'footage:refuse'") == 0


def test_at_the_edge_of_what_may_be_seen_nothing_beyond_it_is_asked_for(page_of_lane: tuple[Page, Seen, House]) -> None:
    page, seen, _ = page_of_lane
    page.evaluate(f"() => document.querySelector('[data-mp-timeline]').mpTimeline.model.look({START // 1000}, 60_000)")
    at_pointer(page, 0.25)  # before what may be seen
    page.wait_for_timeout(600)
    expect(page.locator(".mp-peek")).to_be_hidden()
    assert spans(seen.asked) == []
    wanted = at_pointer(page, 0.6)
    told = eventually(page, _PICTURE, near(wanted))
    assert taken(told) == told["at"]
    assert spans(seen.asked) == [WITHIN, (WITHIN[0], 60_000_000)]
