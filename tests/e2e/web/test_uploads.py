"""A recording sent from a browser: in pieces that go on after a broken connection, and whole without JavaScript."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.support.island_pages import eventually
from tests.support.web_town import H265, Town

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Bytes that no import will like; here it is asked how they come over."""
    path = tmp_path / "KP05-02_20260307210400.mp4"
    path.write_bytes(bytes(range(256)) * 80_000)  # 20 MB: three pieces
    return path


def inbox(ward: Town) -> set[str]:
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in ward.service.inbox.glob("*")}


def test_it_goes_on_where_it_broke_off_also_after_the_page_was_closed(
    opened: Opening, ward: Town, recording: Path
) -> None:
    page = opened("officer", f"/imports?camera={H265}&read=yes", language="en")
    page.locator("form[data-mp-ready]").wait_for()
    sent: list[str] = []

    def broken(route: Route) -> None:
        sent.append(route.request.headers.get("upload-offset", ""))
        if len(sent) >= 2:
            route.abort()
        else:
            route.continue_()

    page.context.route(
        "**/api/v1/uploads/*", lambda route: broken(route) if route.request.method == "PATCH" else route.continue_()
    )
    photo: FilePayload = {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": b"photo"}
    page.set_input_files("#file", photo)
    expect(page.locator("#file-wrong")).to_contain_text("“anh.jpg” is no video")
    page.get_by_role("button", name="Bring it in").click()
    expect(page.locator("#file")).to_be_focused()
    assert sent == []
    page.set_input_files("#file", recording)
    expect(page.locator("#file-wrong")).to_be_empty()
    page.get_by_role("button", name="Bring it in").click()
    eventually(
        page, "() => document.querySelector('[role=status].mp-sent').textContent", lambda text: "Trying again" in text
    )
    page.context.unroute_all(behavior="ignoreErrors")
    page.reload()  # as if the page had been closed: the file is chosen again
    page.locator("form[data-mp-ready]").wait_for()
    offsets: list[str] = []
    page.on(
        "request", lambda one: offsets.append(one.headers.get("upload-offset", "")) if one.method == "PATCH" else None
    )
    page.set_input_files("#file", recording)
    page.get_by_role("button", name="Bring it in").click()
    page.wait_for_url("**/imports/*?done=uploaded")
    assert offsets[0] == str(64 * 2**10), offsets  # the first piece was not sent again
    assert "waits its turn" in page.inner_text("main")
    assert hashlib.sha256(recording.read_bytes()).hexdigest() in inbox(ward)
    assert page.evaluate("() => Object.keys(localStorage)") == []


def test_a_form_alone_brings_it_too_and_a_camera_out_of_reach_is_refused(
    opened: Opening, ward: Town, recording: Path
) -> None:
    recording.write_bytes(b"short" * 1000)
    page = opened("officer", "/imports?read=yes&camera=NOT-THERE", language="en", java_script_enabled=False)
    assert "NOT-THERE" in page.get_by_role("alert").inner_text()
    page.select_option("#camera", H265)
    page.fill("#day", "07/03/2026")
    page.fill("#time", "21h75")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_load_state()
    assert "21h75" in page.get_by_role("alert").inner_text()
    page.fill("#time", "21h05")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_load_state()
    assert "Saturday 7 March 2026, 21:05:00 (+07:00)" in page.inner_text("main")
    page.set_input_files("#file", recording)
    page.get_by_role("button", name="Bring it in").click()
    expect(page.locator("h1")).to_have_text("Import")
    assert hashlib.sha256(recording.read_bytes()).hexdigest() in inbox(ward)
