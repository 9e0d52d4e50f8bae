"""A head registers and edits cameras by forms alone: nothing that was answered is lost without a word, and nothing wrong is kept."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.cookies import LANGUAGE
from camera_registry.cameras import describe, get_camera
from camera_registry.photos import photos_of
from camera_registry.records import CameraRecord
from camera_registry.secrets import Vault
from camera_registry.tables import CameraDraft
from camera_registry.units import get_unit
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

OUTLINE = '{"type": "Polygon", "coordinates": [[[106.68, 10.76], [106.70, 10.76], [106.70, 10.78], [106.68, 10.78], [106.68, 10.76]]]}'
SECRET = "Nhà 7 rtsp://admin:matkhau@192.168.1.5/ch1"


@pytest.fixture
def desk(sqlite_engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(sqlite_engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        found.office.rules(needs_consent=True, needs_sign=True, most_retention_days=30)
        yield found


@pytest.fixture
def head(desk: Desk) -> Browser:
    return desk.of("dao", Role.HEAD, "A")


class Form:
    """A registration that was begun; `to` answers a step."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        browser.open("/cameras/new").send("/cameras/new")
        self.draft = browser.place.partition("draft=")[2]

    def to(self, step: str, files: dict[str, tuple[str, bytes]] | None = None, **fields: str) -> str:
        """Return where it leads to: the name of the next step."""
        path = f"/cameras/new/{step}?draft={self.draft}"
        if self.browser.place != path:
            self.browser.open(path)
        more: dict[str, Any] = dict(fields)
        self.browser.send(path, files=files, **more)
        return self.browser.place.partition("?")[0].rpartition("/")[2]

    def faults(self) -> dict[str, str]:
        """Return what the page says is wrong, by field: on top, with a link to each."""
        found = re.findall(r'<li><a href="[^"#]*#(\w+)">(.*?)</a></li>', self.browser.page)
        assert (self.browser.status == 422) == bool(found)
        return dict(found)

    def answered(self) -> None:
        assert self.to("where", name="Hẻm 9", unit="A") == "pin"
        assert self.to("pin", lat="10.7701", lon="106.69") == "view"
        assert self.to("view", bearing_deg="đông bắc", hfov_deg="85", range_m="30") == "owner"


def photo(side: int = 64) -> bytes:
    done, jpeg = cv2.imencode(".jpg", np.full((side, side, 3), 90, np.uint8))
    assert done
    return bytes(jpeg.tobytes())


def camera_of(desk: Desk, code: str) -> CameraRecord:
    with unit_of_work(desk.office.engine, writes=False) as session:
        return describe(session, get_camera(session, code), desk.office.clock.now_us())


def test_what_is_half_said_is_asked_for_and_not_dropped(head: Browser) -> None:
    form = Form(head)
    form.answered()
    head.open(f"/cameras/new/view?draft={form.draft}")
    assert 'value="85" selected' in head.page
    assert form.to("view", bearing_deg="", compass="135", hfov_deg="") == "view"
    assert form.faults().keys() == {"hfov_deg"}
    assert form.to("view", compass="135", hfov_deg="60", range_m="30") == "owner"
    assert form.to("owner", consent="yes", owner_name="Bà Tư") == "owner"
    assert form.faults().keys() == {"consent_date"}
    assert form.to("owner", consent_date="01/03/2024", owner_name="Bà Tư") == "owner"
    assert form.faults().keys() == {"consent"}
    assert form.to("owner", owner_phone="khong co", consent="yes", consent_date="01/03/2999") == "owner"
    assert form.faults().keys() == {"owner_phone", "consent_date"}
    assert "01/03/2999" in form.faults()["consent_date"]
    assert form.to("owner", then="view", owner_name="Ông Năm", consent="yes", consent_date="31/02/2024") == "view"
    assert form.to("check") == "check"
    assert form.faults().keys() == {"owner_phone", "consent_date"}  # kept on the way back, and said again
    words = said(head)
    assert "Ông Năm" in words
    assert "looks south-east (135°), 60° wide, 30 m far" in words
    assert "no photo yet" in words
    assert ", A " in words


def test_a_place_is_read_at_its_field_and_asked_about_when_it_is_far(desk: Desk, head: Browser) -> None:
    form = Form(head)
    form.to("where", name="Hẻm 9", unit="A")
    for wrong in ("ở nhà tôi", "91, 200"):
        assert form.to("pin", position=wrong) == "pin"
        assert form.faults().keys() == {"position"}
        assert f'value="{wrong}"' in head.page
    form.to("pin", position="106.69, 10.77")
    assert "wrong way round" in form.faults()["position"]
    form.to("pin", lat="106.69", lon="10.77")
    assert "wrong way round" in form.faults()["lat"]
    assert form.to("pin", lat="", lon="") == "pin"
    assert "press “Use my location”" in form.faults()["pin"]
    assert form.faults().keys() == {"pin"}
    assert form.to("pin", lat="10.77", lon="") == "pin"
    assert form.faults().keys() == {"lon"}
    for place, km in (("0, 0", "11"), ("21.0285, 105.8542", "1")):  # nobody knows the outline: from the other cameras
        assert form.to("pin", position=place) == "pin"
        assert re.search(rf"{km}\d+ km from A", form.faults()["far_ok"])
    assert form.to("pin", lat="10.7702", lon="106.6902", far_ok="21.0285, 105.8542") == "view"
    with unit_of_work(desk.office.engine) as session:
        unit = get_unit(session, "A", desk.office.clock.now_us())
        unit.boundary = OUTLINE
        session.add(unit)
    assert form.to("pin", lat="10.7700", lon="106.7005") == "view"  # over the street
    assert form.to("pin", lat="10.7700", lon="106.7300") == "pin"
    assert "3.3 km from A" in form.faults()["far_ok"]
    assert form.to("pin", lat="10.7700", lon="106.7300", far_ok="10.7700, 106.7300") == "view"
    assert form.to("pin", lat="10.7700", lon="106.7400", far_ok="10.7700, 106.7300") == "pin"


def test_an_address_of_a_connection_is_no_name_and_is_not_kept(desk: Desk, head: Browser) -> None:
    form = Form(head)
    assert form.to("where", name=SECRET, unit="A") == "where"
    assert form.faults().keys() == {"name"}
    assert "matkhau" not in head.page
    assert 'value="Nhà 7"' in head.page
    assert form.to("where", name=SECRET, unit="A", then="pin") == "where"  # nor is it cut without a word
    with unit_of_work(desk.office.engine, writes=False) as session:
        assert "matkhau" not in "".join(session.execute(sa.select(col(CameraDraft.fields))).scalars())
    head.open("/cameras/A1/edit").send("/cameras/A1/edit", name=SECRET, unit="A")
    assert form.faults().keys() == {"name"}
    assert "matkhau" not in head.page
    table = f"code,name,unit,lat,lon,source\nA9,{SECRET},A,10.77,106.69,clips\n".encode()
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", table), keep="yes")
    assert head.status == 422
    assert "matkhau" not in head.page


def test_each_photo_is_taken_or_refused_by_itself(desk: Desk, head: Browser) -> None:
    form = Form(head)
    form.answered()
    files = {
        "camera": ("a.jpg", b"no photo"),
        "view": ("b.jpg", photo()),
        "sign": ("c.jpg", photo() + bytes(12 * 2**20)),
    }
    assert form.to("photos", files=files, sign_checked_date="02/03/2024", retention_days="9999") == "photos"
    assert form.faults().keys() == {"camera", "sign", "retention_days"}
    assert "13 MB, at most 12" in form.faults()["sign"]
    assert "capture" not in head.page
    assert 'value="02/03/2024"' in head.page
    assert "/photo/view" in head.page
    assert form.to("photos", files={"camera": ("a.jpg", b"no photo")}, then="owner") == "photos"
    form.to("photos", files={"sign": ("c.jpg", photo())}, sign_checked_date="02/03/2024", retention_days="")
    assert "2 photos; sign seen on 02/03/2024" in said(head)


def test_after_registering_what_was_begun_leads_to_the_camera(desk: Desk, head: Browser) -> None:
    form = Form(head)
    form.answered()
    form.to("owner", owner_name="Bà Tư")
    form.to("photos", sign_checked_date="02/03/2024")
    form.to("check", planned="yes")
    assert head.place == "/cameras/A-01?done=registered"
    words = said(head)
    assert "Before it can be active it still lacks: Day on which the owner agreed" in words
    assert "looks north-east (45°), 85° wide, 30 m far" in words
    for again in ("check", "pin", "ask"):
        head.open(f"/cameras/new/{again}?draft={form.draft}")
        assert head.place == "/cameras/A-01?done=registered"
    head.open("/cameras/new")
    assert form.draft not in head.page
    first, second = Form(head).draft, Form(head).draft
    assert first == second  # nothing was said in it
    form = Form(head)
    form.to("where", name="Chợ cũ", unit="A")
    head.open("/cameras/new")
    (asked,) = re.findall(r"<details>(.*?)</details>", head.page, re.DOTALL)
    assert head.page.count('name="drop"') == asked.count('name="drop"') == 1  # the first tap only asks
    head.send("/cameras/new", drop=form.draft)
    assert "Chợ cũ" not in head.page
    assert head.open(f"/cameras/new/pin?draft={form.draft}").status == 404


def test_the_wish_to_make_a_camera_active_is_not_lost(desk: Desk, head: Browser) -> None:
    form = Form(head)
    form.answered()
    form.to("check", planned="yes")
    head.send("/cameras/A-01/status", status="active")
    assert form.faults().keys() == {"consent_date", "sign_checked_date"}
    assert 'value="active" selected' in head.page
    signed = {"sign": ("a.jpg", photo())}
    head.send(
        "/cameras/A-01/edit",
        files=signed,
        name="Hẻm 9",
        status="active",
        consent_date="01/03/2024",
        sign_checked_date="01/03/2024",
    )
    assert head.place == "/cameras/A-01?done=saved"
    assert camera_of(desk, "A-01").status == "active"
    assert "changed (planned → active) (Day on which the owner agreed, Day on which the sign was seen)" in said(head)
    with unit_of_work(desk.office.engine, writes=False) as session:
        assert list(photos_of(session, camera_of(desk, "A-01").id)) == ["sign"]
    head.open("/cameras/A-01/edit").send("/cameras/A-01/edit", name="", bearing_deg="90", hfov_deg="")
    assert form.faults().keys() == {"name", "hfov_deg"}
    head.open("/cameras/A-01/edit").send("/cameras/A-01/edit", lat="0", lon="0")
    assert form.faults().keys() == {"far_ok"}
    head.open("/cameras/A-01/edit").send("/cameras/A-01/edit", name="Hẻm 9", status="retired")
    assert "active → retired" in said(head)


def test_a_camera_without_footage_does_not_say_that_it_has_no_picture(desk: Desk, head: Browser) -> None:
    head.open("/cameras/A1/edit").send("/cameras/A1/edit", files={"view": ("a.jpg", photo())}, name="Ngõ 1")
    head.cookies[LANGUAGE] = "vi"
    for page in ("/cameras", "/cameras/A1"):
        words = said(head.open(page))
        assert "/cameras/A1/photo/view" in head.page
        assert ("Chưa có đoạn ghi hình nào" in words, "Chưa có hình" in words) == (True, False)


def test_cameras_are_found_by_their_state(desk: Desk, head: Browser) -> None:
    head.open("/cameras/A1").send("/cameras/A1/status", status="broken")
    assert "broken since" in said(head)
    for asked in ("state=broken", "state=attention", "q=Broken"):
        head.open(f"/cameras?{asked}")
        assert re.findall(r'href="/cameras/(A\d)"', head.page) == ["A1"]
    assert "A2" in re.findall(r'href="/cameras/(A\d)"', head.open("/cameras?q=A2&state=active").page)
    assert head.open("/cameras?state=nonsense").status == 200
