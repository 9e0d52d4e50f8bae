"""An officer at a shared PC whose browser is English and in New York: place and time, keep, ask, and the right instant on the screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.web.test_every_page import FOUND, named
from tests.support.bar_codes import GO, ON_DISPLAY, instants
from tests.support.island_pages import eventually
from tests.support.web_town import H264, H265, SPAN, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]

FRAME_MS = 125
"""Between two pictures of the recordings."""


def test_typed_times_are_those_of_the_street(opened: Opening) -> None:
    page = opened("officer", "/investigate", language="vi")
    for name, text in {"place": "10.763797, 106.661487", "day": "07/03/2026", "begin": "21:04", "end": "21h05"}.items():
        page.fill(f"#{name}", text)
    page.get_by_role("button", name="Camera nào").click()
    assert page.locator(".notice").inner_text() == "Thứ Bảy, ngày 7 tháng 3 năm 2026, 21:04:00–21:05:00 (+07:00)"
    page.fill("#begin", "21:75")
    page.get_by_role("button", name="Camera nào").click()
    assert "21:75" in page.locator("#begin-fault").inner_text()
    assert page.input_value("#begin") == "21:75"


def test_an_address_that_was_mistyped_is_answered_by_a_page(opened: Opening) -> None:
    page = opened("officer", "/investigate?radius=far", language="en")
    assert page.locator("h1").inner_text() == "The input cannot be used"
    assert "Reference" in page.inner_text("main")


def test_from_the_place_to_the_request_by_keyboard_alone(opened: Opening) -> None:
    page = opened("officer", FOUND, language="en")
    page.locator("[data-mp-timeline] canvas").first.wait_for()
    box = page.locator(f"input[type=checkbox][value='{H264}']")
    box.focus()
    assert box.is_checked()
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    page.keyboard.press("Space")
    ask = page.get_by_role("button", name="Ask for the footage")
    ask.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/new?**")
    assert "form_token" not in page.url
    page.locator("#case_number").focus()
    page.keyboard.type("VA-9")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.locator("#case_number").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=submitted")
    assert "waits for a decision" in page.inner_text("main")


def test_it_is_kept_with_one_button(opened: Opening) -> None:
    page = opened("officer", FOUND, language="en")
    page.get_by_role("button", name="Keep the footage").click()
    page.wait_for_url("**/holds?done=kept**")
    row = page.locator("tr", has_text=H264)
    assert "21:04:00–21:04:40" in row.inner_text()


def test_the_right_instant_shows_of_every_coding(opened: Opening, ward: Town) -> None:
    """Of H.264 as it is and of H.265 by its copy: the frames on display say themselves when they were taken."""
    page = opened("officer", named(ward, "/requests/{VA-1}"), language="en")
    page.get_by_role("button", name="Make clips").click()
    page.wait_for_url("**/watch?**")
    page.locator("[data-mp-tiles][data-mp-ready]").wait_for()
    start = SPAN.start_us // 1000
    # A copy that is being made is shown from its beginning; where it has come to, is asked of what is on display.
    both = eventually(page, ON_DISPLAY, lambda told: instants(told).keys() == {H264, H265}, within_ms=40_000)
    assert all(start <= at < start + 2 * FRAME_MS for at in instants(both).values()), instants(both)
    at = start + 20_000
    page.evaluate(GO, at)
    eventually(page, ON_DISPLAY, lambda told: abs(instants(told).get(H264, 0) - at) <= FRAME_MS, within_ms=20_000)


def test_a_page_of_somebody_else_is_not_there_and_says_what_to_do(opened: Opening, ward: Town) -> None:
    page = opened("head", named(ward, "/requests/{VA-1}"), language="en")
    assert page.locator("h1").inner_text() == "Not permitted"
    assert "right" in page.get_by_role("alert").inner_text()
    page = opened(None, FOUND, language="en")
    assert "/sign-in?next=%2Finvestigate" in page.url


def test_a_place_is_tapped_on_the_map(opened: Opening) -> None:
    """What was tapped stands in the field as it could have been typed, and words that are typed afterwards count."""
    page = opened("officer", "/investigate", language="en")
    map_ = page.locator("[data-mp-map][data-mp-ready]")
    map_.wait_for()
    map_.locator(".leaflet-container, canvas").first.click(position={"x": 120, "y": 90})
    expect(page.locator("#place")).to_have_value(re.compile(r"^10\.7\d{5}, 106\.6\d{5}$"))
    tapped = page.input_value("#place")
    for name, text in {"day": "07/03/2026", "begin": "21:04", "end": "21:05"}.items():
        page.fill(f"#{name}", text)
    page.get_by_role("button", name="Who could have seen it").click()
    page.wait_for_load_state()
    assert page.input_value("#place") == tapped
    assert page.locator("[data-mp-map=show]").count() == 1 or "No camera looks at this place" in page.inner_text("main")
