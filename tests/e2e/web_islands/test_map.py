"""The map: a place and a view picked by every kind of hand, cameras chosen on both sides, cells in classes."""

import math
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.island_pages import eventually, violations
from tests.support.island_samples import LAT, LON

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]

_PIXEL = """([lat, lon]) => {
  const map = document.querySelector("[data-mp-map]").mpMap;
  const at = map.latLngToContainerPoint([lat, lon]);
  const room = map.getContainer().getBoundingClientRect();
  return [room.left + map.getContainer().clientLeft + at.x, room.top + map.getContainer().clientTop + at.y];
}"""
_COLOUR = """([lat, lon, dx, dy]) => {
  const map = document.querySelector("[data-mp-map]").mpMap;
  const canvas = map.getContainer().querySelector("canvas");
  const at = map.latLngToContainerPoint([lat, lon]);
  const room = map.getContainer().getBoundingClientRect();
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  const [x, y] = [(room.left + 1 + at.x + dx - box.left) * scale, (room.top + 1 + at.y + dy - box.top) * scale];
  return [...canvas.getContext("2d").getImageData(Math.round(x), Math.round(y), 1, 1).data];
}"""
FOCUS = [179, 107, 0]


def value(page: Page, name: str) -> float:
    return float(page.locator(f"#{name}").input_value())


def pixel(page: Page, lat: float, lon: float) -> tuple[float, float]:
    x, y = page.evaluate(_PIXEL, [lat, lon])
    return x, y


def metres(lat: float, lon: float) -> tuple[float, float]:
    """Return how far north and east of the sample's place."""
    return (lat - LAT) * 111_195, (lon - LON) * 111_195 * math.cos(math.radians(LAT))


def moved(page: Page) -> tuple[float, float]:
    return metres(value(page, "lat"), value(page, "lon"))


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def test_a_tap_and_a_drag_write_the_fields(opened: Opening) -> None:
    page = opened("pick")
    x, y = pixel(page, LAT, LON)
    per_pixel = 156_543.03 * math.cos(math.radians(LAT)) / 2**18
    page.mouse.click(x - 100, y - 40)
    north, east = moved(page)
    assert east == pytest.approx(-100 * per_pixel, abs=0.7)
    assert north == pytest.approx(40 * per_pixel, abs=0.7)
    drag(page, (x - 100, y - 40), (x, y + 60))
    north, east = moved(page)
    assert (north, east) == pytest.approx((-60 * per_pixel, 0), abs=1.5)


def test_buttons_and_keys_do_what_a_drag_does(opened: Opening) -> None:
    page = opened("pick")
    page.locator("[data-move='0']").click()
    assert moved(page) == pytest.approx((5, 0), abs=0.05)
    page.locator(".mp-pin").focus()
    page.keyboard.press("ArrowRight")
    assert moved(page) == pytest.approx((5, 5), abs=0.05)
    page.locator("[data-turn='225']").click()
    assert value(page, "bearing_deg") == 225
    expect(page.locator("[data-turn='225']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-turn='90']")).to_have_attribute("aria-pressed", "false")
    page.locator(".mp-handle").focus()
    page.keyboard.press("ArrowLeft")
    assert value(page, "bearing_deg") == 220
    expect(page.locator(".mp-handle")).to_have_attribute("aria-valuetext", "Tây Nam 220°")
    expect(page.locator(".mp-told")).to_contain_text("Nhìn về hướng Tây Nam (220°).")


def test_what_is_typed_is_drawn_and_the_handle_turns_it(opened: Opening) -> None:
    page = opened("pick")
    page.locator("#bearing_deg").fill("180")
    page.locator("#range_m").fill("60,5")
    # 30 m south of the camera is within its view now, 30 m east no longer.
    south, east = 30 / 111_195, 30 / (111_195 * math.cos(math.radians(LAT)))
    eventually(page, _COLOUR, lambda told: told[3] > 0, [LAT - south, LON, 0, 0])
    assert page.evaluate(_COLOUR, [LAT, LON + east, 0, 0])[3] == 0
    x, y = pixel(page, LAT, LON)
    handle = page.locator(".mp-handle").bounding_box()
    assert handle is not None
    drag(page, (handle["x"] + 16, handle["y"] + 16), (x - 90, y))
    assert value(page, "bearing_deg") == pytest.approx(270, abs=1)
    assert value(page, "lat") == LAT
    page.locator("#bearing_deg").fill("")
    eventually(page, _COLOUR, lambda told: told[3] == 0, [LAT, LON - east, 0, 0])


def test_list_and_map_choose_the_same_cameras(opened: Opening) -> None:
    page = opened("show")
    page.evaluate(
        "() => { window.told = []; addEventListener('mp:select', (event) => window.told.push(event.detail.codes)); }"
    )
    page.locator("input[value=C001]").focus()
    page.keyboard.press("Space")
    # The ring of a chosen camera has the colour of the focus.
    ring = [LAT, LON, 9, 0]
    eventually(page, _COLOUR, lambda told: told[:3] == FOCUS, ring)
    x, y = pixel(page, LAT + 0.0006, LON + 0.0006)
    page.mouse.click(x, y)
    expect(page.locator("input[value=C002]")).to_be_checked()
    page.mouse.click(*pixel(page, LAT, LON))
    expect(page.locator("input[value=C001]")).not_to_be_checked()
    assert page.evaluate("() => window.told") == [["C001"], ["C001", "C002"], ["C002"]]
    # Leaflet looks at what is beneath the mouse at most every 32 ms: of two moves in quick succession the first counts.
    page.wait_for_timeout(100)
    x, y = pixel(page, LAT, LON)
    page.mouse.move(x + 1, y)
    expect(page.locator("li[data-camera=C001]")).to_have_class("mp-lit")
    expect(page.locator(".leaflet-tooltip")).to_have_text("C001 Ngõ 12 <b>")


def test_keys_move_the_map_itself(opened: Opening) -> None:
    page = opened("show")
    before = pixel(page, LAT, LON)
    page.locator(".mp-map-room").focus()
    page.keyboard.press("ArrowRight")
    eventually(page, _PIXEL, lambda told: told[0] < before[0] - 50, [LAT, LON])


def test_cells_have_the_colour_of_their_class_and_nothing_is_hatched(opened: Opening) -> None:
    page = opened("cells")
    side = 0.00025
    eventually(page, _COLOUR, lambda told: told[3] > 0, [LAT + 5.5 * side, LON + 5.5 * side, 0, 0])
    assert page.evaluate(_COLOUR, [LAT + 5.5 * side, LON + 5.5 * side, 0, 0])[:3] == pytest.approx(
        [0x25, 0x34, 0x94], abs=3
    )
    hatched = {tuple(page.evaluate(_COLOUR, [LAT + 0.5 * side, LON + 0.5 * side, n, 0])[:3]) for n in range(8)}
    assert len(hatched) > 1
    page.evaluate("() => addEventListener('mp:cell', (event) => { window.told = event.detail; })")
    page.mouse.click(*pixel(page, LAT + 5.5 * side, LON + 5.5 * side))
    assert page.evaluate("() => window.told.share") == pytest.approx(32 / 38)
    expect(page.locator(".mp-legend li")).to_have_text(
        ["không có hình", "dưới 20 %", "20–40 %", "40–60 %", "60–80 %", "từ 80 %"]
    )


def test_ground_is_what_the_page_names_and_its_owner_is_text(opened: Opening) -> None:
    page = opened("based")
    expect(page.locator(".mp-attribution")).to_have_text("© Sở <b>A</b>")
    tile = page.locator("img.leaflet-tile-loaded").first
    tile.wait_for()
    assert "/media/ground.png?z=" in (tile.get_attribute("src") or "")


def test_a_map_that_is_folded_away_shows_everything_once_it_is_opened(opened: Opening) -> None:
    page = opened("folded")
    page.locator("summary").click()
    inside = """() => {
      const map = document.querySelector("[data-mp-map]").mpMap;
      return map.getSize().x > 0 && map.getZoom() > 16 && map.getBounds().contains([10.7656, 106.6656]);
    }"""
    eventually(page, inside, bool)


@pytest.mark.parametrize("name", ["pick", "show", "cells"])
def test_a_phone_has_room_for_it_and_axe_finds_nothing(opened: Opening, name: str) -> None:
    page = opened(name, width=360, touch=True)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
