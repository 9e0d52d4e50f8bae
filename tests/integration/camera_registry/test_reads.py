"""Listing: pages without loss, words without accents, areas and units."""

import random

import pytest

from camera_registry.cameras import CameraUnknown, get_camera, list_cameras
from foundation.errors import NotFound
from tests.support.registry import Registry

NAMES = ["Ngõ Láng", "Ngõ Lang", "Đường Láng Hạ", "Chợ Đầu Mối", "Cổng 100%", "Hẻm 45_2"]


@pytest.fixture
def ward(registry: Registry) -> Registry:
    """Two hundred cameras on a grid, in two units of one ward."""
    registry.units("code,name,kind,parent\nP1,Phường,ward,\nKP1,Một,neighbourhood,P1\nKP2,Hai,neighbourhood,P1\n")
    rows = [
        f"C{n:03},{NAMES[n % len(NAMES)]} {n},KP{n % 2 + 1},{10.76 + n // 20 / 1000},{106.66 + n % 20 / 1000}"
        for n in range(200)
    ]
    random.Random(4).shuffle(rows)
    registry.cameras("code,name,unit,lat,lon\n" + "\n".join(rows))
    return registry


def pages(ward: Registry, **asked: object) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = ward.read(list_cameras, at_us=ward.clock.now_us(), after=after, **asked)
        found += [item.code for item in page.items]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("limit", [1, 7, 199, 200, 201])
def test_pages_lose_nothing_and_repeat_nothing(ward: Registry, limit: int) -> None:
    assert pages(ward, limit=limit) == [f"C{n:03}" for n in range(200)]


@pytest.mark.parametrize("limit", [3, 50])
def test_pages_of_a_search_do_neither(ward: Registry, limit: int) -> None:
    found = pages(ward, q="lang", limit=limit)
    assert sorted(found) == [f"C{n:03}" for n in range(200) if n % 6 in {0, 1, 2}]
    assert len(found) == len(set(found))


def test_accents_that_are_typed_rank_first(ward: Registry) -> None:
    found = ward.read(list_cameras, at_us=ward.clock.now_us(), q="ngõ láng").items
    kinds = [item.name.rsplit(" ", 1)[0] for item in found]
    assert kinds == ["Ngõ Láng"] * kinds.count("Ngõ Láng") + ["Ngõ Lang"] * kinds.count("Ngõ Lang")
    assert set(kinds) == {"Ngõ Láng", "Ngõ Lang"}


@pytest.mark.parametrize(("words", "kind"), [("100%", 4), ("45_2", 5), ("dau moi", 3)])
def test_letters_that_a_database_would_read_as_patterns_are_letters(ward: Registry, words: str, kind: int) -> None:
    assert sorted(pages(ward, q=words)) == [f"C{n:03}" for n in range(200) if n % 6 == kind]


def test_a_unit_includes_the_units_within_it(ward: Registry) -> None:
    assert pages(ward, unit="KP2") == [f"C{n:03}" for n in range(1, 200, 2)]
    assert len(pages(ward, unit="P1")) == 200
    with pytest.raises(NotFound):
        pages(ward, unit="KP9")


def test_an_area_is_closed_on_all_sides(ward: Registry) -> None:
    found = pages(ward, bbox=(106.66, 10.76, 106.662, 10.761))
    assert found == ["C000", "C001", "C002", "C020", "C021", "C022"]


def test_a_cursor_that_is_nonsense_does_no_harm(ward: Registry) -> None:
    page = ward.read(list_cameras, at_us=ward.clock.now_us(), q="lang", after="'; DROP TABLE camera", limit=2)
    assert len(page.items) == 2


def test_an_unknown_code_is_named(ward: Registry) -> None:
    with pytest.raises(CameraUnknown) as unknown:
        ward.read(get_camera, "NONE")
    assert unknown.value.fields["name"] == "NONE"
