"""Without a network: a page that says what to do, in the language of the reader, and nothing of anybody in what a browser keeps."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from api.pages import SHELL, address_of
from tests.support.people import PASSWORD
from tests.support.web_town import H264, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
_READY = "async () => { await navigator.serviceWorker.ready; return (await navigator.serviceWorker.getRegistrations()).length; }"
_FETCHED = """async ({address, how}) => {
  try { return (await fetch(address, {cache: how, mode: "same-origin"})).status; } catch { return 0; }
}"""
_KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const kept of await (await caches.open(name)).keys()) found.push(new URL(kept.url).pathname + new URL(kept.url).search);
  return found.sort();
}"""


def looked_after(page: Page) -> None:
    """Wait until the worker that speaks the language of the page looks after it."""
    language = page.get_attribute("html", "lang")
    assert page.evaluate(_READY) == 1
    for _ in range(300):
        state = "() => navigator.serviceWorker.controller?.scriptURL ?? ''"
        if str(page.evaluate(state)).endswith(f"language={language}") and f"/offline?language={language}" in kept(page):
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.evaluate(state))


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate(_KEPT)
    return found


def test_without_a_network_a_page_of_ours_says_what_to_do(opened: Opening, ward: Town) -> None:
    page = opened("head", "/")
    looked_after(page)
    for path in ("/cameras", f"/cameras/{H264}", "/cameras/new"):
        page.goto(ward.address + path)
        page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.goto(f"{ward.address}/cameras")
    expect(page.get_by_role("heading", level=1)).to_have_text("Không có mạng")
    assert "flex" in page.evaluate("getComputedStyle(document.querySelector('.button')).display")  # with its style
    page.context.set_offline(False)
    page.get_by_role("link", name="Thử lại").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Camera (")
    page.get_by_role("button", name="English").click()
    looked_after(page)
    page.context.set_offline(True)
    page.goto(f"{ward.address}/cameras/{H264}")
    expect(page.get_by_role("heading", level=1)).to_have_text("No network")
    # After all of this the browser keeps the look of pages and two pages, in the language of today.
    pages = ("/offline?language=en", "/offline?language=en&sent=yes")
    assert kept(page) == sorted([*(address_of(name) for name in SHELL), *pages])


def test_a_page_that_came_while_the_worker_took_over_is_looked_after(opened: Opening) -> None:
    """Before pages asked for it, one in eight of these stayed alone until it was left."""
    for _ in range(4):
        page = opened(None, "/help")
        page.reload()
        looked_after(page)


def test_of_a_form_nobody_says_that_it_was_not_sent(opened: Opening, ward: Town) -> None:
    page = opened("head", "/account")
    for language, said in (("en", "It is not known whether your form arrived"), ("vi", "Chưa biết biểu mẫu")):
        page.goto(ward.address + "/account")
        looked_after(page)
        name = "English" if language == "en" else "Tiếng Việt"
        if page.get_attribute("html", "lang") != language:
            page.get_by_role("button", name=name).click()
            expect(page.locator("html")).to_have_attribute("lang", language)
            looked_after(page)
        page.context.set_offline(True)
        page.locator("header form[method=post] button").last.click()
        expect(page.get_by_role("main")).to_contain_text(said)
        page.context.set_offline(False)
        assert page.locator("main a").evaluate_all("all => all.map((one) => one.getAttribute('href'))") == ["/"]
        page.locator("main a").click()
        expect(page).to_have_url(f"{ward.address}/")


def test_who_signs_out_leaves_no_picture_in_the_browser(opened: Opening) -> None:
    page = opened(None, "/sign-in?next=/account")
    page.fill("#name", "head")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    witness = {
        "address": address_of("css/islands.css"),
        "how": "default",
    }  # of what the browser may keep, the easiest to ask about
    assert page.evaluate(_FETCHED, witness) == 200
    assert page.evaluate(_FETCHED, witness | {"how": "only-if-cached"}) == 200
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.locator("#password")).to_be_visible()
    assert page.evaluate(_FETCHED, witness | {"how": "only-if-cached"}) != 200


def test_phones_can_put_it_on_their_screen(opened: Opening, ward: Town) -> None:
    page = opened(None, "/")
    address = page.get_attribute("link[rel=manifest]", "href")
    manifest = page.request.get(ward.address + str(address)).json()
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert {"192x192", "512x512", "any"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert any(icon.get("purpose") == "maskable" for icon in manifest["icons"])
    for icon in manifest["icons"]:
        answer = page.request.get(ward.address + icon["src"])
        assert answer.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            width = int.from_bytes(answer.body()[16:20], "big")
            assert icon["sizes"] == f"{width}x{width}"
