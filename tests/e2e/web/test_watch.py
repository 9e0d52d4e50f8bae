"""Looking closely: a timeline under the tiles, marks that are repeated and cut, small pictures beside the pointer, copies of H.265."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from foundation.database import unit_of_work
from foundation.timebase import parse_instant
from tests.e2e.web.test_every_page import FOUND, SMALL, named
from tests.support.bar_codes import ON_DISPLAY, instants
from tests.support.island_pages import eventually, violations
from tests.support.web_town import H264, H265, SPAN, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]

START = SPAN.start_us // 1000
_HEAD = "() => document.querySelector('[data-mp-timeline]').mpTimeline.model.at"
_MARKS = """() => ["[data-mp-timeline]", "[data-mp-tiles]"].map((name) => {
  const found = document.querySelector(name);
  const { model } = found.mpTimeline ?? found.mpTiles;
  return [model.in, model.out];
})"""
FORM = "form[action$='/clips']"


@pytest.fixture(scope="module")
def clips(ward: Town) -> list[str]:
    """The address of the page with clips of both cameras; the test that comes first makes them."""
    return []


@pytest.fixture
def watching(opened: Opening, ward: Town, clips: list[str]) -> Callable[..., Page]:
    def watching(more: str = "", **options: object) -> Page:
        if not clips:
            page = opened("officer", named(ward, "/requests/{VA-1}"), language="en")
            page.get_by_role("button", name="Make clips").click()
            page.wait_for_url("**/watch?**")
            clips.append(page.url.removeprefix(ward.address))
        page = opened("officer", clips[0] + more, **options)
        if options.get("java_script_enabled", True):
            page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
        return page

    return watching


def events(ward: Town, action: str) -> list[str]:
    with unit_of_work(ward.service.engine, writes=False) as session:
        question = sa.text("SELECT object_id || ' ' || detail FROM audit_event WHERE action = :action ORDER BY id")
        return [str(row[0]) for row in session.execute(question, {"action": action})]


def fields(page: Page) -> list[str]:
    return [page.input_value(f"{FORM} [name={name}]") for name in ("day", "begin", "end", "end_day")]


def test_a_typed_time_moves_playhead_tiles_and_their_clocks(watching: Callable[..., Page]) -> None:
    page = watching(language="vi")
    page.locator(".mp-typed").fill("21:04:30")
    page.locator(".mp-typed").press("Enter")
    at = START + 30_000
    told = eventually(
        page,
        ON_DISPLAY,
        lambda told: len(near := instants(told)) == 2 and all(abs(one - at) <= 1000 for one in near.values()),
        within_ms=40_000,  # of H.265 the copy is only being made
    )
    assert abs(told["clock"] - at) <= 1000
    assert page.evaluate(_HEAD) == at
    for camera in (H264, H265):
        expect(page.locator(f".mp-tile[data-camera='{camera}'] .mp-tile-clock")).to_have_text("21:04:30")
    expect(page.locator(".mp-slider")).to_have_attribute(
        "aria-valuetext", "21:04:30 ngày 07/03/2026, 2 trên 2 camera có hình"
    )


def test_a_click_on_a_lane_moves_the_tiles_and_what_plays_moves_the_head(watching: Callable[..., Page]) -> None:
    page = watching(language="en")
    page.locator(".mp-lanes").scroll_into_view_if_needed()
    box = page.locator(".mp-lanes").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + 30 + 30)
    at = eventually(page, _HEAD, lambda told: told > START)
    assert at == pytest.approx(START + 10_000, abs=1000)
    eventually(page, ON_DISPLAY, lambda told: abs(instants(told).get(H264, 0) - at) <= 200, within_ms=20_000)
    page.locator("[data-act=play]").click()
    eventually(page, _HEAD, lambda told: told > at + 1000, within_ms=20_000)
    page.locator("[data-act=play]").click()
    told = eventually(page, ON_DISPLAY, lambda told: not told["running"])
    assert page.evaluate(_HEAD) == pytest.approx(told["clock"], abs=2)


def test_keys_buttons_and_typed_times_mark_the_same_and_the_address_keeps_it(watching: Callable[..., Page]) -> None:
    page = watching(language="en")
    page.locator(".mp-typed").fill("21:04:05.250")
    page.locator(".mp-typed").press("Enter")
    page.locator(".mp-grid").focus()
    page.keyboard.press("i")
    page.locator(".mp-typed").fill("21:04:09")
    page.locator(".mp-typed").press("Enter")
    page.locator("[data-act=out]").click()
    marked = [START + 5250, START + 9000]
    assert page.evaluate(_MARKS) == [marked, marked]
    assert fields(page) == ["07/03/2026", "21:04:05.250", "21:04:09", ""]
    page.locator(f"{FORM} [name=end]").fill("21:04:02")
    page.locator(f"{FORM} [name=end]").press("Tab")
    told = page.locator(f"{FORM} .fault")
    expect(told).to_have_text("The end must come after the beginning.")
    expect(page.locator(f"{FORM} [name=end]")).to_have_attribute("aria-invalid", "true")
    assert page.evaluate(_MARKS) == [marked, marked]  # neither swapped nor taken
    page.locator(f"{FORM} [name=end]").fill("21h04:12")
    page.locator(f"{FORM} [name=end]").press("Tab")
    expect(told).not_to_have_text("The end must come after the beginning.")
    page.locator(f"{FORM} [name=end]").fill("21:04:12")
    page.locator(f"{FORM} [name=end]").press("Tab")
    marked[1] = START + 12_000
    assert page.evaluate(_MARKS) == [marked, marked]
    address = eventually(page, "() => location.href", lambda told: "21%3A04%3A12" in told)
    assert {"in", "out", "clip"} <= parse_qs(urlsplit(address).query).keys()
    page.reload()
    page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
    assert page.evaluate(_MARKS) == [marked, marked]
    assert fields(page) == ["07/03/2026", "21:04:05.250", "21:04:12", ""]
    page.locator("[data-act=clear]").click()
    assert page.evaluate(_MARKS) == [[None, None], [None, None]]


def test_just_the_marked_part_is_cut_under_the_same_grant(watching: Callable[..., Page], ward: Town) -> None:
    marked = "&in=2026-03-07T21:04:10.500%2B07:00&out=2026-03-07T21:04:12%2B07:00"
    page = watching(marked, language="en")
    page.locator(f"{FORM} [value='{H265}']").uncheck()
    before = page.url
    page.get_by_role("button", name="Make the clips and show them").click()
    page.wait_for_url(lambda url: url != before and "/watch?clip=" in url)
    page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
    clip = parse_qs(urlsplit(page.url).query)["clip"]
    assert len(clip) == 1
    receipt = page.request.get(f"{ward.address}/api/v1/clips/{clip[0]}").json()
    begin, end = (parse_instant(receipt["asked"][name]) for name in ("from", "to"))
    assert (begin, end) == (SPAN.start_us + 10_500_000, SPAN.start_us + 12_000_000)
    made = [one for one in events(ward, "clip:make") if clip[0] in one]
    assert len(made) == 1


def test_who_types_one_end_and_clicks_into_the_other_finds_it_empty(watching: Callable[..., Page]) -> None:
    page = watching(language="en")
    for first, other, text in (("begin", "end", ["21:04:05", "21:04:09"]), ("end", "begin", ["21:04:09", "21:04:05"])):
        for name, typed in zip((first, other), text, strict=True):
            page.locator(f"{FORM} [name={name}]").click()
            page.keyboard.type(typed)
        page.keyboard.press("Tab")
        assert fields(page) == ["07/03/2026", "21:04:05", "21:04:09", ""]
        page.locator("[data-act=clear]").click()


def test_it_is_cut_without_javascript_by_typed_times(watching: Callable[..., Page]) -> None:
    page = watching(language="vi", java_script_enabled=False)
    button = page.locator(f"{FORM} button")
    for name, text in {"begin": "21:04:20", "end": "21:04:10"}.items():
        page.fill(f"{FORM} [name={name}]", text)
    button.click()
    told = page.get_by_role("alert").get_by_role("link")
    assert "21:04:10" in told.inner_text()
    assert page.locator(str(told.get_attribute("href"))).input_value() == "21:04:10"
    assert "21:04:10" in page.locator("#end-1-fault").inner_text()
    assert page.locator(".scroll tbody tr").count() == 2  # still the page with the clips
    assert fields(page) == ["07/03/2026", "21:04:20", "21:04:10", ""]
    page.fill(f"{FORM} [name=end]", "21:04:20.500")
    page.locator(f"{FORM} [value='{H264}']").uncheck()
    button.click()
    page.wait_for_url("**/watch?clip=*")
    row = page.locator(".scroll tbody tr")
    assert "21:04:20–21:04:20" in row.inner_text()
    assert H265 in row.inner_text()


def test_small_pictures_say_their_own_time_and_a_strip_is_one_event(watching: Callable[..., Page], ward: Town) -> None:
    page = watching(language="en")
    before = len(events(ward, "frame:skim"))
    page.locator(".mp-lanes").scroll_into_view_if_needed()
    box = page.locator(".mp-lanes").bounding_box()
    assert box is not None
    assert page.locator(".mp-peek").is_hidden()
    figure = page.locator(".mp-peek")
    times = []
    for share in (0.30, 0.31, 0.6):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + 30 + 30)
        figure.wait_for()
        wanted = START + 40_000 * share
        at = int(eventually(page, "() => document.querySelector('.mp-peek').dataset.at", bool))
        assert abs(at - wanted) <= 1300  # a key frame each 2 s
        assert (at - START) % 2000 == 0
        seconds = (at - START) // 1000
        words = f"{H264}: picture taken at 21:04:{seconds:02} on 07/03/2026"
        assert figure.inner_text().strip() == words
        expect(figure.locator("canvas")).to_have_attribute("aria-label", words)
        times.append(at)
    (told,) = events(ward, "frame:skim")[before:]
    assert told.startswith(f"{H264} ")
    pictures = int(re.findall(r'"pictures":\s*(\d+)', told)[0])
    assert 10 <= pictures <= 24
    page.keyboard.press("Escape")
    page.mouse.move(5, 5)
    assert figure.is_hidden()
    page.locator(".mp-scroller").focus()
    page.keyboard.press("ArrowDown")  # the other camera, without any pointer
    expect(figure).to_be_visible()
    expect(page.locator("p.mp-unseen")).to_contain_text(f"{H265}: picture taken at 21:04:")
    assert len(events(ward, "frame:skim")) == before + 2
    page.keyboard.press("Escape")
    assert figure.is_hidden()


def test_a_finger_brings_them_too_and_who_has_no_grant_gets_none(
    opened: Opening, watching: Callable[..., Page]
) -> None:
    page = watching(language="vi", width=360, has_touch=True)
    lanes = page.locator(".mp-lanes")
    lanes.scroll_into_view_if_needed()
    box = lanes.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 30 + 30)
    expect(page.locator(".mp-peek figcaption")).to_have_text(
        re.compile(rf"{H264}: hình lúc 21:04:\d\d ngày 07/03/2026")
    )
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL) == []
    assert violations(page) == []
    other = opened("supervisor", FOUND, language="vi")
    assert '"strip"' not in other.locator("#line-data").inner_text()
    own = opened("officer", FOUND, language="vi")
    assert own.locator("#line-data").inner_text().count('"strip"') == 2


def test_h265_plays_by_its_copy_and_the_page_names_the_original(watching: Callable[..., Page], ward: Town) -> None:
    page = watching(language="vi")
    wide = f"""() => document.querySelector("[data-mp-tiles]").mpTiles.tiles.find((one) => one.code === "{H265}").video.videoWidth"""
    eventually(page, wide, lambda told: told > 0, within_ms=40_000)
    expect(page.locator(f".mp-tile[data-camera='{H265}'] .mp-tile-note")).to_have_text("bản để xem")
    expect(page.locator(f".mp-tile[data-camera='{H264}'] .mp-tile-note")).to_have_text("")
    cell = page.locator(".scroll tbody tr", has_text=H265).locator("td").nth(1)
    assert re.search(r"bản gốc, h[ve][cv]1", cell.inner_text())
    original = cell.locator("a").get_attribute("href")
    assert original
    answer = page.request.get(ward.address + original, headers={"Range": "bytes=0-20000"})
    assert b"hvcC" in answer.body()


def test_marks_of_the_investigation_are_what_is_asked_for(opened: Opening) -> None:
    page = opened("officer", FOUND, language="en")
    page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
    words = page.locator("[data-marks-words]")
    assert words.is_hidden()
    for key, text in (("i", "21:04:10.600"), ("o", "21:04:20.200")):
        page.locator(".mp-typed").fill(text)
        page.locator(".mp-typed").press("Enter")
        page.locator(".mp-scroller").focus()
        page.keyboard.press(key)
    expect(words).to_have_text("Only the part that is marked is kept or asked for: 21:04:10–21:04:21.")
    page.get_by_role("button", name="Ask for the footage").click()
    page.wait_for_url("**/requests/new?**")
    assert [page.input_value(f"#{name}") for name in ("day", "begin", "end")] == ["07/03/2026", "21:04:10", "21:04:21"]
