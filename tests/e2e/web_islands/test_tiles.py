"""Several cameras in step. Each frame of the recordings carries its own time, so what is asked is what is on display, not what players say."""

from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sample_clips.__main__ import START_US
from tests.support.bar_codes import GO, ON_DISPLAY, instants
from tests.support.island_footage import GAP, SECONDS
from tests.support.island_pages import eventually, violations

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]

START = START_US // 1000
FRAME = 40
_STATES = """() => Object.fromEntries([...document.querySelectorAll(".mp-tile")].map(
  (tile) => [tile.dataset.camera, [tile.dataset.state, tile.querySelector(".mp-tile-words").textContent]]))"""


def shown(page: Page) -> dict[str, Any]:
    told: dict[str, Any] = page.evaluate(ON_DISPLAY)
    return told | {"times": {name: at - START for name, at in instants(told).items()}}


def all_show(page: Page, at_ms: int, cameras: str = "ABC") -> None:
    """Wait until every tile shows exactly the frame that was captured last before this instant."""
    wanted = at_ms - at_ms % FRAME
    told = eventually(
        page,
        ON_DISPLAY,
        lambda told: len(told["codes"]) == len(cameras) and {at - START for at in instants(told).values()} == {wanted},
    )
    assert set(told["codes"]) == set(cameras)


def apart_of(told: dict[str, Any]) -> int:
    """Return how far A is from C, which nobody disturbs; neither near nor far while one of them has no picture."""
    times = instants(told)
    return abs(times["A"] - times["C"]) if {"A", "C"} <= times.keys() else 150


def go(page: Page, seconds: float) -> None:
    page.evaluate(GO, START + seconds * 1000)


def play(page: Page) -> None:
    page.locator("[data-act=play]").click()
    eventually(page, ON_DISPLAY, lambda told: told["running"])


def test_a_typed_time_is_shown_by_all_to_the_frame(opened: Opening) -> None:
    page = opened("tiles")
    all_show(page, 0)
    page.locator(".mp-typed").fill("21:05:03.5")
    page.locator(".mp-typed").press("Enter")
    all_show(page, 3500)
    page.locator("[data-act='+frame']").click()
    all_show(page, 3520)
    page.locator("[data-act='+frame']").click()
    all_show(page, 3560)
    page.locator("[data-act='-frame']").click()
    all_show(page, 3520)
    page.locator(".mp-grid").focus()
    page.keyboard.press("ArrowLeft")
    all_show(page, 2530)
    expect(page.locator(".mp-clock")).to_have_text("21:05:02 07/03/2026 (+07:00)")
    expect(page.locator("[data-camera=B] .mp-tile-clock")).to_have_text("21:05:02")


def test_three_tiles_stay_within_a_tenth_of_a_second(opened: Opening) -> None:
    page = opened("tiles")
    all_show(page, 0)
    play(page)
    eventually(page, ON_DISPLAY, lambda told: told["clock"] > START + 10_000, within_ms=30_000)
    apart, late = [], []
    for _ in range(11):
        told = shown(page)
        times = told["times"].values()
        assert len(times) == 3
        apart.append(max(times) - min(times))
        late.append(max(abs(one - (told["clock"] - START)) for one in times))
    # A frame stands for 40 ms, and one of them may be drawn while we look.
    assert median(apart) < 100
    assert median(late) < 150
    measured = float(page.locator("#tiles").get_attribute("data-spread-ms") or "nan")
    assert measured < 100
    go(page, 2)  # or the recording is over before they have come together again
    eventually(page, ON_DISPLAY, lambda told: told["running"] and apart_of(told) < 100)
    page.evaluate(
        "() => { const one = document.querySelector('[data-mp-tiles]').mpTiles.tiles[0].video; one.currentTime -= 0.4; }"
    )
    eventually(page, ON_DISPLAY, lambda told: apart_of(told) > 200, within_ms=2000)
    eventually(page, ON_DISPLAY, lambda told: apart_of(told) < 100, within_ms=5000)


def test_a_gap_is_said_while_the_others_play_on(opened: Opening) -> None:
    page = opened("tiles")
    go(page, GAP[0] - 1)
    all_show(page, (GAP[0] - 1) * 1000)
    play(page)
    page.evaluate("""() => {
      const player = document.querySelector("[data-mp-tiles]").mpTiles;
      window.clocks = [];
      const step = () => { window.clocks.push(player.clock.now()); requestAnimationFrame(step); };
      requestAnimationFrame(step);
    }""")
    states = eventually(page, _STATES, lambda told: told["B"][0] == "gap")
    assert states["B"][1] == "Không có hình 21:05:05–21:05:08 (camera mất điện)"
    assert states["A"][0] == states["C"][0] == "picture"
    during = [shown(page), eventually(page, ON_DISPLAY, lambda told: told["clock"] > START + 6500)]
    assert set(during[0]["codes"]) == set(during[1]["codes"]) == {"A", "C"}
    eventually(page, _STATES, lambda told: told["B"][0] == "picture")
    told = shown(page)
    assert told["clock"] - START < (GAP[1] + 1) * 1000
    assert GAP[1] * 1000 <= told["times"]["B"] < (GAP[1] + 1) * 1000
    clocks = page.evaluate("() => window.clocks")
    steps = [b - a for a, b in pairwise(clocks)]
    assert min(steps) >= 0
    assert max(steps) < 1000


def test_a_browser_that_cannot_decode_takes_the_viewing_copy(opened: Opening) -> None:
    page = opened("tiles")
    all_show(page, 0)
    expect(page.locator("[data-camera=C] .mp-tile-note")).to_have_text("bản để xem")
    expect(page.locator("[data-camera=A] .mp-tile-note")).to_have_text("")
    assert page.evaluate("() => document.querySelector('[data-mp-tiles]').mpTiles.tiles[2].video.currentSrc").endswith(
        "/c-view.mp4"
    )


def test_passages_of_one_file_are_found_in_it(opened: Opening) -> None:
    page = opened("passages")
    go(page, 4.5)
    all_show(page, 4500, "A")
    play(page)
    eventually(page, _STATES, lambda told: told["A"][0] == "outside")
    go(page, GAP[1] - 0.5)
    eventually(page, _STATES, lambda told: told["A"][0] == "picture")
    told = shown(page)
    assert GAP[1] * 1000 <= told["times"]["A"] < GAP[1] * 1000 + 1000
    assert abs(told["times"]["A"] - (told["clock"] - START)) < 300


def test_a_file_in_pieces_plays_on(opened: Opening) -> None:
    page = opened("pieces")
    file = page.evaluate("() => document.querySelector('[data-mp-tiles]').mpTiles.tiles[0].video.currentSrc")
    first = page.request.get(file, headers={"Range": "bytes=0-"})
    assert (first.status, len(first.body())) == (206, 500_000)  # a third of a second
    go(page, 1)
    eventually(page, _STATES, lambda told: told["A"][0] == "picture")
    play(page)
    place = "() => document.querySelector('[data-mp-tiles]').mpTiles.tiles[0].video.currentTime"
    eventually(page, place, lambda told: told > 3)


def test_what_cannot_be_shown_and_what_is_over_is_said(opened: Opening) -> None:
    page = opened("broken")
    eventually(page, _STATES, lambda told: told["A"] == ["failed", "Trình duyệt không mở được hình của camera này."])
    page = opened("tiles")
    go(page, SECONDS - 0.5)
    all_show(page, SECONDS * 1000 - 500)
    play(page)
    states = eventually(page, _STATES, lambda told: told["A"][0] == "outside")
    assert states["A"][1] == "Hết phần được cấp quyền"
    eventually(page, ON_DISPLAY, lambda told: not told["running"])
    expect(page.locator(".mp-clock")).to_have_text("21:05:16 07/03/2026 (+07:00)")


def test_what_is_marked_is_played_again_and_again_and_nothing_else(opened: Opening) -> None:
    page = opened("tiles")
    go(page, 1)
    all_show(page, 1000)
    page.locator(".mp-grid").focus()
    page.keyboard.press("i")
    go(page, 2)
    page.locator("[data-act=out]").click()
    expect(page.locator(".mp-range")).to_have_text("21:05:01–21:05:02 (dài 1 giây)")
    go(page, 0.5)
    page.locator("[data-act=out]").click()
    expect(page.locator(".mp-told").first).to_have_text("Điểm cuối phải sau điểm đầu.")
    expect(page.locator(".mp-range")).to_have_text("21:05:01–21:05:02 (dài 1 giây)")
    page.locator("[data-act=loop]").click()  # which plays, from the begin, wherever the playhead was
    begun = START + 1000 - FRAME
    eventually(page, ON_DISPLAY, lambda told: told["running"] and min(instants(told).values(), default=0) >= begun)
    page.evaluate("""() => {
      const player = document.querySelector("[data-mp-tiles]").mpTiles;
      window.turns = 0; window.most = 0; window.least = Infinity;
      let before = player.clock.now();
      const step = () => {
        const now = player.clock.now();
        if (now < before - 500) window.turns++;
        window.most = Math.max(window.most, now);
        window.least = Math.min(window.least, now);
        before = now;
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }""")
    page.locator(".mp-grid").focus()
    seen: list[int] = []
    while page.evaluate("() => window.turns") < 2:
        seen += shown(page)["times"].values()
    assert page.evaluate("() => window.least") >= START + 1000
    # The clock turns round at the next picture of the screen; frames that stand on the screen are a frame old.
    assert page.evaluate("() => window.most") < START + 2500
    assert min(seen) >= 1000 - FRAME
    assert max(seen) < 2500
    page.keyboard.press("Space")
    eventually(page, ON_DISPLAY, lambda told: not told["running"])


def test_one_key_marks_the_begin_then_the_end(opened: Opening) -> None:
    page = opened("tiles")
    page.locator(".mp-grid").focus()
    page.keyboard.press("m")
    go(page, 1)
    page.keyboard.press("m")
    expect(page.locator(".mp-range")).to_have_text("21:05:00–21:05:01 (dài 1 giây)")


def test_a_timeline_and_tiles_move_each_other(opened: Opening) -> None:
    page = opened("both")
    all_show(page, 0)
    page.locator(".mp-typed").fill("21:05:02")
    page.locator(".mp-typed").press("Enter")
    all_show(page, 2000)
    play(page)
    head = "() => document.querySelector('[data-mp-timeline]').mpTimeline.model.at"
    eventually(page, head, lambda told: told > START + 3000)
    page.locator("[data-act=in]").click()
    marked = eventually(
        page, "() => document.querySelector('[data-mp-tiles]').mpTiles.model.in", lambda told: told is not None
    )
    assert marked > START + 3000
    page.locator("[data-act=play]").click()
    told = page.evaluate(
        "() => [document.querySelector('[data-mp-timeline]').mpTimeline.model.at, document.querySelector('[data-mp-tiles]').mpTiles.model.at]"
    )
    assert told[0] == told[1]


@pytest.mark.parametrize("width", [360, 1000])
def test_axe_finds_nothing_and_a_phone_has_room(opened: Opening, width: int) -> None:
    page = opened("both", width=width)
    all_show(page, 0)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
