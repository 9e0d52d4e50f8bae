"""Every page, by whom it is for, on a phone in Vietnamese and on a desk in English: it opens, fits, and can be used by everybody."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from api.page_access import PAGES
from tests.support.english import english_on
from tests.support.island_pages import AXE, violations
from tests.support.web_town import H264, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]

ASKED = {"place": "10.763797,106.661487", "day": "07/03/2026", "begin": "21:04", "end": "21:05", "radius": "50"}
FOUND = f"/investigate?{urlencode(ASKED)}"
LOST = f"/investigate?{urlencode(ASKED | {'day': '31/02/2026'})}"
NEXT = "/investigate/next?lat=10.763797&lon=106.661487&day=07/03/2026&begin=21:04&end=21:05&manner=foot"
COVERED = f"/coverage?{urlencode({'unit': 'KP05', 'day': '07/03/2026', 'begin': '21:00', 'end': '21:10'})}"
PICTURED = f"/picture?{urlencode({'camera': H264, 'day': '07/03/2026', 'time': '21:04:30'})}"
PLACES: dict[str | None, tuple[str, ...]] = {
    None: (
        "/",
        "/offline",
        "/offline?sent=yes",
        "/help",
        "/privacy",
        "/design",
        "/public",
        "/public/KP05",
        "/sign-in",
        "/not-there",
    ),
    "head": (
        "/",
        "/cameras",
        "/cameras?q=khong+co+dau+nao",
        f"/cameras/{H264}",
        f"/cameras/{H264}/edit",
        f"/cameras/{H264}/sign",
        "/cameras/new",
        "/requests/waiting",
        "/units/KP05",
        "/imports",
        f"/imports?camera={H264}&day=07/03/2026&time=21:05&read=yes",
        "/work",
        "/account",
    ),
    "officer": (
        "/",
        "/investigate",
        FOUND,
        LOST,
        NEXT,
        "/requests",
        "/requests/new",
        "/requests/{VA-1}",
        "/requests/{VA-1}/paper",
        "/holds?hold={hold}",
        "/watch",
        "/picture",
        PICTURED,
        "/imports",
        "/work",
    ),
    "supervisor": ("/decide", "/requests/{VA-2}", "/requests/{VA-3}"),
    "auditor": (
        "/",
        "/cameras",
        "/oversight?days=7",
        "/oversight/unusual",
        "/coverage",
        COVERED,
        "/coverage/days?unit=KP05&from_day=01/03/2026",
        "/log",
        "/log/registry",
        "/log/proof",
    ),
    "administrator": (
        "/",
        "/cameras/import",
        "/admin",
        "/admin/people",
        "/admin/people/officer",
        "/admin/units",
        "/admin/units/split?unit=KP05",
        "/admin/rules?unit=KP05",
        "/admin/system",
    ),
}
"""Pages with what makes them interesting; names in braces are those of the ward."""
MOST_BYTES = 200_000
"""Of the first view of a page: heads pay for their data."""
# Compared with the width that was set: on a phone the browser shows more at once where something is too wide.
_OVERFLOW = "(width) => document.documentElement.scrollWidth - width"
_TWICE = """(width) => {
  const root = document.documentElement;
  root.style.fontSize = "200%";
  const over = root.scrollWidth - width;
  root.style.fontSize = "";
  return over;
}"""
SMALL = """() => [...document.querySelectorAll("main button, main .button, main .big a, .menu a")]
  .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5).map((one) => one.textContent.trim())"""
_ALL_READY = """() => !["map", "timeline", "tiles"].some((kind) =>
  document.querySelector(`[data-mp-${kind}]:not([data-mp-ready])`))"""
# Tiles of one list, and fields of one row that begin beneath each other.
_UNLIKE = """() => [...document.querySelectorAll("main .big, main .row")].filter((one) => {
  const found = [...one.querySelectorAll(":scope > li > a, :scope > div > input:not([type]), :scope > div > input[type=text], :scope > div > select")];
  return new Set(found.filter((part) => part.offsetParent).map((part) => Math.round(part.offsetHeight))).size > 1;
}).map((one) => one.textContent.trim().slice(0, 60))"""
_NATIVE = "() => document.querySelectorAll('input[type=date], input[type=time], input[type=datetime-local]').length"


def named(ward: Town, path: str) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: ward.ids[found[1]], path)


def weighed(page: Page) -> list[float]:
    """Return a list that fills with the bytes of each answer as it comes over the wire, as at a first view: without a cache."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.setBypassServiceWorker", {"bypass": True})
    came: list[float] = []
    wire.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    return came


@pytest.mark.parametrize(("language", "width"), [("vi", 360), ("en", 1280)])
@pytest.mark.parametrize("name", list(PLACES), ids=str)
def test_it_opens_and_fits_and_can_be_used_by_everybody(
    opened: Opening, ward: Town, name: str | None, language: str, width: int
) -> None:
    page = opened(name, "/help", language=language, width=width, has_touch=width < 500)
    came = weighed(page)
    page.add_init_script(path=AXE)  # half a megabyte is sent to the browser once
    wrong = []
    for path in PLACES[name]:
        came.clear()
        answer = page.goto(ward.address + named(ward, path))
        assert answer is not None
        assert answer.status == (404 if path == "/not-there" else 422 if path == LOST else 200), path
        assert page.get_attribute("html", "lang") == language
        assert "unsafe" not in answer.headers["content-security-policy"]
        page.wait_for_function(_ALL_READY)
        if not 0 < sum(came) <= MOST_BYTES:
            wrong.append(f"{path}: {sum(came):.0f} bytes at first view")
        wrong += [f"{path}: {text}" for text in violations(page)]
        if (over := page.evaluate(_OVERFLOW, width)) > 0:
            wrong.append(f"{path}: {over} pixels too wide")
        if width < 500:
            if (over := page.evaluate(_TWICE, width)) > 0:
                wrong.append(f"{path}: {over} pixels too wide with text of twice the size")
            if (high := page.evaluate("() => document.querySelector('.top')?.offsetHeight ?? 0")) > 60:
                wrong.append(f"{path}: the bar on top is {high} pixels high, which is more than one row")
            wrong += [f"{path}: too small for a thumb: {text}" for text in page.evaluate(SMALL)]
        else:
            wrong += [f"{path}: not of one height: {text}" for text in page.evaluate(_UNLIKE)]
        if language == "vi":
            wrong += [f"{path}: English: {text}" for text in english_on(page)]
        if page.evaluate(_NATIVE):
            wrong.append(f"{path}: a native date field")
    assert wrong == [], "\n".join(wrong)


def test_every_page_is_among_them() -> None:
    """Who adds a page says here how to open it; what needs a step before it has a test of its own."""
    opened = {re.sub(r"\?.*", "", path) for paths in PLACES.values() for path in paths}
    elsewhere = {
        *(
            "/cameras/new/ask",
            "/cameras/new/seen",
            "/cameras/new/{step}",
            "/cameras/new/{draft}/photo/{kind}",
            "/cameras/{code}/photo/{kind}",
        ),
        *("/sign-in/code", "/sign-in/phone", "/sign-in/provider", "/sign-in/provider/return"),
        *("/clips/{clip_id}", "/first-password/{link}", "/owner/{link}", "/log/export", "/imports/{import_id}"),
        *("/cameras/{code}/sign.pdf", "/cameras/import/table.csv", "/requests/{request_id}/paper.pdf"),
    }
    patterns = [re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$") for path in opened]
    for method, path in PAGES:
        if method == "GET" and path not in elsewhere:
            assert any(
                pattern.match(path) or path == place for pattern, place in zip(patterns, opened, strict=True)
            ) or any(re.match(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$", place) for place in opened), path
