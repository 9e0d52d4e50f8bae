"""The investigation by its pages: the nearest first and nothing silently left out, words that find a place, and what is kept and asked for then."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import sqlalchemy as sa

from api.web.footage.investigate import NEAREST
from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.units import import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.timebase import datetime_from_us
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

BEYOND = 7
NAMES = ("Ngõ 12 Đường Láng", "Ngõ 12 Dương Lăng", "Cổng chợ Đống Đa", "Hẻm Đông Đà")
UNITS = {"DL1": "Dương Lãng", "DL2": "Đường Láng"}
WHEN = {"day": "07/03/2026", "begin": "07:00", "end": "08:00"}
HELD = {"day": "07/03/2026", "begin": "07:00:00", "end": "08:00:00", "end_day": ""}


def _drawn() -> str:
    features = []
    for place, (code, name) in enumerate(UNITS.items()):
        west, east = 106.5 + place / 100, 106.51 + place / 100
        ring = [[west, 10.5], [east, 10.5], [east, 10.51], [west, 10.51], [west, 10.5]]
        told = {"code": code, "name": name, "kind": "khu", "parent": "W"}
        features.append({"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    """A street with more cameras than a list shows at first, and four whose names differ by their accents only."""
    office = Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    lines = ["code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,source,status"]
    lines += [
        f"S{n:02},Nhà {n},A,{10.70 + n / 100_000:.5f},106.60,0,90,30,clips,active" for n in range(NEAREST + BEYOND)
    ]
    lines += [f"Z{n},{name},A,10.9{n},106.9,0,90,30,clips,active" for n, name in enumerate(NAMES)]
    with unit_of_work(engine) as session:
        import_units(session, clock, COMMAND_LINE, "more.geojson", _drawn().encode())
        import_cameras(session, clock, office.folk.vault, COMMAND_LINE, "street.csv", "\n".join(lines).encode())
    with desk_of(office, data_dir) as found:
        yield found


@pytest.fixture
def officer(desk: Desk) -> Browser:
    return desk.of("nam", Role.OFFICER)


def _listed(officer: Browser) -> list[str]:
    return re.findall(r'<tr data-camera="(\w+)"', officer.page)


def test_the_nearest_are_listed_and_the_others_are_counted_and_on_the_map(officer: Browser) -> None:
    asked = {"place": "10.70,106.60", "radius": "500", "blind": "1", **WHEN}
    officer.open(f"/investigate?{urlencode(asked)}")
    assert _listed(officer) == [f"S{n:02}" for n in range(NEAREST)]
    assert f"{BEYOND} more are farther away" in said(officer)
    block = re.search(r'id="map-data">(.*?)</script>', officer.page, re.DOTALL)
    assert block is not None
    told = {camera["code"]: camera["text"] for camera in json.loads(block[1])["cameras"]}
    assert len(told) == NEAREST + BEYOND
    assert [code for code, text in told.items() if "not in the list" in text] == sorted(told)[NEAREST:]
    more = re.search(r'href="(/investigate\?[^"]*rows=all)"', officer.page)
    assert more is not None
    officer.open(more[1].replace("&amp;", "&"))
    assert len(_listed(officer)) == NEAREST + BEYOND
    assert "farther away" not in said(officer)


TYPED = (
    ("duong lang", None, {"Z0", "Z1"}),
    ("Đường Láng", "Z0", {"Z0", "Z1"}),
    ("Dương Lăng", "Z1", {"Z0", "Z1"}),
    ("đuong", None, {"Z0", "Z1"}),
    (unicodedata.normalize("NFD", "Đường Láng"), "Z0", {"Z0", "Z1"}),
    ("DONG DA", None, {"Z2", "Z3"}),
    ("ĐỐNG ĐA", "Z2", {"Z2", "Z3"}),
)
"""What is typed, which camera is first when accents say so, and which are found."""


def test_words_find_a_place_with_and_without_accents(officer: Browser) -> None:
    for typed, first, found in TYPED:
        officer.open(f"/cameras?{urlencode({'q': typed})}")
        codes = list(dict.fromkeys(re.findall(r'href="/cameras/(Z\d)"', officer.page)))
        assert set(codes) == found, typed
        assert first in {None, codes[0]}, typed
        officer.open(f"/investigate?{urlencode({'place': typed, **WHEN})}")
        assert all(f"({code})" in said(officer) for code in found), typed
    officer.open(f"/investigate?{urlencode({'place': 'Đường Láng', **WHEN})}")
    assert said(officer).index("Đường Láng (DL2)") < said(officer).index("Dương Lãng (DL1)")


ADDRESSES = {
    "trước số 12 Đường Láng": True,
    "số 12, ngõ 12, Đường Láng": True,
    "12/45 Đường Láng": True,
    "Ngõ 12 Đường Láng (Z0)": True,
    "gần nhà ông Bảy, ngõ 12 Đường Láng": False,
    "z 0": False,
}
"""What is typed of the place where Z0 hangs, and whether all that matters of it is in its name."""


def test_addresses_find_a_place_and_what_has_only_most_of_the_words_says_so(officer: Browser) -> None:
    for typed, whole in ADDRESSES.items():
        officer.open(f"/investigate?{urlencode({'place': typed, **WHEN})}")
        if typed == "z 0":
            assert "No place is called that" in said(officer) or "(Z0)" in said(officer)
            continue
        assert "(Z0)" in said(officer), typed
        assert ("No place has all of these words" not in said(officer)) == whole, typed
        assert ("Or tap on the place" in said(officer)) != ("was taken as" in said(officer)), typed
    officer.open(f"/investigate?{urlencode({'place': 'dl2', **WHEN})}")
    assert "Đường Láng (DL2)" in said(officer)
    assert "Dương Lãng (DL1)" not in said(officer)
    officer.open(f"/investigate?{urlencode({'place': 'nhà', **WHEN})}")
    assert f"{NEAREST + BEYOND - 12} more places" in said(officer)


def test_what_can_only_be_one_place_is_gone_on_with_and_can_be_chosen_anew(officer: Browser) -> None:
    for typed, taken in {"z1": "Ngõ 12 Dương Lăng (Z1)", "Cổng chợ Đống Đa": "Cổng chợ Đống Đa (Z2)"}.items():
        officer.open(f"/investigate?{urlencode({'place': typed, **WHEN})}")
        assert f"“{typed}” was taken as {taken}." in said(officer)
        assert "1 camera" in said(officer)
        (link,) = re.findall(r'href="([^"]*choose=yes)"', officer.page)
        officer.open(link.replace("&amp;", "&"))
        assert "Which place do you mean?" in said(officer)
        assert "Or tap on the place" in said(officer)
    officer.open(
        f"/investigate?{urlencode({'place': 'Đường Láng', **WHEN})}"
    )  # two are called that, but for the accents
    assert "Which place do you mean?" in said(officer)


def test_words_of_which_only_syllables_are_known_say_so_first(officer: Browser) -> None:
    officer.open(f"/investigate?{urlencode({'place': 'Hồ Ông Biển Xanh', **WHEN})}")
    assert "No place here is called that" in said(officer)
    assert "These have most of them" not in said(officer)


def test_a_place_apart_from_all_says_how_far_the_nearest_camera_is(officer: Browser) -> None:
    officer.open(f"/investigate?{urlencode({'place': '21.03,105.85', **WHEN})}")
    assert "outside of all neighbourhoods and wards" in said(officer)
    assert "Make the circle wider" not in said(officer)
    (away, link) = re.findall(r"is ([\d,.]+ km) away.*?href=\"([^\"]*)\"", officer.page)[0]
    assert re.fullmatch(r"1\d\d\d km", away)
    officer.open(link.replace("&amp;", "&"))
    assert "1 camera" in said(officer)
    officer.open(f"/investigate?{urlencode({'place': '10.505,106.505', **WHEN})}")
    assert "outside of all" not in said(officer)
    assert "none is near" in said(officer)


@pytest.mark.parametrize("place", ["   ", "🙂🙂", "?!"])
def test_a_blank_place_asks_for_what_may_be_written(officer: Browser, place: str) -> None:
    officer.open(f"/investigate?{urlencode({'place': place, **WHEN})}")
    assert officer.status == 422
    assert "No place is written here. Write an address, a neighbourhood" in said(officer)
    assert set(re.findall(r'class="fault" id="([^"]+)"', officer.page)) == {"place-fault"}


def test_what_is_too_long_is_told_at_its_field_and_kept_as_far_as_it_goes(officer: Browser) -> None:
    officer.open(f"/investigate?{urlencode({'place': 'Đường Láng ' * 30, **WHEN, 'end': '8' * 60})}")
    assert officer.status == 422
    assert set(re.findall(r'class="fault" id="([^"]+)"', officer.page)) == {"place-fault", "end-fault"}
    assert "longer than 200 characters" in said(officer)
    assert "longer than 40 characters" in said(officer)
    assert 'value="Đường Láng Đường Láng' in officer.page
    assert 'value="07/03/2026"' in officer.page


def test_a_unit_means_all_of_it_until_another_place_is_typed(desk: Desk, officer: Browser) -> None:
    with unit_of_work(desk.service.engine) as session:
        corners = "code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,source,status\n" + "".join(
            f"C{n},Góc {n},DL1,{lat},{lon},0,90,30,clips,active\n"
            for n, (lat, lon) in enumerate([(10.501, 106.501), (10.509, 106.509), (10.5, 106.52)])
        )
        import_cameras(session, desk.office.clock, desk.office.folk.vault, COMMAND_LINE, "dl.csv", corners.encode())
    officer.open(f"/investigate?{urlencode({'place': 'Dương Lãng', 'choose': 'yes', **WHEN})}")
    (link,) = re.findall(r'href="(/investigate\?place=[^"]*of=[^"]*)">Dương Lãng \(DL1\)', officer.page)
    officer.open(link.replace("&amp;", "&"))
    assert "All of Dương Lãng is meant" in said(officer)
    assert "2 cameras" in said(officer)
    hidden = {name: officer.hidden(name) for name in ("of", "lat", "lon", "unit")}
    assert hidden["of"] == "Dương Lãng (DL1)"
    officer.open(f"/investigate?{urlencode({'place': 'Đường Láng', **hidden, **WHEN})}")  # typed over what was found
    assert "Which place do you mean?" in said(officer)
    assert "All of" not in said(officer)


def test_an_address_means_the_same_tomorrow(desk: Desk, officer: Browser) -> None:
    asked = {"place": "10.70,106.60", "day": "tối qua", "begin": "9 giờ", "end": "9 rưỡi"}
    now = desk.office.clock.now_us()
    yesterday = datetime_from_us(now - 86_400_000_000, desk.service.zone)
    for page in ("/investigate", "/investigate/next"):
        officer.open(f"{page}?{urlencode(asked)}")
        found = dict(parse_qsl(officer.place.partition("?")[2]))
        assert found["day"] == f"{yesterday:%d/%m/%Y}"
        assert (found["begin"], found["end"]) == ("21:00:00", "21:30:00")
    officer.open(f"/requests/new?{urlencode({**asked, 'camera': 'S00'})}")
    assert f"day={yesterday:%d}%2F" in officer.place
    officer.open(f"/investigate?{urlencode({**asked, 'day': '32/1', 'begin': '21:75', 'end': '12 giờ đêm'})}")
    assert officer.status == 422
    assert set(re.findall(r'class="fault" id="([^"]+)"', officer.page)) == {"day-fault", "begin-fault", "end-fault"}
    assert "Or tap on the place" in said(officer)


def _found(officer: Browser) -> Browser:
    return officer.open(f"/investigate?{urlencode({'place': '10.70,106.60', 'blind': '1', **WHEN})}")


def _form(officer: Browser) -> dict[str, Any]:
    names = ("back", "day", "begin", "end", "end_day", "lat", "lon", "place")
    return {name: officer.hidden(name) for name in names}


def test_what_was_not_ticked_is_not_kept_and_what_is_kept_already_is_not_kept_again(
    desk: Desk, officer: Browser
) -> None:
    form = _form(_found(officer))
    for act in ("/holds", "/requests/select"):
        officer.send(act, token=officer.hidden("form_token"), **form)
        assert (officer.status, officer.place.split("?")[0]) == (422, "/investigate")
        assert "You have not ticked any camera" in said(officer)
    for _ in range(2):
        _found(officer).send("/holds", camera=["S00", "S01"], why="10.70,106.60", **form)
        assert "The footage is kept" in said(officer)
        assert officer.page.count("/renew") == 0  # it lasts as long as it can, so there is no button yet
        assert len(set(re.findall(r"/holds/(\w+)/release", officer.page))) == 1
    hold = re.findall(r"/holds/(\w+)/release", officer.page)[0]
    assert f'href="/requests/new?hold={hold}"' in officer.page
    officer.open(f"/requests/new?hold={hold}")
    assert set(re.findall(r'name="camera" value="(\w+)"[^>]* checked', officer.page)) == {"S00", "S01"}
    assert all(f'name="{name}" type="text" value="{text}"' in officer.page for name, text in HELD.items())
    assert (
        desk.of("tuan", Role.OFFICER).open(f"/requests/new?hold={hold}").status == 404
    )  # somebody else's is told to nobody
    officer.open("/holds").send(f"/holds/{hold}/renew", token=officer.hidden("form_token"))
    assert (officer.status, "lasts until" in said(officer)) == (422, True)
    _found(officer).send("/holds", camera=["S00"], why="khác", **form)
    officer.send(f"/holds/{hold}/release")
    assert "Another hold still keeps some of the footage" in said(officer)
    _found(officer).send("/holds", camera=["S00", "S01"], why="10.70,106.60", **form)
    assert len(set(re.findall(r"/holds/(\w+)/release", officer.page))) == 2  # ended, and placed anew
    desk.office.clock.advance(2 * 86_400_000_000)
    officer = desk.of("nam")
    assert "/renew" in officer.open("/holds").page


def test_a_request_is_checked_at_its_fields_and_not_made_twice_unmeant(officer: Browser) -> None:
    form = _form(_found(officer)) | {"camera": "S00", "anyway": "yes", "why": "xe nào?"}
    token = officer.hidden("form_token")
    officer.send("/requests/new", token=token, **form, case_number="VA-1", glass="yes")
    assert "purpose-fault" in officer.page  # nothing was chosen beforehand
    assert re.search(r'name="anyway"[^>]* checked', officer.page)
    assert re.search(r"<details open>", officer.page)
    officer.send("/requests/new", token=token, **form, purpose="missing_person", case_number="?")
    assert "case_number-fault" in officer.page
    assert "VA-2026-0307" in said(officer)
    assert "9A*" not in said(officer)
    good = form | {"purpose": "missing_person", "case_number": "VA-2026-0307"}
    officer.send("/requests/new", token=token, **good, once="a")
    assert officer.place.endswith("done=submitted")
    first = officer.place.split("?")[0]
    officer.send("/requests/new", token=token, **good, once="a")
    assert officer.place.split("?")[0] == first  # the same form, sent again
    officer.send("/requests/new", token=token, **good, once="b")
    assert officer.status == 409
    assert f'href="{first}"' in officer.page
    officer.send("/requests/new", token=token, **good, once="b", twice="yes")
    assert officer.place.split("?")[0] not in {first, "/requests/new"}


def test_what_may_have_been_passed_is_on_a_map_and_can_be_kept(officer: Browser) -> None:
    officer.open(
        f"/investigate/next?{urlencode({'place': 'Nhà', 'of': 'Nhà', 'lat': '10.7', 'lon': '106.602', **WHEN})}"
    )
    assert 'value="Nhà"' in officer.page
    assert "Direction from the place" in said(officer)
    assert "None of these cameras recorded anything" in said(officer)
    folded = officer.page.partition("<details>")[2].partition("</details>")[0]
    count = folded.count("<tr data-camera=")
    assert f"{count} others, which recorded nothing then" in said(officer)
    assert count == officer.page.count("<tr data-camera=") > 5
    form = _form(officer)
    officer.send("/holds", **form)
    assert (officer.status, officer.place.split("?")[0]) == (422, "/investigate/next")
    officer.send("/holds", camera=["S00"], why="Nhà", **form)
    assert "The footage is kept" in said(officer)
