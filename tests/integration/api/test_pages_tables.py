"""Tables by forms: heads bring in cameras of their own units, administrators units; and units become others."""

import base64
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.cookies import LANGUAGE, SESSION
from camera_registry.cameras import get_camera, unit_of
from camera_registry.secrets import Vault
from camera_registry.units import UnitUnknown, get_unit, import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from ingest.index.tables import RecorderCamera
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, rows, said
from tests.support.people import Folk
from tests.support.ward_office import Office

DAY = 86_400_000_000
HEAD = "code,name,unit,lat,lon,source"
OWN = f"{HEAD}\nA8,Ngõ 8,A,10.77,106.69,clips\nA9,Ngõ 9,A,10.77,106.69,clips\n".encode()
OTHERS = (
    f"{HEAD}\nA8,Ngõ 8,A,10.77,106.69,clips\nB9,Ngõ 9,B,10.77,106.69,clips\nN9,Ngõ 9,,10.77,106.69,clips\n".encode()
)
NAMED = "code,name,kind,parent\nK5,Khu phố 5,khu,W\n"
NEW = b"code,name,kind,parent\nD,Khu D,khu,W\nE,Khu E,khu,D\n"
WRONG = b"code,name,kind,parent\nD,Khu D,khu,W\nE,Khu E,khu,Z\n"


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        yield found


@pytest.fixture
def root(desk: Desk) -> Browser:
    return desk.of("root", Role.ADMINISTRATOR)


def test_a_table_may_name_its_units_and_every_problem_is_told_at_once(desk: Desk) -> None:
    with unit_of_work(desk.office.engine) as session:
        import_units(session, desk.office.clock, COMMAND_LINE, "u.csv", NAMED.encode())
    head = desk.of("ba", Role.HEAD, "K5")
    template = desk.client.get("/cameras/import/table.csv", headers={"Cookie": f"{SESSION}={head.cookies[SESSION]}"})
    head.open("/cameras/import").send("/cameras/import", file=("mau.csv", template.content))
    assert "1 camera, and nothing is wrong with it" in said(head)
    table = f"{HEAD},màu\nK8,Ngõ 8,khu pho 5,10.77,106.69,clips,đỏ\nK9,,Khu phố 6,10.77,x,clips,đỏ\n"
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", table.encode()))
    found = {(row[0], row[1]): row[2] for row in rows(head)[1:]}
    assert found.keys() == {
        ("1", "màu"),
        ("3", "Address of the camera (Tên camera, name)"),
        ("3", "Longitude (Kinh độ, lon)"),
        ("3", "Neighbourhood (Khu phố, unit)"),
    }
    assert found["3", "Neighbourhood (Khu phố, unit)"] == "“Khu phố 6” is not a unit of the registry; yours are: K5"
    good = table.replace(",màu", "").replace(",đỏ", "").splitlines()[:2]
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", "\n".join(good).encode()), keep="yes")
    with unit_of_work(desk.office.engine, writes=False) as session:
        k8 = get_camera(session, "K8").id
        assert k8 is not None
        assert unit_of(session, k8, desk.office.clock.now_us()) == desk.office.unit("K5")


MINIMAL = "Mã camera,Tên camera,Vĩ độ,Kinh độ\nA8,Ngõ 8,10.77,106.69\n"


def test_the_help_says_what_the_rules_ask_for_and_the_only_unit_is_taken(desk: Desk) -> None:
    head = desk.of("ba", Role.HEAD, "A")
    words = said(head.open("/cameras/import"))
    assert "needed: Code, Address of the camera, Latitude, Longitude." in words
    assert "For an active camera" not in words
    head.send("/cameras/import", file=("c.csv", MINIMAL.encode()))
    assert ["A8", "Ngõ 8", "A"] in [row[:3] for row in rows(head)]
    desk.office.rules("A", needs_consent=True, needs_sign=True)
    words = said(head.open("/cameras/import"))
    assert "For an active camera Day on which the owner agreed, Day on which the sign was seen are needed" in words
    head.send("/cameras/import", file=("c.csv", MINIMAL.encode()))
    assert [row[1].split(" (")[0] for row in rows(head)[1:]] == [
        "Day on which the owner agreed",
        "Day on which the sign was seen",
    ]
    two = desk.of("hai", Role.HEAD, "W")
    assert "Longitude, Neighbourhood." in said(two.open("/cameras/import"))
    two.send("/cameras/import", file=("c.csv", MINIMAL.encode()))
    assert [row[1].split(" (")[0] for row in rows(two)[1:]] == ["Neighbourhood"]  # which of theirs nobody can know


def test_what_is_wrong_with_a_table_is_said_in_the_words_of_the_page(desk: Desk) -> None:
    head = desk.of("ba", Role.HEAD, "A")
    head.cookies[LANGUAGE] = "vi"
    with unit_of_work(desk.office.engine) as session:
        import_units(session, desk.office.clock, COMMAND_LINE, "u.csv", NAMED.encode())
    table = MINIMAL.replace("\n", ",Khu phố,Hướng nhìn,Trạng thái\n", 1).replace("69\n", "69,Khu phố 5,xiên,chạy\n")
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", table.encode()))
    found = {row[1]: row[2] for row in rows(head)[1:]}
    assert found.keys() == {"Khu phố (unit)", "Hướng nhìn (bearing_deg)", "Trạng thái (status)"}
    assert "không đăng ký camera" in found["Khu phố (unit)"]
    assert "Đông Bắc" in found["Hướng nhìn (bearing_deg)"]
    assert "dự kiến, đang hoạt động" in found["Trạng thái (status)"]
    assert "planned" not in found["Trạng thái (status)"]
    for name, data in (("c.jpg", b"\xff\xd8\xff\xe0 photo"), ("c.csv", "Kính gửi ông bà".encode())):
        head.open("/cameras/import").send("/cameras/import", file=(name, data))
        assert (head.status, rows(head), "c." in said(head)) == (422, [], True)


def _there(desk: Desk, code: str, later_us: int = 0) -> bool:
    with unit_of_work(desk.office.engine, writes=False) as session:
        try:
            get_unit(session, code, desk.office.clock.now_us() + later_us)
        except UnitUnknown:
            return False
    return True


def test_a_head_brings_in_cameras_of_their_own_units_and_of_no_other(desk: Desk) -> None:
    head = desk.of("ba", Role.HEAD, "A")
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", OTHERS), keep="yes")
    assert head.status == 422
    assert [(row[0], row[1]) for row in rows(head)[-2:]] == [
        ("3", "Neighbourhood (Khu phố, unit)"),
        ("4", "Neighbourhood (Khu phố, unit)"),
    ]
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", OWN))
    assert "2 cameras, and nothing is wrong" in said(head)
    assert [row[:3] for row in rows(head)[1:]] == [["A8", "Ngõ 8", "A"], ["A9", "Ngõ 9", "A"]]
    assert "A8" not in head.open("/cameras?q=A8").page.split("<main")[1].replace('value="A8"', "")
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", OWN))
    bomb = base64.b64encode(zlib.compress(b"c.csv\n" + b"\0" * 40 * 2**20)).decode()
    other = desk.of("tam", Role.HEAD, "A").open("/cameras/import")
    for carried in ("AAAA", "-", bomb):
        other.send("/cameras/import", file=("", b""), keep="yes", carried=carried)
        assert (other.place, other.status) == ("/cameras/import", 200)
    secret = OWN.replace(b"clips", b"rtsp://u:geheim@10.0.0.1/a")
    other.send("/cameras/import", file=("c.csv", secret))
    assert ("Choose the file once more" in said(other), "geheim" in other.page, other.hidden("carried")) == (
        True,
        False,
        "",
    )
    head.send("/cameras/import", file=("", b""), keep="yes")  # what was looked at, chosen once
    assert head.place == "/cameras?done=imported"
    with unit_of_work(desk.office.engine, writes=False) as session:
        now = desk.office.clock.now_us()
        camera = get_camera(session, "A9")
        assert camera.id is not None
        assert unit_of(session, camera.id, now) == get_unit(session, "A", now).id


def test_units_are_looked_at_before_they_are_kept(desk: Desk, root: Browser) -> None:
    root.open("/admin/units").send("/admin/units/import", file=("u.csv", WRONG), keep="yes")
    assert (root.status, _there(desk, "D")) == (422, False)
    assert rows(root)[-1][:2] == ["3", "parent"]
    root.open("/admin/units").send("/admin/units/import", file=("u.csv", NEW))
    assert "2 units, and nothing is wrong" in said(root)
    assert not _there(desk, "D")
    root.send("/admin/units/import", file=("u.csv", NEW), keep="yes")
    assert (root.status, _there(desk, "D"), _there(desk, "E")) == (200, True, True)
    assert "Khu E" in said(root)


def test_units_become_another_from_a_day_on(desk: Desk, root: Browser) -> None:
    answer: dict[str, Any] = {"how": "merger", "code": "AB", "name": "Khu A và B"}
    root.open("/admin/units").send("/admin/units/succeed", **answer, unit=["A", "B"], day="01/01/2020")
    assert (root.status, "in the past" in said(root)) == (422, True)
    assert root.page.count('value="A" checked') + root.page.count('value="B" checked') == 2
    root.send("/admin/units/succeed", **answer, unit=["A", "B"])
    assert not _there(desk, "AB", DAY)  # it is read back first
    root.send("/admin/units/succeed", **answer, unit=["A", "B"], day=root.hidden("day"), act="confirmed")
    assert root.status == 200
    assert (_there(desk, "AB"), _there(desk, "A"), _there(desk, "AB", DAY), _there(desk, "A", DAY)) == (
        False,
        True,
        True,
        False,
    )
    assert "to come" in said(root)
    assert "Khu A và B" in said(root)
    with unit_of_work(desk.office.engine, writes=False) as session:
        later = desk.office.clock.now_us() + DAY
        camera = get_camera(session, "A1")
        assert camera.id is not None
        assert unit_of(session, camera.id, later) == get_unit(session, "AB", later).id
    assert "unit:succeed" in desk.office.folk.events()


def test_what_is_half_said_changes_nothing(desk: Desk, root: Browser) -> None:
    halves: tuple[dict[str, Any], ...] = (
        {"how": "merger", "code": "AB", "name": "x"},
        {"how": "renaming", "code": "AB", "name": "x", "unit": ["A", "B"]},
        {"how": "merger", "code": "", "name": "x", "unit": ["A", "B"]},
        {"how": "split", "code": "AB", "name": "x", "unit": ["A"]},
    )
    for fields in halves:
        root.open("/admin/units").send("/admin/units/succeed", **fields)
        assert root.status == 422, fields
        assert not _there(desk, "AB", 2 * DAY)
    root.open("/admin/units").send("/admin/units/succeed", how="renaming", code="A", name="x", unit=["B"])
    assert root.status == 409
    assert _there(desk, "B", 2 * DAY)


def test_only_who_registers_everywhere_changes_units(desk: Desk) -> None:
    head = desk.of("ba", Role.HEAD, "A")
    token = head.open("/account").hidden("form_token")
    head.send("/admin/units/succeed", token=token, how="merger", code="AB", name="x", unit=["A", "B"])
    assert head.status == 403
    assert not _there(desk, "AB", 2 * DAY)


def test_a_camera_outside_the_networks_says_so_and_what_to_do(desk: Desk) -> None:
    head = desk.of("ba", Role.HEAD, "A")
    table = f"{HEAD}\nA8,Ngõ 8,A,10.77,106.69,rtsp://203.0.113.7/live\n".encode()
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", table), keep="yes")
    with unit_of_work(desk.office.engine) as session:
        now, camera = desk.office.clock.now_us(), get_camera(session, "A8")
        assert camera.id is not None
        told: dict[str, Any] = {"state": "waiting", "reason": "outside_networks", "since_us": now, "updated_us": now}
        session.add(RecorderCamera(camera_id=camera.id, **told))
    words = said(head.open("/cameras/A8"))
    assert "outside the networks that this house allows" in words
    assert "ask whoever runs Mắt Phố here to allow its network" in words
    head.open("/cameras/A1")
    assert "networks" not in said(head)
