"""A supervisor without JavaScript: what each request reveals, approving, refusing with a reason, reviewing what could not wait."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.web.test_every_page import FOUND, named
from tests.support.web_town import H264, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]


def test_what_waits_says_what_it_would_reveal(opened: Opening, ward: Town) -> None:
    page = opened("supervisor", "/decide", language="en", java_script_enabled=False)
    card = page.locator("li.card", has_text="VA-2")
    assert "1 minute of footage in all" in card.inner_text()
    assert H264 in card.inner_text()
    assert "officer" in card.inner_text()
    assert page.locator("li.card", has_text="VA-3").count() == 1  # seen through the glass: to review


def test_a_refusal_needs_a_reason_and_the_officer_reads_it(opened: Opening, ward: Town) -> None:
    page = opened("supervisor", named(ward, "/requests/{VA-2}"), language="en", java_script_enabled=False)
    page.get_by_role("button", name="Refuse").click()
    assert "A reason is missing" in page.get_by_role("alert").inner_text()
    page.fill("#note", "Hỏi camera gần hơn")
    page.get_by_role("button", name="Refuse").click()
    assert page.url.endswith("?done=refused")
    page = opened("officer", named(ward, "/requests/{VA-2}"), language="en", java_script_enabled=False)
    assert "Hỏi camera gần hơn" in page.inner_text("main")
    assert page.get_by_role("button", name="Make clips").count() == 0


def test_what_could_not_wait_is_reviewed_and_ends_when_it_was_not_justified(opened: Opening, ward: Town) -> None:
    page = opened("supervisor", named(ward, "/requests/{VA-3}"), language="en", java_script_enabled=False)
    page.fill("#review-note", "Không gấp đến mức đó")
    page.get_by_role("button", name="It was not justified").click()
    assert page.url.endswith("?done=reviewed")
    assert "not justified" in page.inner_text("main")
    page = opened("officer", named(ward, "/requests/{VA-3}"), language="en", java_script_enabled=False)
    assert page.get_by_role("button", name="Make clips").count() == 0


def test_nobody_decides_about_their_own(opened: Opening, ward: Town) -> None:
    page = opened("officer", named(ward, "/requests/{VA-1}"), language="en", java_script_enabled=False)
    assert page.get_by_role("button", name="Approve").count() == 0


def test_from_the_question_to_the_approval_without_javascript(opened: Opening, ward: Town) -> None:
    page = opened("officer", FOUND, language="en", java_script_enabled=False)
    page.get_by_role("button", name="Ask for the footage").click()
    page.select_option("#purpose", "traffic")
    page.fill("#case_number", "VA-2026")
    page.get_by_role("button", name="Ask for it").click()
    assert page.url.endswith("?done=submitted"), page.url
    request = page.url.partition("?")[0].removeprefix(ward.address)
    page = opened("supervisor", request, language="en", java_script_enabled=False)
    page.get_by_role("button", name="Approve").click()
    assert page.url.endswith("?done=approved"), page.url
    page = opened("officer", request, language="en", java_script_enabled=False)
    page.get_by_role("button", name="Make clips").click()
    page.wait_for_load_state()
    assert "/watch?" in page.url
    assert page.locator("noscript video, video").count() > 0
