"""A neighbourhood head with a cheap phone: registers a camera with a thumb, and without JavaScript; learns what it was used for."""

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.english import english_on
from tests.support.island_pages import violations
from tests.support.web_town import Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
GO_ON, REGISTER = "Tiếp tục", "Đăng ký camera"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "view.jpg"
    dots = np.random.default_rng(1).integers(0, 255, (1500, 2000, 3), np.uint8)
    assert cv2.imwrite(str(path), dots)
    return path


class Thumb:
    """Counts what a thumb does, and the pages it comes to."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.pages = page, 0, 1

    def tap(self, name: str, *, exact: bool = True, role: str = "button") -> None:
        self.taps += 1
        found = self.page.get_by_role(role, name=name, exact=exact)  # type: ignore[arg-type]
        with self.page.expect_navigation():
            found.first.tap()
        self.pages += 1

    def type(self, field: str, text: str) -> None:
        self.taps += 1
        self.page.locator(f"#{field}").tap()
        self.page.locator(f"#{field}").fill(text)


def test_a_camera_is_registered_with_a_thumb(opened: Opening, photo: Path) -> None:
    page = opened("head", "/", width=360, has_touch=True)
    thumb = Thumb(page)
    thumb.tap(REGISTER, role="link")
    thumb.tap("Bắt đầu")
    thumb.type("name", "Hẻm 9 Hoa Lan, nhà 3")
    thumb.tap(GO_ON)
    page.locator("[data-mp-ready]").wait_for()
    page.locator(".mp-map-room").tap(position={"x": 150, "y": 120})
    thumb.taps += 1
    assert re.fullmatch(r"10\.76\d+", page.input_value("#lat"))
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 10.764, "longitude": 106.661})
    page.get_by_role("button", name="Dùng vị trí của tôi").tap()
    thumb.taps += 1
    expect(page.locator("#lat")).to_have_value("10.764000", timeout=20_000)
    thumb.tap(GO_ON)
    page.locator("[data-mp-ready]").wait_for()
    assert page.get_by_role("group", name="Dời vị trí").count() == 0  # answered before: here it stands still
    page.locator(".mp-map-room").tap(position={"x": 250, "y": 208})
    thumb.taps += 1
    assert page.input_value("#lat") == "10.764000"
    assert 45 <= int(page.input_value("#bearing_deg")) <= 135  # it looks at what was tapped
    page.get_by_role("group", name="Hướng nhìn").get_by_role("button", name="Đông Bắc").tap()
    thumb.taps += 2
    page.select_option("#hfov_deg", "85")
    assert page.input_value("#bearing_deg") == "45"
    thumb.tap(GO_ON)
    thumb.type("owner_name", "Bà Tư")
    thumb.type("owner_phone", "0900 123 456")
    page.locator("input[name=consent]").tap()
    thumb.taps += 1
    thumb.type("consent_date", "01/03/2026")
    thumb.tap(GO_ON)
    page.set_input_files("#view", photo)
    thumb.taps += 1
    thumb.type("sign_checked_date", "02/03/2026")
    thumb.tap(GO_ON)
    assert "01/03/2026" in page.inner_text("main")
    thumb.tap("Đăng ký camera này")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hẻm 9 Hoa Lan, nhà 3")
    assert page.url.endswith("?done=registered")
    assert thumb.taps <= 25
    picture = page.locator("img.photo").first
    assert picture.evaluate("(one) => one.naturalWidth") == 1280


def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(opened: Opening) -> None:
    page = opened("head", "/cameras/new", width=360)
    page.get_by_role("button", name="Bắt đầu").click()
    page.get_by_role("button", name=GO_ON).evaluate("(one) => one.form.noValidate = true")
    page.get_by_role("button", name=GO_ON).click()
    name = page.locator("#name")
    expect(name).to_have_attribute("aria-invalid", "true")
    told = name.get_attribute("aria-describedby") or ""
    assert "bạn chưa điền ô này" in page.locator(f"#{told.split()[-1]}").inner_text()
    expect(page.get_by_role("alert")).to_be_focused()
    assert violations(page) == english_on(page) == []
    page.get_by_role("alert").get_by_role("link", name="Địa chỉ đặt camera").click()
    expect(name).to_be_focused()
    name.fill("Chợ cũ")
    expect(page.locator(".fault, .problem, .wrong, [aria-invalid]")).to_have_count(0)
    page.get_by_role("button", name=GO_ON).click()
    page.get_by_role("button", name=GO_ON).click()
    expect(page.locator("#pin-fault")).to_contain_text("“Dùng vị trí của tôi”")
    page.locator("[data-mp-ready]").wait_for()
    page.locator(".mp-map-room").click(position={"x": 150, "y": 120})
    expect(page.locator(".fault, .problem")).to_have_count(0)
    page.locator("#lat").fill("abc")
    page.locator("#lon").fill("106.66")
    page.get_by_role("button", name=GO_ON).click()
    assert page.input_value("#lat") == "abc"
    assert page.input_value("#lon") == "106.66"
    page.locator("#position").fill("10.7641, 106.6612")
    page.get_by_role("button", name="Quay lại").click()
    assert page.input_value("#name") == "Chợ cũ"
    page.get_by_role("button", name="2. Trên bản đồ").click()
    assert page.input_value("#lat") == "10.7641"  # what was typed before going back is kept


def test_without_javascript(opened: Opening, ward: Town) -> None:
    page = opened("head", "/cameras/new", java_script_enabled=False)
    page.get_by_role("button", name="Bắt đầu").click()
    page.fill("#name", "Cổng trường")
    page.get_by_role("button", name=GO_ON).click()
    page.fill("#position", "10,7640; 106,6615")
    page.get_by_role("button", name=GO_ON).click()
    page.get_by_label("Tây", exact=True).check()
    page.select_option("#hfov_deg", "110")
    for _ in range(3):
        page.get_by_role("button", name=GO_ON).click()
    page.get_by_role("button", name="Đăng ký camera này").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cổng trường")
    assert "270°" in page.inner_text("main")
    assert "10.76400, 106.66150" in page.inner_text("main")


def test_the_table_is_looked_at_before_it_is_kept(opened: Opening, tmp_path: Path) -> None:
    file = tmp_path / "camera.csv"
    file.write_text(
        "mã,tên,khu phố,vĩ độ,kinh độ,nguồn\nX1,Ngõ 1,KP05,10.76,106.66,clips\nX2,Ngõ 2,KP99,abc,106.66,clips\n"
    )
    page = opened("administrator", "/cameras/import")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Kiểm tra").click()
    page.wait_for_load_state()
    rows = page.locator("tbody tr").all_inner_texts()
    assert {row.split("\t")[1].strip() for row in rows} >= {"Vĩ độ (lat)"}
    file.write_text("mã,tên,khu phố,vĩ độ,kinh độ,nguồn\nX1,Ngõ 1,KP05,10.76,106.66,clips\n")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Kiểm tra").click()
    assert "1 camera" in page.locator("[role=status]").inner_text()
    page.set_input_files("#file", file)
    page.locator("button[name=keep]").click()
    assert page.url.endswith("/cameras?done=imported")
    page.goto(page.url.replace("?done=imported", "/X1"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ngõ 1")
