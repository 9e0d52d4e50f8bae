"""Sound in the tiles: one is heard at a time, the right one, in step with its pictures; without the allowance there is none."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from camera_registry.rules import set_rules
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from tests.e2e.web.test_every_page import SMALL, named
from tests.support.bar_codes import GO
from tests.support.ears import HEARD
from tests.support.island_pages import eventually, violations
from tests.support.web_town import H264, H265, SOUNDS, SPAN, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]

STATE = """() => Object.fromEntries(document.querySelector("[data-mp-tiles]").mpTiles.tiles.map((tile) => [tile.code, {
  on: tile.sound.on,
  muted: tile.videos.every((video) => video.muted) && (!tile.sound.audio || tile.sound.audio.paused || tile.sound.audio.muted),
  off: tile.element.dataset.soundMs ?? null,
}]))"""


_EARLY = """([code, begin]) => {
  const { tiles } = document.querySelector("[data-mp-tiles]").mpTiles;
  const { sound, element } = tiles.find((one) => one.code === code);
  const heard = sound.sounds();
  return heard !== null && heard > begin && heard < begin + 700 && element.dataset.soundMs ? Number(element.dataset.soundMs) : null;
}"""
"""How far the sound is off shortly after a repetition began; null at other times."""


@pytest.fixture(scope="module")
def clips(ward: Town) -> list[str]:
    return []


@pytest.fixture
def watching(opened: Opening, ward: Town, clips: list[str]) -> Callable[..., Page]:
    def watching(more: str = "", **options: object) -> Page:
        if not clips:
            page = opened("officer", named(ward, "/requests/{VA-1}"), language="en")
            page.get_by_label("With sound, where unit and owner allow it").check()
            page.get_by_role("button", name="Make clips").click()
            page.wait_for_url("**/watch?**")
            clips.append(page.url.removeprefix(ward.address))
        page = opened("officer", clips[0] + more, **options)
        page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
        return page

    return watching


@pytest.fixture
def silenced(ward: Town) -> Iterator[None]:
    def rule(allowed: bool | None) -> None:
        with unit_of_work(ward.service.engine) as session:
            set_rules(session, ward.service.clock, COMMAND_LINE, None, {"sound_allowed": allowed})

    rule(False)
    yield
    rule(None)


def near(camera: str) -> Callable[[dict[str, float]], bool]:
    return lambda told: list(told) == [camera] and abs(told[camera] - SOUNDS[camera][1]) < 15


def in_step(told: dict[str, Any]) -> bool:
    return told[H264]["off"] is not None and abs(float(told[H264]["off"])) <= 40


def test_one_tile_at_a_time_is_heard_and_it_is_the_right_one(watching: Callable[..., Page]) -> None:
    page = watching(language="en")
    buttons = {camera: page.locator(f".mp-tile[data-camera='{camera}'] [data-act=hear]") for camera in (H264, H265)}
    for button in buttons.values():
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(button).to_have_text(re.compile("^Listen KP05"))
    page.locator("[data-act=play]").click()
    eventually(page, "() => document.querySelector('[data-mp-tiles]').dataset.playing", "true".__eq__, within_ms=40_000)
    assert all(one["muted"] for one in page.evaluate(STATE).values())
    buttons[H264].focus()
    page.keyboard.press("Enter")
    eventually(page, HEARD, near(H264), within_ms=30_000)
    told = eventually(page, STATE, in_step, within_ms=60_000)
    assert told[H265]["muted"]
    page.evaluate(GO, SPAN.start_us // 1000 + 25_000)  # where its sound has to begin anew
    eventually(page, STATE, lambda told: told[H264]["off"] is None, within_ms=20_000)
    eventually(page, HEARD, near(H264), within_ms=30_000)
    eventually(page, STATE, in_step, within_ms=60_000)
    expect(buttons[H264]).to_have_text(re.compile("^Mute KP05"))
    expect(page.locator(f".mp-tile[data-camera='{H264}'] .mp-tile-note")).to_have_text("copy for listening")
    spread = "() => Number(document.querySelector('[data-mp-tiles]').dataset.spreadMs)"
    buttons[H265].click()
    eventually(page, HEARD, near(H265), within_ms=30_000)
    eventually(page, STATE, lambda told: told[H264] == {"on": False, "muted": True, "off": None})
    expect(buttons[H264]).to_have_attribute("aria-pressed", "false")
    expect(buttons[H265]).to_have_attribute("aria-pressed", "true")
    assert eventually(page, spread, lambda told: told < 1000) < 1000
    page.get_by_label("Volume").fill("0")
    eventually(page, HEARD, lambda told: told == {})
    page.get_by_label("Volume").fill("50")
    eventually(page, HEARD, near(H265))
    buttons[H265].click()
    eventually(page, HEARD, lambda told: told == {})
    assert page.evaluate(STATE)[H265]["muted"]


def test_what_is_repeated_is_heard_from_its_begin_on(watching: Callable[..., Page]) -> None:
    page = watching(more="&in=2026-03-07T21:04:10%2B07:00&out=2026-03-07T21:04:12%2B07:00")
    page.locator("[data-act=loop]").click()  # which begins to play
    page.locator(f".mp-tile[data-camera='{H264}'] [data-act=hear]").click()
    begin = SPAN.start_us // 1000 + 10_000
    of_loop = (
        "(code) => document.querySelector('[data-mp-tiles]').mpTiles.tiles.find((one) => one.code === code).sound.from"
    )
    eventually(page, of_loop, lambda told: told == begin, H264, within_ms=40_000)
    early = eventually(page, _EARLY, lambda told: told is not None, [H264, begin], within_ms=60_000)
    assert abs(early) <= 80
    page.locator("[data-act=loop]").click()  # and on, beyond what was fetched for it
    eventually(page, STATE, lambda told: in_step(told) and page.evaluate(of_loop, H264) > begin, within_ms=60_000)


def test_on_a_phone_the_buttons_are_for_thumbs(watching: Callable[..., Page]) -> None:
    page = watching(language="vi", width=360, has_touch=True)
    expect(page.locator("[data-act=hear]").first).to_have_text(re.compile("^Nghe KP05"))
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL) == []
    assert violations(page) == []


def test_without_sound_there_is_no_button_and_where_it_is_not_allowed_no_choice(
    opened: Opening, ward: Town, silenced: None, watching: Callable[..., Page]
) -> None:
    page = opened("officer", named(ward, "/requests/{VA-1}"), language="en")
    assert page.get_by_label("With sound, where unit and owner allow it").count() == 0
    expect(page.get_by_text("Without sound: the unit and the owners do not both allow it.")).to_be_visible()
    page.evaluate(
        """() => document.querySelector("form[action$='/clips']").insertAdjacentHTML("beforeend", '<input name="audio" value="yes" type="hidden">')"""
    )
    page.get_by_role("button", name="Make clips").click()  # a form of before the switch
    page.wait_for_url("**/watch?**")
    page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
    assert page.locator("[data-act=hear], .mp-tile-silent, .mp-loud").count() == 0
    for clip in re.findall(r"clip=(\w+)", page.url):
        receipt = page.request.get(f"{ward.address}/api/v1/clips/{clip}").json()
        assert receipt["asked"]["audio"] is False
        assert [part["sound"] for part in receipt["parts"]] == [None]
        assert page.request.get(f"{ward.address}/api/v1/clips/{clip}/sound.mp4").status == 404
