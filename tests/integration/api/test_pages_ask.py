"""A head asks a camera for its picture while registering it, by forms alone; afterwards only in words whether it answers."""

import dataclasses
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from camera_registry.cameras import get_camera
from camera_registry.live_source import live_source
from camera_registry.photos import photos_of
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from ingest.probe.turns import EACH, WINDOW_US
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.camera_thread import cameras_in_thread
from tests.support.live_pictures import coded
from tests.support.onvif_device import OnvifDevice, Profile, onvif
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.rtsp_camera import Camera
from tests.support.ward_office import Office

PASSWORD = "hẻm/q7s3cret@ :%?#"


@pytest.fixture
def desk(sqlite_engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    office = Office(Folk(sqlite_engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    with desk_of(office, data_dir) as found:
        settings = found.service.settings.model_copy(update={"camera_networks": "127.0.0.0/8"})
        found.put(dataclasses.replace(found.service, settings=settings))
        yield found


@pytest.fixture
def camera() -> Iterator[Camera]:
    pictures = [(at * 9000, units) for at, units in enumerate(coded("h265")[:12])]
    found = Camera(pictures, kind="h265", password=PASSWORD)
    with cameras_in_thread(found):
        yield found


@pytest.fixture
def head(desk: Desk) -> Browser:
    return desk.of("dao", Role.HEAD, "A")


def begun(browser: Browser) -> str:
    """Answer the questions before the photos; return the draft."""
    browser.open("/cameras/new").send("/cameras/new")
    draft = re.search(r"draft=(\w+)", browser.place)
    assert draft is not None
    at = f"?draft={draft[1]}"
    browser.send(f"/cameras/new/where{at}", name="Hẻm 9", unit="A")
    browser.send(f"/cameras/new/pin{at}", lat="10.77", lon="106.69")
    browser.send(f"/cameras/new/view{at}", bearing_deg="90", hfov_deg="85")
    browser.send(f"/cameras/new/owner{at}", owner_name="Bà Tư")
    browser.send(f"/cameras/new/photos{at}", then="ask")
    assert browser.place == f"/cameras/new/ask{at}"
    return draft[1]


def asks(browser: Browser, draft: str, address: str, password: str = PASSWORD, then: str = "") -> Browser:
    browser.send(f"/cameras/new/ask?draft={draft}", address=address, user="admin", password=password, then=then)
    assert "q7s3cret" not in browser.page
    return browser


def registered(desk: Desk, browser: Browser, draft: str) -> str:
    browser.open(f"/cameras/new/check?draft={draft}").send(f"/cameras/new/check?draft={draft}", planned="yes")
    assert browser.place.endswith("?done=registered"), said(browser)
    return browser.place.split("/")[-1].split("?")[0]


def events(desk: Desk) -> list[tuple[str, str, str]]:
    question = sa.text("SELECT object_kind, object_id, detail FROM audit_event WHERE action = 'camera:ask' ORDER BY id")
    with unit_of_work(desk.service.engine, writes=False) as session:
        return [(row[0], row[1], json.loads(row[2])["found"]) for row in session.execute(question)]


def test_the_picture_becomes_the_view_and_the_address_the_source(
    desk: Desk, head: Browser, camera: Camera, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    draft = begun(head)
    asks(head, draft, camera.address)
    assert (head.status, head.place) == (200, f"/cameras/new/seen?draft={draft}")
    assert "H.265, 640 × 360" in said(head)
    picture = f"/cameras/new/{draft}/photo/asked"
    assert f'src="{picture}"' in head.page
    cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in head.cookies.items())}
    shown = desk.client.get(picture, headers=cookies)
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert desk.of("em", Role.HEAD, "A").open(picture).status == 404  # a draft is one's own
    assert PASSWORD not in desk.office.folk.stored()

    head.send(f"/cameras/new/seen?draft={draft}", seen="yes")
    assert camera.address in said(head)
    assert "q7s3cret" not in head.page
    code = registered(desk, head, draft)
    with unit_of_work(desk.service.engine, writes=False) as session:
        found = get_camera(session, code)
        assert found.id is not None
        assert list(photos_of(session, found.id)) == ["view"]
        source = live_source(session, found.id)
    assert source is not None
    assert (source.address, source.credentials(desk.service.vault)) == (camera.address, f"admin:{PASSWORD}")
    assert PASSWORD not in desk.office.folk.stored()
    host = f"127.0.0.1:{camera.port}"
    assert events(desk) == [("host", host, "answers")]

    head.open(f"/cameras/{code}").send(f"/cameras/{code}/ask")
    assert "It answers and sends pictures: H.265" in said(head)
    assert head.page.count("<img") == 2  # our mark, and the photo of the view: no picture of now
    assert f"/cameras/{code}/photo/view" in head.page
    assert events(desk)[1:] == [("camera", code, "answers")]
    assert "q7s3cret" not in caplog.text
    assert "asked whether it answers" in said(head)


def test_no_keeps_nothing(desk: Desk, head: Browser, camera: Camera) -> None:
    draft = begun(head)
    asks(head, draft, camera.address).send(f"/cameras/new/seen?draft={draft}", seen="no")
    assert "Nothing of it was kept" in said(head)
    assert head.open(f"/cameras/new/{draft}/photo/asked").status == 404
    assert head.open(f"/cameras/new/seen?draft={draft}").place.startswith("/cameras/new/ask")
    assert camera.address not in head.page
    code = registered(desk, head, draft)
    assert "See whether it answers now" not in head.page
    with unit_of_work(desk.service.engine, writes=False) as session:
        found = get_camera(session, code)
        assert found.id is not None
        assert live_source(session, found.id) is None
        assert photos_of(session, found.id) == {}


def test_yes_said_twice_is_said_once_and_to_the_picture_that_was_shown(
    desk: Desk, head: Browser, camera: Camera
) -> None:
    draft = begun(head)
    asks(head, draft, camera.address)
    page, first = head.page, head.hidden("picture")
    asks(head.open(f"/cameras/new/ask?draft={draft}"), draft, camera.address)  # in another tab
    second = head.hidden("picture")
    assert "" != first != second
    head.page = page
    head.send(f"/cameras/new/seen?draft={draft}", seen="yes")
    assert (head.status, "another picture" in said(head), head.hidden("picture")) == (409, True, second)
    page = head.page
    for _ in range(2):
        head.page = page
        head.send(f"/cameras/new/seen?draft={draft}", seen="yes")
        assert (head.status, head.place) == (200, f"/cameras/new/photos?draft={draft}&done=seen")
    asks(head.open(f"/cameras/new/ask?draft={draft}"), draft, "rtsp://10.0.0.9/live", then="keep")
    head.page = page  # what was decided otherwise meanwhile stays
    head.send(f"/cameras/new/seen?draft={draft}", seen="no")
    assert head.place == f"/cameras/new/photos?draft={draft}"
    assert "rtsp://10.0.0.9/live" in head.open(f"/cameras/new/photos?draft={draft}").page


def test_what_was_not_confirmed_does_not_count(desk: Desk, head: Browser, camera: Camera) -> None:
    draft = begun(head)
    asks(head, draft, camera.address)
    code = registered(desk, head, draft)
    with unit_of_work(desk.service.engine, writes=False) as session:
        found = get_camera(session, code)
        assert found.id is not None
        assert (live_source(session, found.id), photos_of(session, found.id)) == (None, {})


def test_a_recorder_lets_one_choose(
    desk: Desk, head: Browser, camera: Camera, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    draft = begun(head)
    profiles = [
        Profile("m1", "1", "rtsp://127.0.0.1:6379/", "Cổng <b>", "H264", 1920, 1080),
        Profile("m2", "2", camera.address, "Sân", "H265", 2560, 1440),
    ]
    device = OnvifDevice(profiles, PASSWORD, off_s=7 * 3600, clock=desk.service.clock)
    with onvif(device):
        asks(head, draft, f"127.0.0.1:{device.port}")
        assert "Which of these is the camera?" in said(head)
        assert "Cổng &lt;b&gt; (H.264 1920 × 1080)" in head.page
        assert "7 h ahead" in said(head)
        assert "GMT+07:00" in said(head)
        action = f"/cameras/new/ask?draft={draft}"
        head.send(action, channel="m1")
        assert (head.status, "may not be asked" in said(head), "Sân" in head.page) == (422, True, True)
        head.send(action, channel="m2")
        assert head.place == f"/cameras/new/seen?draft={draft}"
        with onvif(OnvifDevice(profiles, PASSWORD, clock=desk.service.clock)) as other:  # gets no password of the first
            place = f"http://127.0.0.1:{other.port}"
            head.open(action).send(action, address=place, user="admin", password="", channel="m2")
    assert "q7s3cret" not in caplog.text
    assert [found for _, _, found in events(desk)] == ["channels", "not_allowed", "answers", "sign_in"]


def test_it_may_be_kept_without_asking(desk: Desk, head: Browser) -> None:
    draft = begun(head)
    asks(head, draft, "10.0.0.9", then="keep")
    assert (head.status, "This is no address" in said(head)) == (422, True)
    asks(head, draft, "rtsp://10.0.0.9/live", then="keep")
    assert "rtsp://10.0.0.9/live" in said(head)
    assert PASSWORD not in desk.office.folk.stored()
    asks(head.open(f"/cameras/new/ask?draft={draft}"), draft, "", then="keep")
    assert "brought in by hand" in said(head)
    assert events(desk) == []


def test_what_is_refused_is_said_and_noted(desk: Desk, head: Browser, camera: Camera) -> None:
    draft = begun(head)
    asks(head, draft, camera.address, "wrong")
    assert (head.status, "refuses user and password" in said(head)) == (422, True)
    asks(head, draft, "rtsp://169.254.169.254/latest")
    assert (head.status, "may not be asked" in said(head)) == (422, True)
    asks(head, draft, f"rtsp://admin:q7s3cret@10.0.0.9:{camera.port}/x")
    assert "may not be asked" in said(head)
    assert f'value="rtsp://10.0.0.9:{camera.port}/x"' in head.page
    asks(head, draft, "admin:q7s3cret@10.0.0.9")
    assert (head.status, "This is no address" in said(head)) == (422, True)
    for letter in "#/?":  # of which the machine would be “admin”
        asks(head, draft, f"rtsp://admin:20{letter}q7s3cret@10.0.0.9/x")
        assert (head.status, "# as %23" in said(head)) == (422, True)
    asks(head, draft, "10.0.0.9' OR 1=1 --")
    assert "OR 1=1" not in said(head)
    refused = [f"127.0.0.1:{camera.port}", "169.254.169.254", f"10.0.0.9:{camera.port}"]
    assert [(one, found) for _, one, found in events(desk)] == list(
        zip(refused, ["sign_in", "not_allowed", "not_allowed"], strict=True)
    )
    assert desk.of("em", Role.HEAD, "A").open(f"/cameras/new/ask?draft={draft}").status == 404


def test_it_is_noted_that_it_was_asked_whatever_becomes_of_the_registration(desk: Desk, head: Browser) -> None:
    async def finished_meanwhile(camera: Camera, _writer: object) -> AsyncIterator[bytes]:
        with unit_of_work(desk.service.engine) as session:
            session.execute(sa.text("DELETE FROM camera_draft"))
        number = camera.texts[-1].partition("CSeq: ")[2].split("\r\n")[0]
        yield camera._answer("DESCRIBE", camera.texts[-1], number, None)

    pictures = [(at * 9000, units) for at, units in enumerate(coded("h264")[:12])]
    camera = Camera(pictures, answers={"DESCRIBE": finished_meanwhile})
    draft = begun(head)
    with cameras_in_thread(camera):
        asks(head, draft, camera.address)
    assert head.status == 404
    assert events(desk) == [("host", f"127.0.0.1:{camera.port}", "answers")]


def test_nobody_asks_on_and_on(desk: Desk, head: Browser) -> None:
    draft = begun(head)
    for _ in range(EACH):
        assert asks(head, draft, "rtsp://10.0.0.9/").status == 422
    asks(head, draft, "rtsp://10.0.0.9/")
    assert (head.status, "300 s" in said(head)) == (429, True)
    desk.office.clock.advance(WINDOW_US)
    assert asks(head, draft, "rtsp://10.0.0.9/").status == 422
    assert len(events(desk)) == EACH + 1


def test_only_who_may_change_a_camera_has_it_asked(desk: Desk, head: Browser) -> None:
    assert "See whether it answers" not in head.open("/cameras/A1").page  # its recordings are imported
    officer = desk.of("lan")
    with unit_of_work(desk.service.engine) as session:
        session.execute(sa.text("UPDATE stream SET address = 'rtsp://10.0.0.9/x' WHERE camera_id = 1"))
    assert "See whether it answers" not in officer.open("/cameras/A1").page
    assert officer.send("/cameras/A1/ask").status in {403, 404}
    assert events(desk) == []
