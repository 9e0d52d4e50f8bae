"""Papers as people hold them: the file read by another program, the page as the browser prints it, and who may not have them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlmodel import Session, select

from access import asking
from access.purposes import Purpose
from camera_registry.tables import Camera
from foundation.database import unit_of_work
from foundation.identity import Actor
from matpho import demo_ward
from tests.support.web_town import H264, SPAN, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
SIGNATURES = ("NGƯỜI YÊU CẦU", "THỦ TRƯỞNG ĐƠN VỊ", "NGƯỜI QUYẾT ĐỊNH", "(Ký, ghi rõ họ tên, đóng dấu)")


def read(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fetched(page: Page, address: str, path: Path) -> str:
    """Return the text of a PDF, laid out as it is on the paper; the file is kept at `path`."""
    answer = page.request.get(address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    path.write_bytes(answer.body())
    return read("pdftotext", "-layout", str(path), "-")


def test_the_printed_request_is_a_file_that_says_all_of_it(opened: Opening, ward: Town, tmp_path: Path) -> None:
    page, file = opened("officer", "/help"), tmp_path / "paper.pdf"
    address = f"{ward.address}/requests/{ward.ids['VA-1']}/paper.pdf"
    text = " ".join(fetched(page, address, file).split())
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "PHIẾU YÊU CẦU TRÍCH XUẤT HÌNH ẢNH CAMERA",
        "Số: ……………/PYC",
        "ngày 07 tháng 03 năm 2026",
        "Kính gửi: Khu phố 5",
        "Người yêu cầu: Officer, cán bộ điều tra",
        "điều tra tai nạn giao thông",
        "Thứ Bảy, ngày 7 tháng 3 năm 2026, 21:04:00–21:04:40 (+07:00)",
        H264,
        "Supervisor, chỉ huy",
        ward.ids["VA-1"],
        *SIGNATURES,
    ):
        assert words in text, words
    assert "A4" in read("pdfinfo", str(file))
    fonts = [line.split() for line in read("pdffonts", str(file)).splitlines()[2:]]
    assert fonts
    assert all("Paper" in font[0] and font[-5] == "yes" for font in fonts), fonts  # embedded
    english = " ".join(fetched(page, f"{address}?lang=en", file).split())
    assert "REQUEST FOR FOOTAGE OF CAMERAS" in english
    assert "Saturday 7 March 2026" in english


def test_signatures_stay_together_however_many_cameras_there_are(opened: Opening, ward: Town, tmp_path: Path) -> None:
    file, page = tmp_path / "long.pdf", opened("officer", "/help")
    seen = []
    for count in (4, 6, 8):
        with unit_of_work(ward.service.engine) as session:
            request_id = _asked(session, ward, count)
        fetched(page, f"{ward.address}/requests/{request_id}/paper.pdf", file)
        pages = [" ".join(sheet.split()) for sheet in read("pdftotext", "-layout", str(file), "-").split("\f")]
        held = [number for number, sheet in enumerate(pages) if any(words in sheet for words in SIGNATURES)]
        assert len(held) == 1, pages
        assert all(words in pages[held[0]] for words in SIGNATURES)
        assert held[0] == 0 or pages[held[0]].startswith(str(held[0] + 1))  # the number of the page, above
        seen.append(held[0])
    assert seen[-1] > 0


def _asked(session: Session, ward: Town, count: int) -> str:
    codes = [code for code in session.exec(select(Camera.code).order_by(Camera.code)) if code.startswith("KP05")]
    assert len(codes) >= count
    actor = Actor("officer", "person", role="officer", unit=demo_ward.WARD)
    who = asking.Applicant(ward.person("officer"), actor, lambda _: True)
    why = "Nguyễn Thị Ễ đi bộ từ đầu hẻm. " * 20
    ask = asking.Ask(tuple(codes[:count]), SPAN, Purpose.MISSING_PERSON, f"DÀI-{count}", why, None)
    (request,) = asking.draft(session, ward.service.clock, who, ask)
    return request.id


def test_the_browser_prints_the_paper_and_nothing_around_it(opened: Opening, ward: Town) -> None:
    page = opened("officer", f"/requests/{ward.ids['VA-1']}/paper", language="en")
    assert page.locator("article.sheet").get_attribute("lang") == "vi"
    assert page.get_by_role("button", name="Print").is_visible()
    page.emulate_media(media="print")
    assert page.locator("article.sheet").is_visible()
    for part in (".top", ".menu", ".foot", ".acts", ".crumbs"):
        assert not page.locator(f"body {part}").first.is_visible(), part
    assert page.evaluate("document.fonts.check('700 13pt Paper')")


def test_the_sign_tells_passers_by_what_the_rules_of_its_unit_are(opened: Opening, ward: Town, tmp_path: Path) -> None:
    page = opened("head", "/cameras/KP05-04")
    page.get_by_role("link", name="Biển báo để treo").click()
    page.wait_for_load_state()
    assert page.get_by_role("heading", name="KHU VỰC CÓ CAMERA GHI HÌNH").is_visible()
    text = " ".join(fetched(page, f"{ward.address}/cameras/KP05-04/sign.pdf", tmp_path / "sign.pdf").split())
    assert "Hình được lưu 30 ngày rồi xóa." in text
    assert "Không ghi âm." in text
    assert "91/2025/QH15" in text


@pytest.mark.parametrize(("name", "status"), [("supervisor", 200), ("auditor", 200), ("head", 403), (None, 200)])
def test_who_may_see_the_request_may_have_its_paper(opened: Opening, ward: Town, name: str | None, status: int) -> None:
    page = opened(name, "/help")
    answer = page.goto(f"{ward.address}/requests/{ward.ids['VA-2']}/paper")
    assert answer is not None
    assert answer.status == status
    assert ("/sign-in" in page.url) is (name is None)
    assert (page.locator("article.sheet").count() == 1) is (name in {"supervisor", "auditor"})


def test_what_auditors_print_is_whole_and_has_no_menu_and_nothing_to_fill_in(
    opened: Opening, ward: Town, tmp_path: Path
) -> None:
    page = opened("auditor", "/help")
    for path in ("/cameras", "/coverage/days?unit=KP05&days=90", "/log"):
        page.goto(ward.address + path)
        page.emulate_media(media="print")
        for part in (".menu", ".who", ".foot", "main button", "main input", "main select", ".acts"):
            assert not any(one.is_visible() for one in page.locator(part).all()[:5]), (path, part)
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        text = " ".join(read("pdftotext", "-layout", str(tmp_path / "page.pdf"), "-").split())
        assert "auditor in lúc 21:30:00 07/03/2026 (+07:00)" in text
        if "days" in path:
            assert "KP05-22" in text
            boxes = read("pdftotext", "-bbox", str(tmp_path / "page.pdf"), "-")
            assert ">07/03<" in boxes  # the last of ninety days is on the paper
        page.emulate_media(media="screen")
