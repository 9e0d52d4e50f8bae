"""One tile is heard, the others are not; a tile without sound says so, and sound that does not come is no reason for no pictures."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.ears import HEARD
from tests.support.island_footage import TONE_HZ
from tests.support.island_pages import eventually

pytestmark = pytest.mark.browser

_PLAYING = "() => document.querySelector('[data-mp-tiles]').dataset.playing"
_STRICT = """() => {
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    return this.muted ? play.call(this) : Promise.reject(new DOMException("no", "NotAllowedError"));
  };
}"""
"""Makes a browser as strict as those are that let nothing sound by itself; a browser that tests drive is not."""
_AT = "() => document.querySelector('[data-mp-tiles]').mpTiles.clock.now()"


def test_the_sound_of_a_file_is_heard_and_the_others_say_what_they_have(opened: Callable[..., Page]) -> None:
    page = opened("loud")
    button = page.locator(".mp-tile[data-camera=L] [data-act=hear]")
    expect(page.locator(".mp-tile[data-camera=A] .mp-tile-silent")).to_have_text("không có tiếng")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.locator("[data-act=play]").click()
    told = eventually(page, HEARD, bool, within_ms=20_000)
    assert list(told) == ["L"]
    assert abs(told["L"] - TONE_HZ) < 15
    button.click()
    eventually(page, HEARD, lambda told: told == {})
    assert page.evaluate(_PLAYING) == "true"


def test_sound_that_cannot_be_had_is_said_and_pictures_play_on(opened: Callable[..., Page]) -> None:
    page = opened("loud")
    page.route("**/none.mp4*", lambda route: route.fulfill(status=200, body=""))
    page.locator(".mp-tile[data-camera=M] [data-act=hear]").click()
    page.locator("[data-act=play]").click()
    expect(page.locator(".mp-tile[data-camera=M] .mp-tile-note")).to_have_text("không phát được tiếng", timeout=20_000)
    began = page.evaluate(_AT)
    eventually(page, _AT, lambda at: at > began + 500, within_ms=10_000)
    assert page.evaluate(_PLAYING) == "true"


def test_a_browser_that_lets_nothing_sound_plays_the_pictures(opened: Callable[..., Page]) -> None:
    page = opened("loud")
    page.evaluate(_STRICT)
    page.locator(".mp-tile[data-camera=L] [data-act=hear]").click()
    page.locator("[data-act=play]").click()
    expect(page.locator(".mp-tile[data-camera=L] [data-act=hear]")).to_have_attribute("aria-pressed", "false")
    began = page.evaluate(_AT)
    eventually(page, _AT, lambda at: at > began + 1000, within_ms=20_000)
