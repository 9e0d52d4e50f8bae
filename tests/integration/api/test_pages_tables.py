"""Tables by forms: heads bring in cameras of their own units, administrators units; and units become others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from camera_registry.cameras import get_camera, unit_of
from camera_registry.secrets import Vault
from camera_registry.units import UnitUnknown, get_unit
from foundation.clock import ManualClock
from foundation.database import unit_of_work
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
NEW = b"code,name,kind,parent\nD,Khu D,khu,W\nE,Khu E,khu,D\n"
WRONG = b"code,name,kind,parent\nD,Khu D,khu,W\nE,Khu E,khu,Z\n"


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        yield found


@pytest.fixture
def root(desk: Desk) -> Browser:
    return desk.of("root", Role.ADMINISTRATOR)


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
        ("3", "Neighbourhood unit"),
        ("4", "Neighbourhood unit"),
    ]
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", OWN))
    assert "2 cameras, and nothing is wrong" in said(head)
    assert "A8" not in head.open("/cameras?q=A8").page.split("<main")[1].replace('value="A8"', "")
    head.open("/cameras/import").send("/cameras/import", file=("c.csv", OWN), keep="yes")
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
    root.open("/admin/units").send("/admin/units/succeed", how="merger", code="A", name="x", unit=["B"])
    assert root.status == 409
    assert _there(desk, "B", 2 * DAY)


def test_only_who_registers_everywhere_changes_units(desk: Desk) -> None:
    head = desk.of("ba", Role.HEAD, "A")
    token = head.open("/account").hidden("form_token")
    head.send("/admin/units/succeed", token=token, how="merger", code="AB", name="x", unit=["A", "B"])
    assert head.status == 403
    assert not _there(desk, "AB", 2 * DAY)
