"""The wrong clock of a recorder, typed on a phone: with and without JavaScript, over the switch of language and a mistake."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.web.test_language import switched
from tests.support.island_pages import violations

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
FIELDS = {"#day": "07/03/2026", "#time": "20:12:30", "#shows_time": "20:57:30", "#true_time": "20h50"}


@pytest.mark.parametrize("script", [True, False], ids=["with", "without"])
def test_it_is_typed_mended_and_read_back(opened: Opening, script: bool) -> None:
    page = opened("head", "/imports?camera=KP05-03", width=360, has_touch=True, java_script_enabled=script)
    assert page.is_checked("[name=clock][value=unknown]")
    for hidden in ("#shows_time", "#off_m", "#sure"):
        assert not page.is_visible(hidden)
    page.get_by_text("Đồng hồ sai: tôi nhập").tap()
    for name, value in FIELDS.items():
        page.fill(name, value)
    assert not page.is_visible("#off_m")
    for to in ("en", "vi"):
        switched(page, to)
        assert {name: page.input_value(name) for name in FIELDS} == FIELDS
        assert page.is_checked("[name=clock][value=compared]")
    if script:
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") == 360
        small = [
            one
            for one in page.locator(".recorder-clock .choice").all()
            if (one.bounding_box() or {"height": 0})["height"] < 44
        ]
        assert small == []
    page.get_by_role("button", name="Tiếp tục").tap()
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text("Khi đầu ghi chỉ 20:57:30 thì giờ thật là 20:50:00 07/03/2026.")
    expect(facts).to_contain_text("chạy nhanh 7 phút 30 giây: nó chỉ giờ muộn hơn giờ thật")
    expect(facts.locator("strong")).to_have_text("Thứ Bảy, ngày 7 tháng 3 năm 2026, 20:05:00 (+07:00)")
    switched(page, "en")
    expect(facts.locator("strong")).to_have_text("Saturday 7 March 2026, 20:05:00 (+07:00)")
    switched(page, "vi")
    page.get_by_role("link", name="Không, sửa lại").tap()
    page.get_by_text("Đồng hồ chạy chậm").tap()
    assert not page.is_visible("#shows_time")
    page.get_by_role("button", name="Tiếp tục").tap()
    expect(page.get_by_role("alert")).to_contain_text("Chưa nhập đồng hồ đầu ghi chạy nhanh hay chậm bao nhiêu")
    page.fill("#off_s", "30")
    page.fill("#off_m", "7")
    page.get_by_role("button", name="Tiếp tục").tap()
    expect(facts.locator("strong")).to_have_text("Thứ Bảy, ngày 7 tháng 3 năm 2026, 20:20:00 (+07:00)")
    if script:
        assert violations(page) == []
