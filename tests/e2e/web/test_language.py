"""Another language in the middle of a form: what was typed is still there, with and without JavaScript, and is kept nowhere."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from api.cookies import SESSION
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from people.rights import Role
from tests.e2e.web.test_every_page import FOUND
from tests.support.people import PASSWORD
from tests.support.web_town import H264, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
_LEFT = "() => sessionStorage.length + localStorage.length"


def switched(page: Page, to: str) -> None:
    name = {"en": "English", "vi": "Tiếng Việt"}[to]
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()
    assert page.get_attribute("html", "lang") == to


@pytest.mark.parametrize("who", ["head", "another"])
def test_what_an_ended_session_did_not_keep_is_put_back_for_the_same_person_only(
    opened: Opening, ward: Town, who: str
) -> None:
    if who == "another":
        with unit_of_work(ward.service.engine, writes=False) as session:
            area = get_unit(session, "KP05", ward.service.clock.now_us()).id
        ward.folk.add(who, Role.HEAD, unit_id=area)
    page = opened("head", f"/cameras/{H264}/edit")
    before = page.input_value("#name")
    page.fill("#name", "Hẻm 9 <Hoa & Lan>")
    page.context.clear_cookies(name=SESSION)
    page.get_by_role("button", name="Lưu").first.click()
    page.wait_for_url("**/sign-in?lost=yes**")
    expect(page.get_by_role("alert")).to_contain_text("chưa được lưu")
    page.fill("#name", who)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(f"**/cameras/{H264}/edit")
    assert page.input_value("#name") == ("Hẻm 9 <Hoa & Lan>" if who == "head" else before)
    assert page.evaluate(_LEFT) == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_a_step_of_the_registration_keeps_what_was_typed(opened: Opening, ward: Town, *, scripts: bool) -> None:
    page = opened("head", "/cameras/new", java_script_enabled=scripts)
    page.get_by_role("button", name="Bắt đầu").click()
    page.fill("#name", 'Hẻm 9 <Hoa & Lan>, nhà "3"')
    for to in ("en", "vi"):
        switched(page, to)
        assert page.input_value("#name") == 'Hẻm 9 <Hoa & Lan>, nhà "3"'
        assert page.locator(".fault, .problem").count() == 0
    with page.expect_navigation():
        page.press("#name", "Enter")  # goes on, and does not change the language
    assert page.get_attribute("html", "lang") == "vi"
    assert "/cameras/new/pin?" in page.url
    draft = page.url.partition("draft=")[2]
    page.goto(f"{ward.address}/cameras/new/owner?draft={draft}")
    page.fill("#owner_name", "Trần Văn Bí")
    page.check("[name=consent]")
    page.check("[name=sound_agreed]")
    for to in ("en", "vi"):
        switched(page, to)
        assert page.input_value("#owner_name") == "Trần Văn Bí"
        assert page.is_checked("[name=consent]")
        assert not page.is_checked("[name=ask_owner]")
        assert page.is_checked("[name=sound_agreed]")
    if scripts:
        assert page.evaluate(_LEFT) == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_a_request_keeps_its_cameras_and_what_was_typed(opened: Opening, *, scripts: bool) -> None:
    selected = "/requests/new?day=07/03/2026&begin=21:04&end=21:05&camera=KP05-01&camera=KP05-02"
    page = opened("officer", selected, java_script_enabled=scripts)
    page.fill("#case_number", "VA-77")
    page.fill("#why", "Ai đã\nđi qua?")
    page.select_option("#purpose", "traffic")
    page.fill("#end", "21:06")
    page.uncheck("[name=camera][value=KP05-02]")
    for to in ("en", "vi"):
        switched(page, to)
        assert [page.input_value(field) for field in ("#case_number", "#purpose", "#end")] == [
            "VA-77",
            "traffic",
            "21:06",
        ]
        assert page.input_value("#why").splitlines() == ["Ai đã", "đi qua?"]
        assert page.is_checked("[name=camera][value=KP05-01]")
        assert page.locator("[name=camera][value=KP05-02]:checked").count() == 0
    page.goto(page.url)  # and the language is kept for the pages after it
    assert page.get_attribute("html", "lang") == "vi"


def test_a_question_that_was_not_asked_yet_keeps_what_was_typed(opened: Opening) -> None:
    page = opened("officer", FOUND)
    page.fill("#begin", "20h15")
    page.select_option("#radius", "200")
    for to in ("en", "vi"):
        switched(page, to)
        assert page.input_value("#begin") == "20h15"
        assert page.input_value("#radius") == "200"
        assert "21%3A04" in page.url
    assert page.evaluate(_LEFT) == 0


def test_a_password_is_never_kept(opened: Opening) -> None:
    page = opened(None, "/sign-in")
    page.evaluate(
        "() => addEventListener('pagehide', () => localStorage.setItem('seen', sessionStorage.getItem('mp-typed')))"
    )
    page.fill("#name", "head")
    page.fill("#password", "bí mật của tôi")
    switched(page, "en")
    assert page.input_value("#password") == page.input_value("#name") == ""
    assert "bí mật" not in page.evaluate("() => localStorage.getItem('seen')")
    said = "document.querySelector('#password').validationMessage"
    page.get_by_role("button", name="Sign in").click()  # told in the language of the page, whatever that of the browser
    assert page.evaluate(said) == "Fill this in."
    page.fill("#password", "x")
    assert page.evaluate(said) == ""
    page.get_by_role("button", name="Show what is typed").click()
    assert page.get_attribute("#password", "type") == "text"


def test_after_a_form_was_refused_the_language_is_still_changed(opened: Opening, ward: Town) -> None:
    page = opened("supervisor", f"/requests/{ward.ids['VA-2']}")
    page.get_by_role("button", name="Từ chối").click()  # without the reason that this needs
    expect(page.get_by_role("alert")).to_be_visible()
    switched(page, "en")
    assert page.url.endswith(f"/requests/{ward.ids['VA-2']}")
