"""A head on a cheap phone brings in a recording that is asked for, or says that there is none; the officer sees it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from access import asking
from access.ending import withdraw
from access.purposes import Purpose
from access.stepping import get_request
from api.service import CLIPS_IMPORT
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.jobs import JobRunner
from foundation.timebase import TimeRange, parse_instant
from matpho import demo_ward
from matpho.service import import_handler
from sample_clips.generator import Recipe, make
from tests.support.island_pages import violations
from tests.support.web_town import Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]
FIRST, SECOND = "KP05-03", "KP05-04"
SPAN = TimeRange(parse_instant("2026-03-07T20:10:00+07:00"), parse_instant("2026-03-07T20:10:20+07:00"))


@pytest.fixture(scope="module")
def asked(ward: Town) -> Iterator[str]:
    """A request for two cameras without footage; withdrawn afterwards, since others use the ward, too."""
    service = ward.service
    officer = Actor("officer", "person", role="officer", unit=demo_ward.WARD)
    who = asking.Applicant(ward.person("officer"), officer, lambda _: True)
    with unit_of_work(service.engine) as session:
        ask = asking.Ask((FIRST, SECOND), SPAN, Purpose.MISSING_PERSON, "VA-9", "Cháu bé áo đỏ", None)
        (request,) = asking.draft(session, service.clock, who, ask)
        asking.submit(session, service.clock, who, request)
        name = request.id
    yield name
    with unit_of_work(service.engine) as session:
        withdraw(session, service.clock, officer, get_request(session, name))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("card") / "phim.mp4"
    make(path, Recipe(FIRST, SPAN.start_us, 20, "h264", "mp4", 512, 96, rate=2, key_every=4))
    return path


@pytest.mark.parametrize("script", [True, False], ids=["with", "without"])
def test_it_is_brought_in_from_a_phone(opened: Opening, ward: Town, asked: str, recording: Path, script: bool) -> None:
    page = opened("head", "/", width=360, has_touch=True, java_script_enabled=script)
    if script:
        assert "Cháu bé" not in page.content()
        page.get_by_role("link", name="Gửi bản ghi lên hoặc trả lời").tap()
        card = page.locator(".card", has_text=FIRST)
        expect(card).to_contain_text("tìm người mất tích")
        assert violations(page) == []
        card.get_by_role("link", name="Gửi bản ghi hình lên").tap()
        # What is missing is told; when the file begins is for the head to say.
        expect(page.locator("main .notice")).to_contain_text("Cần đoạn ghi hình từ 20:10:00 đến 20:10:20 07/03/2026")
        assert (page.input_value("#camera"), page.input_value("#day"), page.input_value("#time")) == (FIRST, "", "")
    else:  # what the first run brought in is no longer asked for
        page.goto(f"{ward.address}/imports")
        page.select_option("#camera", FIRST)
    page.fill("#day", "7/3/2026")
    page.fill("#time", "20h10")
    page.get_by_role("button", name="Tiếp tục").tap()
    read = page.locator("dl.facts")
    expect(read).to_contain_text("thứ bảy, ngày 7 tháng 3 năm 2026, 20:10:00 (+07:00)", ignore_case=True)
    if script:
        page.locator("form[data-mp-ready]").wait_for()
    page.set_input_files("#file", recording)
    page.get_by_role("button", name="Nhập").last.tap()
    page.wait_for_url("**/imports/*?done=uploaded")
    expect(page.locator("[data-mp-live]")).to_contain_text("đang chờ đến lượt")
    JobRunner(ward.service.engine, ward.service.clock, {CLIPS_IMPORT: import_handler(ward.service)}).run_until_idle()
    # It tells of it by itself: with the module, and without it by the browser's own refresh.
    expect(page.locator("[data-mp-live]")).to_contain_text("Số hình", timeout=30_000)
    officer = opened("officer", f"/requests/{asked}", width=360)
    expect(officer.locator("dl.facts")).to_contain_text(f"{FIRST}: đã có đủ")


def test_that_there_is_none_is_said_and_confirmed(opened: Opening, asked: str) -> None:
    page = opened("head", "/requests/waiting", width=360, has_touch=True, java_script_enabled=False)
    card = page.locator(".card", has_text=SECOND)
    card.locator("summary").tap()
    card.get_by_role("button", name="Đúng, không có").tap()
    page.wait_for_url("**/requests/waiting?done=none_there")
    expect(page.locator("section[aria-labelledby=answered]")).to_contain_text(SECOND)
    officer = opened("officer", f"/requests/{asked}", width=360)
    expect(officer.locator("dl.facts")).to_contain_text(f"{SECOND}: chưa có gì; khu phố báo không có bản ghi hình này")
