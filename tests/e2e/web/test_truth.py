"""What pages claim is so: whoever looks, wherever their browser is; which cameras, how far, how much, and nothing asked for in vain."""

import base64
import csv
import hashlib
import io
import math
import re
from collections.abc import Callable
from urllib.parse import urlencode

import av
import numpy as np
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from access.tables import FootageRequest
from foundation.database import unit_of_work
from matpho import demo_ward
from sample_clips import barcode
from tests.e2e.web.test_every_page import ASKED, FOUND, PICTURED, named
from tests.support.island_pages import eventually
from tests.support.luma import luma
from tests.support.web_town import H264, H265, SPAN, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
RADIUS_M = 100
_NEAR = FOUND.replace("radius=50", f"radius={RADIUS_M}") + "&blind=yes"
_CHOSEN = """() => new Promise((resolve) => {
  const map = document.querySelector("[data-mp-map]");
  map.addEventListener("mp:select", (event) => resolve(event.detail.codes), { once: true });
  document.querySelector("input[type=checkbox][data-camera]").click();
})"""


def _requests(ward: Town) -> int:
    with unit_of_work(ward.service.engine, writes=False) as session:
        return int(session.execute(sa.select(sa.func.count()).select_from(FootageRequest)).scalar_one())


def test_times_are_the_same_wherever_the_browser_is(opened: Opening, ward: Town) -> None:
    for name, path in (
        ("officer", FOUND),
        ("officer", "/requests/{VA-1}"),
        ("auditor", "/log/registry"),
        ("head", f"/cameras/{H264}"),
    ):
        seen = {
            opened(name, named(ward, path), language="en", timezone_id=zone, locale=locale).inner_text("main")
            for zone, locale in (("Asia/Ho_Chi_Minh", "vi-VN"), ("America/New_York", "en-US"))
        }
        assert len(seen) == 1, path
        assert re.search(r"\d\d:\d\d", seen.pop()), path


def test_a_circle_lists_exactly_who_is_near_and_says_who_looks_elsewhere(opened: Opening) -> None:
    """Against the table that the ward was made of, by the law of cosines on a sphere."""
    lat, lon = (float(text) for text in ASKED["place"].split(","))
    rows = list(csv.DictReader(io.StringIO(demo_ward.cameras().decode())))
    away = {row["code"]: _metres((lat, lon), (float(row["lat"]), float(row["lon"]))) for row in rows}
    page = opened("officer", _NEAR, language="en")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    listed = {}
    for row in page.locator("tr[data-camera]").all():
        code = row.get_attribute("data-camera") or ""
        listed[code] = (
            float(row.locator("td.number").inner_text().split()[0]),
            "does not look at it" in row.inner_text(),
        )
    inside = {code for code, metres in away.items() if metres <= RADIUS_M}
    assert inside
    assert inside <= set(listed)
    for code, (metres, _) in listed.items():
        if code not in away:  # registered by another test of the same ward
            continue
        assert metres == pytest.approx(away[code], abs=1), code
    assert any(elsewhere for _, elsewhere in listed.values())
    assert not listed[H264][1]
    blind = [metres for metres, elsewhere in listed.values() if elsewhere]
    assert blind == sorted(blind)
    # A tick in the list is a tick on the map, and the other way round (tests/e2e/web_islands/test_map.py).
    first = page.locator("input[type=checkbox][data-camera]").first
    before = first.is_checked()
    chosen = page.evaluate(_CHOSEN)
    assert (first.get_attribute("value") in chosen) is not before


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (a, b), (c, d) = (tuple(map(math.radians, place)) for place in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def test_what_is_missing_is_said_alike_in_words_in_the_picture_and_in_the_table(opened: Opening) -> None:
    page = opened("officer", FOUND, language="vi")
    row = page.locator(f"tr[data-camera='{H264}']")
    said = row.inner_text()
    assert "40 giây" in said or "40 s" in said, said
    assert "21:04:40–21:05:00" in said
    bar = row.locator("svg rect").first
    assert (float(bar.get_attribute("x") or -1), float(bar.get_attribute("width") or 0)) == pytest.approx(
        (0, 666.67), abs=0.1
    )
    page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
    reason = said.split("21:04:40–21:05:00: ")[1].splitlines()[0]
    page.locator("[data-mp-timeline] details summary").first.click()
    name = row.locator("th").inner_text().splitlines()[0]
    rows = page.locator("[data-mp-timeline] table tr", has_text=name)
    rows.first.wait_for()
    twin = rows.all_inner_texts()
    gaps = [text for text in twin if "21:04:40" in text and "21:05:00" in text]
    assert len(gaps) == 1, twin
    assert reason in gaps[0]


def test_what_is_not_there_is_not_asked_for_unknowingly(opened: Opening, ward: Town) -> None:
    """Stopped on the form with the nearest times, nothing is queued; whoever knows better ticks that they do."""
    before = _requests(ward)
    asked = {"day": "07/03/2026", "begin": "20:00", "end": "20:05"}
    page = opened("officer", f"/requests/new?{urlencode(asked)}&camera={H264}&camera={H265}", language="en")
    assert "no footage of that time The next begins at" in re.sub(r"\s+", " ", page.inner_text("fieldset"))
    assert "21:04:00" in page.inner_text("fieldset")
    page.fill("#case_number", "VA-19")
    page.select_option("#purpose", "traffic")
    page.get_by_role("button", name="Ask for it").click()
    alert = page.get_by_role("alert").inner_text()
    assert f"{H264}, {H265}" in alert
    assert page.input_value("#case_number") == "VA-19"
    assert _requests(ward) == before
    page.get_by_label("Ask all the same").check()
    page.get_by_role("button", name="Ask for it").click()
    page.wait_for_url("**?done=submitted")
    assert _requests(ward) == before + 1


def test_the_lines_of_the_timeline_are_those_of_the_list(opened: Opening) -> None:
    page = opened("officer", FOUND, language="en")
    page.locator("[data-mp-timeline][data-mp-ready]").wait_for()
    listed = page.locator("tr[data-camera]")
    lanes = "() => document.querySelector('[data-mp-timeline]').mpTimeline.model.lanes.length"
    eventually(page, lanes, lambda count: count == listed.count())
    expect(listed.first).to_be_visible()


def test_one_picture_says_itself_when_it_was_taken_and_its_hash_is_of_what_is_seen(opened: Opening, ward: Town) -> None:
    page = opened("officer", named(ward, "/requests/{VA-1}"), language="en")
    page.get_by_role("link", name="One picture").click()
    page.fill("#time", "21:04:30")
    page.get_by_role("button", name="Show the picture").click()
    data = base64.b64decode((page.locator("figure img").get_attribute("src") or "").partition(",")[2])
    with av.open(io.BytesIO(data), "r") as container:
        grey = luma(next(container.decode(video=0))).astype(np.uint8)
    taken = barcode.read(grey)
    assert taken is not None
    assert 0 <= SPAN.start_us // 1000 + 30_000 - taken < 125
    assert "Saturday 7 March 2026, 21:04:" in page.inner_text("figcaption")
    assert hashlib.sha256(data).hexdigest() in page.inner_text("main")
    page.fill("#time", "20:00")
    page.get_by_role("button", name="Show the picture").click()
    page.wait_for_load_state()
    assert page.get_by_role("alert").inner_text() != ""
    assert page.locator("figure").count() == 0


def test_the_auditor_finds_what_was_seen_and_takes_away_as_much_as_is_shown(opened: Opening, ward: Town) -> None:
    assert opened("officer", PICTURED, language="en").locator("figure").count() == 1
    filters = {"actor": "officer", "about": H264}
    page = opened("auditor", f"/log?{urlencode(filters)}", language="en")
    rows = page.locator("main table tbody tr")
    seen = rows.filter(has_text="21:04:30").first.inner_text()
    assert all(text in seen for text in ("officer", H264, "07/03/2026", "traffic", "VA-1", "under a grant")), seen
    address = page.get_by_role("link", name="(CSV)").get_attribute("href")
    table = page.request.get(f"{ward.address}{address}").body().decode("utf-8-sig")
    assert 0 < rows.count() < 50
    assert len(list(csv.DictReader(io.StringIO(table)))) == rows.count()
