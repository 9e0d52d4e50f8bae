"""The telephone of a neighbourhood on a cheap phone, and a split as far as it is read back, without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.island_pages import violations
from tests.support.web_town import Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]


def put(page: Page, ward: Town, phone: str, contact: str = "") -> None:
    page.goto(f"{ward.address}/units/KP05")
    page.fill("#phone", phone)
    page.fill("#contact", contact)
    page.locator("main form button").last.click()


def test_a_head_sets_a_number_that_a_thumb_can_call(opened: Opening, ward: Town) -> None:
    page = opened("head", "/", width=360, has_touch=True)
    page.get_by_role("link", name="Điện thoại của Khu phố 5").click()
    put(page, ward, "12345")
    expect(page.locator("#phone-fault")).to_contain_text("028 3812 3456")
    assert violations(page) == []
    try:
        put(page, ward, "0912.345.678", "Bà Tư")
        expect(page.locator("#phone")).to_have_value("0912 345 678")
        public = opened(None, "/public/KP05", width=360, has_touch=True)
        call = public.locator('a[href="tel:+84912345678"]')
        box = call.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        expect(call).to_contain_text("0912\u00a0345\u00a0678")
        assert public.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert violations(public) == []
    finally:
        put(page, ward, "")
    assert opened(None, "/public/KP05").locator('a[href^="tel:"]').count() == 0


def test_a_split_is_read_back_before_anything_is_done(opened: Opening, ward: Town) -> None:
    page = opened("administrator", "/admin/units", language="en", java_script_enabled=False)
    page.locator('a[href="/admin/units/split?unit=KP05"]').click()
    for number, (code, name) in enumerate((("KP05", "Khu phố 5"), ("KP05A", "Khu phố 5A"))):
        page.fill(f"#code_{number}", code)
        page.fill(f"#name_{number}", name)
    page.get_by_role("button", name="Share out").click()
    page.wait_for_load_state()
    choices = page.locator("main select")
    count = choices.count()
    assert count >= 22  # and what other tests register here
    assert {choices.nth(place).input_value() for place in range(count)} == {"0", "1"}
    for place in range(count):
        choices.nth(place).select_option("1" if place == 3 else "0")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("main")).to_contain_text(f"Khu phố 5 (KP05): {count - 1} cameras")
    expect(page.locator("main")).to_contain_text("Khu phố 5A (KP05A): 1 camera: KP05-04")
    page.get_by_role("button", name="Change where cameras go").click()
    assert choices.nth(3).input_value() == "1"
    page.get_by_role("button", name="Back to the new units").click()
    page.wait_for_load_state()
    assert page.input_value("#name_1") == "Khu phố 5A"
    page.goto(f"{ward.address}/admin/units")
    assert page.get_by_text("Khu phố 5A").count() == 0
