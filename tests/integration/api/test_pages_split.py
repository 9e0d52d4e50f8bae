"""One unit becomes two by forms: shared out by place, read back, and done whole or not at all."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
import sqlalchemy as sa

from camera_registry.cameras import get_camera, unit_of
from camera_registry.rules import rules_for
from camera_registry.secrets import Vault
from camera_registry.telephones import telephones_of
from camera_registry.units import UnitSpec, UnitUnknown, boundary_of, get_unit, succeed
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

DAY = 86_400_000_000
PLACE = "/admin/units/split"
MORE = (
    b"code,name,unit,lat,lon,source,status\nA3,A3,A,10.77,106.70,clips,active\n"
    b"A4,A4,A,10.77,106.71,clips,active\nA5,A5,A,10.77,106.695,clips,retired\n"
)
SQUARES = {"A": (106.68, 106.705), "A-2": (106.705, 106.72)}
TWO: dict[str, Any] = {"unit": "A", "code_0": "A", "name_0": "Khu A cũ", "code_1": "A-2", "name_1": "Khu A mới"}


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    office = Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    with desk_of(office, data_dir) as found:
        root = found.of("root", Role.ADMINISTRATOR)
        root.open("/cameras/import").send("/cameras/import", file=("c.csv", MORE), keep="yes")
        root.open("/units/A").send("/units/A", phone="0912345678", contact="Bà Tư")
        yield found


@pytest.fixture
def root(desk: Desk) -> Browser:
    return desk.of("boss", Role.ADMINISTRATOR)


def drawn() -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[west, 10.7], [east, 10.7], [east, 10.8], [west, 10.8], [west, 10.7]]],
            },
        }
        for code, (west, east) in SQUARES.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def chosen(browser: Browser) -> dict[str, Any]:
    """Return what the selects of the page say, as a browser would send it."""
    selects = re.findall(r'<select name="(to_\d+)".*?</select>', browser.page, re.DOTALL)
    bodies = re.findall(r'<select name="to_\d+".*?</select>', browser.page, re.DOTALL)
    return {name: re.findall(r'value="(\d)" selected', body)[0] for name, body in zip(selects, bodies, strict=True)}


def units(desk: Desk, later_us: int) -> dict[str, str]:
    """Return by code of a camera that of its unit."""
    found = {}
    with unit_of_work(desk.office.engine, writes=False) as session:
        at_us = desk.office.clock.now_us() + later_us
        for code in ("A1", "A2", "A3", "A4", "A5", "B1"):
            camera = get_camera(session, code)
            assert camera.id is not None
            unit = session.get(get_unit(session, "W", at_us).__class__, unit_of(session, camera.id, at_us))
            assert unit is not None
            found[code] = f"{unit.code} {unit.name}"
    return found


def there(desk: Desk, code: str, later_us: int) -> bool:
    with unit_of_work(desk.office.engine, writes=False) as session:
        try:
            get_unit(session, code, desk.office.clock.now_us() + later_us)
        except UnitUnknown:
            return False
    return True


def test_a_unit_is_split_by_where_its_cameras_stand(desk: Desk, root: Browser) -> None:
    assert f"{PLACE}?unit=A" in root.open("/admin/units").page
    root.open(f"{PLACE}?unit=A").send(PLACE, act="share", **TWO, near_0="A1", near_1="10.77, 106.71", phone_to="1")
    assert (root.status, "5 cameras" in said(root), sorted(chosen(root).values())) == (200, True, list("00011"))
    goes = chosen(root)
    retired = next(name for name in goes if re.search(rf'id="c{name[3:]}">A5', root.page))
    root.send(PLACE, act="look", **(goes | {retired: "1"}))
    told = said(root)
    assert "Khu A cũ (A) : 2 cameras: A1, A2; without a boundary" in told
    assert "Khu A mới (A-2) : 3 cameras: A3, A4, A5; without a boundary; keeps the telephone" in told
    assert "8 March 2026" in told or "8 March" in told
    assert "minh , supervisor" in told.lower()  # of A
    assert units(desk, DAY) == dict.fromkeys(("A1", "A2", "A3", "A4", "A5"), "A A") | {"B1": "B B"}
    root.send(PLACE, act="keep")
    assert (root.status, root.place) == (200, "/admin/units?done=units#changes")
    assert units(desk, 0) == dict.fromkeys(("A1", "A2", "A3", "A4", "A5"), "A A") | {"B1": "B B"}
    old, new = "A Khu A cũ", "A-2 Khu A mới"
    assert units(desk, DAY) == {"A1": old, "A2": old, "A3": new, "A4": new, "A5": new, "B1": "B B"}
    assert "split" in said(root)
    assert "a unit was split" in said(desk.of("vy", Role.AUDITOR).open("/log/registry"))


def test_rules_people_and_telephone_do_what_the_page_said(desk: Desk, root: Browser) -> None:
    desk.office.rules("A", most_minutes=7)
    head = desk.of("muoi", Role.HEAD, "A")
    root.open(f"{PLACE}?unit=A").send(PLACE, act="share", **TWO, day="hôm nay", phone_to="1")
    root.send(PLACE, act="look", **chosen(root))
    assert "most_minutes" in said(root)
    root.send(PLACE, act="keep")
    now = desk.office.clock.now_us()
    with unit_of_work(desk.office.engine, writes=False) as session:
        for code in ("A", "A-2"):
            unit_id = get_unit(session, code, now).id
            assert rules_for(session, unit_id, now).most_minutes == 7
        assert [one.contact for one in telephones_of(session, [unit_id], now)[unit_id]] == ["Bà Tư"]
        assert telephones_of(session, [get_unit(session, "A", now).id], now) == {get_unit(session, "A", now).id: []}
    assert (head.open("/units/A").status, head.open("/units/A-2").status, head.open("/units/B").status) == (
        200,
        200,
        404,
    )


def test_a_map_puts_cameras_to_where_they_stand_and_is_kept(desk: Desk, root: Browser) -> None:
    root.open(f"{PLACE}?unit=A").send(PLACE, act="share", **TWO, day="hôm nay")
    assert sorted(chosen(root).values()) == list("00011")  # evenly, from west to east
    root.open(f"{PLACE}?unit=A")
    bad = dict(TWO) | {"code_1": "A-9"}
    with_map(root, bad)
    assert (root.status, 'id="map-fault"' in root.page, 'value="A-9"' in root.page) == (422, True, True)
    with_map(root, TWO)
    assert sorted(chosen(root).values()) == list("00001")
    root.send(PLACE, act="look", **chosen(root))
    assert "without a boundary" not in said(root)
    root.send(PLACE, act="keep")
    with unit_of_work(desk.office.engine, writes=False) as session:
        boundary = boundary_of(get_unit(session, "A-2", desk.office.clock.now_us() + DAY))
    assert boundary is not None
    assert shapely.bounds(boundary).tolist() == [106.705, 10.7, 106.72, 10.8]


def with_map(browser: Browser, fields: dict[str, Any]) -> None:
    """Send the form of the first step with its file, as a browser does."""
    token = re.findall(r'name="form_token" value="([^"]+)"', browser.page)[-1]
    browser._ask(
        "POST",
        PLACE,
        data=fields | {"form_token": token, "act": "share"},
        headers={"Origin": str(browser.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"},
        files={"map": ("m.geojson", drawn())},
    )


WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "one part": ({"code_1": "", "name_1": ""}, 422, "two to 6 new units"),
    "twice the same": ({"code_1": "A"}, 422, "two to 6 new units"),
    "no name": ({"name_1": ""}, 422, "two to 6 new units"),
    "a bad code": ({"code_1": "a/b"}, 422, "two to 6 new units"),
    "the past": ({"day": "01/01/2020"}, 422, "in the past"),
    "no day": ({"day": "31/02/2026"}, 422, "31/02/2026"),
    "no place": ({"near_1": "đầu chợ"}, 422, "is not a position"),
    "not there": ({"unit": "Q"}, 404, "no unit"),
    "a whole ward": ({"unit": "W"}, 422, "Other units lie in"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_and_changes_nothing(desk: Desk, root: Browser, name: str) -> None:
    changes, status, words = WRONG[name]
    root.open(f"{PLACE}?unit=A")
    token = root.hidden("form_token")
    root.send(PLACE, token=token, act="keep", **(TWO | changes))
    assert (root.status, words in said(root)) == (status, True), said(root)
    assert not there(desk, "A-2", 2 * DAY)


def test_a_code_that_is_in_use_and_cameras_that_came_meanwhile_stop_all_of_it(desk: Desk, root: Browser) -> None:
    root.open(f"{PLACE}?unit=A").send(PLACE, act="share", **(TWO | {"code_1": "B"}))
    root.send(PLACE, act="look", **chosen(root))
    root.send(PLACE, act="keep")
    assert (root.status, "a unit “B” at that time already" in said(root)) == (409, True)
    root.open(f"{PLACE}?unit=A").send(PLACE, act="share", **TWO)
    root.send(PLACE, act="look", **chosen(root))
    look = root.page
    late = b"code,name,unit,lat,lon,source\nA6,A6,A,10.77,106.72,clips\n"
    root.open("/cameras/import").send("/cameras/import", file=("c.csv", late), keep="yes")
    root.page = look
    root.send(PLACE, act="keep")
    assert (root.status, "A6" in said(root), there(desk, "A-2", 2 * DAY)) == (409, True, False)
    root.send(PLACE, act="look", **chosen(root))
    root.send(PLACE, act="keep")
    assert (root.status, there(desk, "A-2", 2 * DAY)) == (200, True)


def test_what_ends_already_is_not_split(desk: Desk, root: Browser) -> None:
    with unit_of_work(desk.office.engine) as session:
        at_us = desk.office.clock.now_us() + 5 * DAY
        succeed(session, desk.office.clock, COMMAND_LINE, ["A", "B"], UnitSpec("AB", "AB", "khu"), at_us)
    root.open(f"{PLACE}?unit=A").send(PLACE, act="share", **TWO)
    assert (root.status, "ends on" in said(root)) == (409, True)


def test_only_who_registers_everywhere_splits(desk: Desk) -> None:
    head = desk.of("muoi", Role.HEAD, "A")
    assert head.open(f"{PLACE}?unit=A").status == 403
    token = head.open("/account").hidden("form_token")
    assert head.send(PLACE, token=token, act="keep", **TWO).status == 403
