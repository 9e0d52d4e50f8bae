"""The investigation by its pages: the nearest first and nothing silently left out, and words that find a place without accents."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from api.web.footage.investigate import NEAREST
from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.units import import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

BEYOND = 7
NAMES = ("Ngõ 12 Đường Láng", "Ngõ 12 Dương Lăng", "Cổng chợ Đống Đa", "Hẻm Đông Đà")
UNITS = {"DL1": "Dương Lãng", "DL2": "Đường Láng"}
WHEN = {"day": "07/03/2026", "begin": "07:00", "end": "08:00"}


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
