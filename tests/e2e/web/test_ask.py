"""A head with a phone takes the picture from the camera itself, and sees what is wrong where none comes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.camera_thread import cameras_in_thread
from tests.support.island_pages import violations
from tests.support.live_pictures import coded
from tests.support.onvif_device import OnvifDevice, Profile, onvif
from tests.support.rtsp_camera import Camera
from tests.support.web_town import Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
GO_ON = "Tiếp tục"
PASSWORD = "Phố nhỏ 9"
_SMALL = """() => [...document.querySelectorAll("main button, main .button, main .choice")]
  .filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.textContent.trim())"""


@pytest.fixture
def recorder(ward: Town) -> Iterator[OnvifDevice]:
    """A recorder with two channels whose clock is three days behind."""
    pictures = [(at * 9000, units) for at, units in enumerate(coded("h264")[:12])]
    camera = Camera(pictures, password=PASSWORD)
    with cameras_in_thread(camera):
        profiles = [Profile("1", "1", camera.address, "Cổng"), Profile("2", "2", camera.address, "Chợ")]
        device = OnvifDevice(profiles, PASSWORD, off_s=-3 * 86_400, clock=ward.service.clock)
        with onvif(device):
            yield device


def well(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.evaluate(_SMALL) == []


def test_a_head_registers_with_the_picture_from_the_camera(opened: Opening, recorder: OnvifDevice) -> None:
    page = opened("head", "/cameras/new", width=360, has_touch=True)
    page.get_by_role("button", name="Bắt đầu").tap()
    page.fill("#name", "Chợ Hoa Lan, cột số 2")
    page.get_by_role("button", name=GO_ON).tap()
    page.fill("#lat", "10.764")
    page.fill("#lon", "106.661")
    for _ in range(3):
        page.get_by_role("button", name=GO_ON, exact=True).tap()
    page.get_by_role("button", name="Lấy hình từ chính camera").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kết nối camera bằng cách nào?")
    page.fill("#address", f"127.0.0.1:{recorder.port}")
    page.fill("#user", "admin")
    page.fill("#password", "sai rồi")
    page.get_by_role("button", name="Lấy hình từ camera").tap()
    expect(page.get_by_role("alert")).to_contain_text("không nhận tên người dùng và mật khẩu")
    assert page.input_value("#password") == ""
    well(page)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Lấy hình từ camera").tap()
    expect(page.get_by_role("status")).to_contain_text("chậm 3 ngày")
    well(page)
    page.get_by_label("2. Chợ").check()
    page.get_by_role("button", name="Xem kênh này").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Camera nhìn thấy thế này phải không?")
    assert page.locator("img.photo").evaluate("(one) => one.naturalWidth") == 640
    well(page)
    page.get_by_role("button", name="Đúng, giữ hình này").tap()
    expect(page.get_by_role("status")).to_contain_text("Đã giữ hình")
    page.get_by_role("button", name=GO_ON, exact=True).tap()
    page.get_by_role("button", name="Đăng ký camera này").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chợ Hoa Lan, cột số 2")
    assert page.locator("img.photo").evaluate("(one) => one.naturalWidth") == 640
    page.get_by_role("button", name="Xem camera có trả lời không").tap()
    expect(page.get_by_role("status")).to_contain_text("H.264, 640 × 360")
    assert page.locator("main img").count() == 1
    well(page)
