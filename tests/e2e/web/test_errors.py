"""What goes wrong is told by a page: in the reader's language, with what to do, and with a reference that is in the log."""

import logging
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlmodel import col

from access.tables import FootageRequest
from foundation.database import unit_of_work
from tests.support.web_town import H264, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
_REFERENCE = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")


def told(page: Page, caplog: pytest.LogCaptureFixture, status: int) -> str:
    """Return what an error's page says; its reference stands in the log of the service, and the way home on the page."""
    text = page.inner_text("main")
    found = _REFERENCE.search(page.locator("main .soft").last.inner_text())
    assert found is not None, text
    assert any(found[0] in record.getMessage() for record in caplog.records), caplog.text
    assert page.locator("main a[href='/']").count() == 1
    assert status >= 400
    return text


@pytest.mark.parametrize(
    ("who", "path", "status", "vietnamese", "english"),
    [
        ("head", "/khong-co-trang-nay", 404, "gõ nhầm", "typing mistake"),
        ("head", "/cameras/KP09-01", 404, "đơn vị khác", "other units"),
        ("head", "/investigate", 403, "cán bộ điều tra, chỉ huy", "officer, supervisor"),
        ("officer", "/admin/people", 403, "quản trị viên. Quản trị viên", "administrator. An administrator"),
        ("officer", "/investigate/next?reach=abc", 422, "sửa chỗ sai", "mend what is wrong"),
    ],
)
def test_an_error_says_what_to_do_in_both_languages(
    opened: Opening,
    ward: Town,
    caplog: pytest.LogCaptureFixture,
    who: str,
    path: str,
    status: int,
    vietnamese: str,
    english: str,
) -> None:
    caplog.set_level(logging.INFO, "matpho.api")
    page = opened(who, "/help")
    for words in (vietnamese, english):
        answer = page.goto(ward.address + path)
        assert answer is not None
        assert answer.status == status
        assert words in told(page, caplog, status)
        if words == vietnamese:
            page.get_by_role("button", name="English").click()
            expect(page.locator("html")).to_have_attribute("lang", "en")


def test_what_breaks_inside_is_told_without_a_word_of_it(
    opened: Opening, ward: Town, caplog: pytest.LogCaptureFixture
) -> None:
    page, request_id = opened("officer", "/help"), ward.ids["VA-2"]
    broken = sa.update(FootageRequest).where(col(FootageRequest.id) == request_id)
    with unit_of_work(ward.service.engine) as session:
        session.execute(broken.values(purpose="of another version"))
    try:
        answer = page.goto(f"{ward.address}/requests/{request_id}")
        assert answer is not None
        assert answer.status == 500
        text = told(page, caplog, 500)
        assert "Hãy thử lại sau một phút" in text
        assert "another version" not in page.content()
    finally:
        with unit_of_work(ward.service.engine) as session:
            session.execute(broken.values(purpose="traffic"))


def test_an_officer_without_an_approval_is_told_whom_to_ask(
    opened: Opening, ward: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "matpho.api")
    page = opened("officer", "/help")
    seen = f"{ward.address}/api/v1/cameras/{H264}/frame.jpg?at=2026-03-07T20:00:00%2B07:00"
    answer = page.request.get(seen)  # a program is told what programs do
    assert answer.status == 403
    assert answer.json()["code"] == "not_granted"
    page.goto(f"{ward.address}/requests/{ward.ids['VA-1']}")
    for box in page.locator("main input[name=camera]").all()[1:]:
        box.uncheck()
    page.locator("details summary").first.click()
    page.fill("#day", "07/03/2026")
    page.fill("#begin", "20:00")
    page.fill("#end", "20:01")
    page.get_by_role("button", name="Tạo đoạn").first.click()
    expect(page.get_by_role("alert")).to_contain_text("chỉ huy")
