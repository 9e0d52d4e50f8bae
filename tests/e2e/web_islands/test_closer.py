"""One camera large and its picture from near: by hand, by keys, by buttons, and the same for whoever gets the address."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.bar_codes import ON_DISPLAY
from tests.support.island_pages import eventually, violations

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]

_SHOWN = """(camera) => {
  const tile = document.querySelector(`.mp-tile[data-camera=${camera}]`);
  const [room, grid] = [tile.querySelector(".mp-tile-room").getBoundingClientRect(), tile.parentElement.getBoundingClientRect()];
  const picture = tile.querySelector(".mp-video:not(.mp-spare)").getBoundingClientRect();
  return {
    share: tile.getBoundingClientRect().width / grid.width,
    first: Math.abs(tile.getBoundingClientRect().top - grid.top) < 2,
    zoom: picture.width / room.width,
    middle: [(room.left + room.width / 2 - picture.left) / picture.width, (room.top + room.height / 2 - picture.top) / picture.height],
  };
}"""


def shown(page: Page, camera: str) -> dict[str, Any]:
    told: dict[str, Any] = page.evaluate(_SHOWN, camera)
    return told


def room(page: Page, camera: str) -> Any:
    return page.locator(f".mp-tile[data-camera={camera}] .mp-tile-room")


def playing(page: Page) -> None:
    eventually(page, ON_DISPLAY, lambda told: len(told["codes"]) == 3)


def test_a_click_makes_one_large_and_the_address_keeps_it(opened: Opening) -> None:
    page = opened("tiles")
    playing(page)
    assert shown(page, "B")["share"] < 0.5
    room(page, "B").click()
    assert shown(page, "B")["share"] > 0.99
    assert shown(page, "B")["first"]
    assert shown(page, "A")["share"] < 0.5
    button = page.locator(".mp-tile[data-camera=B] [data-act=large]")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert "large=B" in page.url
    again = opened("tiles", "?large=B")
    playing(again)
    assert shown(again, "B")["share"] > 0.99
    button.click()
    assert shown(page, "B")["share"] < 0.5
    assert "large" not in page.url
    assert shown(opened("tiles", "?large=NONE"), "A")["share"] < 0.5


def test_keys_choose_go_near_move_and_come_back(opened: Opening) -> None:
    page = opened("tiles")
    playing(page)
    page.locator(".mp-grid").focus()
    page.keyboard.press("+")
    assert shown(page, "A")["zoom"] == pytest.approx(1)  # none is large, so none is meant
    page.keyboard.press("3")
    assert shown(page, "C")["share"] > 0.99
    for _ in range(2):
        page.keyboard.press("+")
    expect(page.locator(".mp-tile[data-camera=C] .mp-near-told")).to_have_text("2×")
    assert shown(page, "C")["zoom"] == pytest.approx(2)
    assert shown(page, "C")["middle"] == pytest.approx([0.5, 0.5])
    clock = "() => document.querySelector('[data-mp-tiles]').mpTiles.clock.now()"
    before = page.evaluate(clock)
    room(page, "C").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert shown(page, "C")["middle"] == pytest.approx([0.6, 0.4], abs=0.01)
    assert page.evaluate(clock) == before  # the arrows were for the picture
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert shown(page, "C")["middle"] == pytest.approx([0.75, 0.4], abs=0.01)  # and nothing beside it comes in sight
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert shown(page, "C")["zoom"] == pytest.approx(1)
    assert shown(page, "C")["share"] > 0.99
    page.keyboard.press("Escape")
    assert shown(page, "C")["share"] < 0.5
    page.locator(".mp-grid").focus()
    page.keyboard.press("ArrowRight")
    eventually(page, clock, lambda at: at > before)


def test_a_hand_goes_near_to_a_point_and_moves_the_picture(opened: Opening) -> None:
    page = opened("tiles")
    playing(page)
    room(page, "A").dblclick()
    assert (shown(page, "A")["share"] > 0.99, shown(page, "A")["zoom"]) == (True, pytest.approx(1))
    page.wait_for_timeout(700)  # the one second click that was meant for it is over
    box = room(page, "A").bounding_box()
    corner = {"x": box["width"] / 4, "y": box["height"] / 4}
    room(page, "A").dblclick(position=corner)
    assert shown(page, "A")["zoom"] == pytest.approx(2)
    assert shown(page, "A")["middle"] == pytest.approx([0.375, 0.375], abs=0.01)  # the point stays where it was
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - box["width"] / 4, y, steps=4)
    page.mouse.up()
    assert shown(page, "A")["middle"] == pytest.approx([0.5, 0.375], abs=0.01)
    room(page, "A").click(position={"x": box["width"] * 0.6, "y": box["height"] / 2})
    assert shown(page, "A")["middle"] == pytest.approx([0.55, 0.375], abs=0.01)
    page.locator(".mp-tile[data-camera=A] [data-act=farther]").click()
    page.locator(".mp-tile[data-camera=A] [data-act=farther]").click()
    expect(page.locator(".mp-tile[data-camera=A] [data-act=farther]")).to_be_disabled()
    expect(page.locator(".mp-tile[data-camera=A] [data-act=nearer]")).to_be_focused()
    assert shown(page, "A")["zoom"] == pytest.approx(1)


def test_what_plays_is_what_was_near(opened: Opening) -> None:
    page = opened("tiles")
    playing(page)
    page.locator(".mp-grid").focus()
    page.keyboard.press("2")
    page.keyboard.press("+")
    page.evaluate(
        "(at) => document.querySelector('[data-mp-tiles]').mpTiles.model.go(at)",
        page.evaluate("() => document.querySelector('[data-mp-tiles]').mpTiles.model.extent.from + 9000"),
    )
    eventually(page, ON_DISPLAY, lambda told: "B" in told["codes"])  # of its second file, which another element shows
    assert shown(page, "B")["zoom"] == pytest.approx(1.5)


def test_one_camera_alone_is_large_already(opened: Opening) -> None:
    page = opened("passages")
    expect(page.locator("[data-act=large]")).to_have_count(0)
    page.locator("[data-act=nearer]").click()
    assert shown(page, "A")["zoom"] == pytest.approx(1.5)


def test_the_whole_screen_has_tiles_and_controls(opened: Opening) -> None:
    page = opened("tiles")
    playing(page)
    page.locator(".mp-grid").focus()
    page.keyboard.press("f")
    whole = "() => document.fullscreenElement?.id ?? null"
    assert eventually(page, whole, lambda told: told is not None) == "tiles"
    expect(page.locator("[data-act=screen]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-act=play]")).to_be_in_viewport()
    page.locator("[data-act=screen]").click()
    eventually(page, whole, lambda told: told is None)
    expect(page.locator("[data-act=screen]")).to_have_attribute("aria-pressed", "false")
