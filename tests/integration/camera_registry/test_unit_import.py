"""Units come in whole or not at all, and what is wrong is named by line and field."""

import json

import pytest
import shapely

from camera_registry.rowfile import FileUnreadable
from camera_registry.units import boundary_of, get_unit, subtree, units_at
from tests.support.registry import Registry, refusals

SQUARE = [[[106.66, 10.76], [106.67, 10.76], [106.67, 10.77], [106.66, 10.77], [106.66, 10.76]]]
BOW_TIE = [[[106.66, 10.76], [106.67, 10.77], [106.67, 10.76], [106.66, 10.77], [106.66, 10.76]]]


def collection(*features: tuple[dict[str, object], object]) -> str:
    told = [{"type": "Feature", "properties": fields, "geometry": shape} for fields, shape in features]
    return json.dumps({"type": "FeatureCollection", "features": told})


def unit(code: str, **more: object) -> dict[str, object]:
    return {"code": code, "name": f"Khu phố {code}", "kind": "neighbourhood", **more}


def test_geojson_with_parents_in_any_order(registry: Registry) -> None:
    area = {"type": "Polygon", "coordinates": SQUARE}
    assert registry.units(collection((unit("KP1", parent="P1"), area), (unit("P1"), None)), "u.geojson") == 2
    found = {item.code: item for item in registry.read(units_at, registry.clock.now_us())}
    assert found["KP1"].parent_id == found["P1"].id
    boundary = boundary_of(found["KP1"])
    assert boundary is not None
    assert shapely.bounds(boundary).tolist() == [106.66, 10.76, 106.67, 10.77]
    assert boundary_of(found["P1"]) is None
    inside = registry.read(subtree, found["P1"].id, registry.clock.now_us())
    assert [item.code for item in inside] == ["KP1", "P1"]


def test_csv_with_a_mark_and_semicolons(registry: Registry) -> None:
    text = "\ufeffcode;name;kind;parent;valid_from\nP1;Phường 1;ward;;2020-01-01T00:00:00+07:00\nKP1;Khu phố Đông;neighbourhood;P1;2020-01-01T00:00:00+07:00\n"
    assert registry.units(text) == 2
    found = registry.read(get_unit, "KP1", registry.clock.now_us())
    assert (found.name, found.folded_name) == ("Khu phố Đông", "khu pho dong")


def test_every_bad_field_is_named_and_nothing_is_kept(registry: Registry) -> None:
    text = (
        "code,name,kind,parent,valid_from,valid_to\n"
        "KP1,Khu phố 1,neighbourhood,,,\n"
        ",Không mã,neighbourhood,,,\n"
        "KP3,,neighbourhood,NONE,,\n"
        "KP4,Khu phố 4,neighbourhood,NONE,hôm qua,\n"
        "KP5,Khu phố 5,neighbourhood,,2026-01-02T00:00:00Z,2026-01-01T00:00:00Z\n"
        "KP1,Khu phố 1,neighbourhood,,,\n"
        "KP6,Khu phố 6,neighbourhood,NONE,,\n"
    )
    assert refusals(lambda: registry.units(text)) == [
        (3, "code"),
        (4, "name"),
        (5, "valid_from"),
        (6, "valid_to"),
        (7, "code"),
        (8, "parent"),
    ]
    assert registry.count("unit") == 0
    assert registry.count("audit_event") == 0


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [106.66, 10.76]},
        {"type": "Polygon", "coordinates": BOW_TIE},
        {"type": "Polygon", "coordinates": []},
        {
            "type": "Polygon",
            "coordinates": [[[600_000, 1_190_000], [600_100, 1_190_000], [600_100, 1_190_100], [600_000, 1_190_000]]],
        },
        {"type": "Polygon", "coordinates": "none"},
        {"type": "Polygon", "coordinates": [[[1, 2], [3]]]},
    ],
)
def test_a_boundary_that_is_none_is_refused(registry: Registry, geometry: object) -> None:
    assert refusals(lambda: registry.units(collection((unit("KP1"), geometry)), "u.json")) == [(1, "geometry")]


def test_units_that_lie_in_each_other_are_refused(registry: Registry) -> None:
    ring = collection((unit("A", parent="B"), None), (unit("B", parent="C"), None), (unit("C", parent="A"), None))
    assert [field for _, field in refusals(lambda: registry.units(ring, "u.json"))] == ["parent"]
    deep = collection(*((unit(f"D{n}", **({"parent": f"D{n + 1}"} if n < 80 else {})), None) for n in range(81)))
    assert {field for _, field in refusals(lambda: registry.units(deep, "u.json"))} == {"parent"}
    assert registry.count("unit") == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("u.geojson", b"{"),
        ("u.geojson", b'{"type": "Feature"}'),
        ("u.geojson", b'{"type": "FeatureCollection", "features": [1]}'),
        ("u.geojson", b"[" * 100_000),
        ("u.csv", b""),
        ("u.csv", b"code,name,kind\n\xff\xfe\xfa,a,b\n"),
        ("u.csv", b"code,name,kind\nA\0,a,b\n"),
    ],
)
def test_a_file_that_is_no_table_of_units_is_refused(registry: Registry, name: str, data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        registry.units(data, name)


def test_a_column_that_nobody_knows_is_named(registry: Registry) -> None:
    assert refusals(lambda: registry.units("code,name,kind,colour\nA,a,b,red\n")) == [(1, "colour")]


def test_a_code_may_come_back_but_never_mean_two_units_at_once(registry: Registry) -> None:
    head = "code,name,kind,valid_from,valid_to\n"
    assert registry.units(head + "KP1,Cũ,neighbourhood,2010-01-01T00:00:00Z,2020-01-01T00:00:00Z\n") == 1
    overlapping = head + "KP1,Mới,neighbourhood,2019-12-31T00:00:00Z,\n"
    assert refusals(lambda: registry.units(overlapping)) == [(2, "code")]
    assert registry.units(head + "KP1,Mới,neighbourhood,2020-01-01T00:00:00Z,\n") == 1
    assert registry.read(get_unit, "KP1", registry.clock.now_us()).name == "Mới"
    assert registry.read(get_unit, "KP1", 1_500_000_000_000_000).name == "Cũ"
