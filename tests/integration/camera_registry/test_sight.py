"""Who sees a place: every no has its reason, every yes its distance, and time counts."""

import json

import pytest
import shapely

from camera_registry.areas import area_of
from camera_registry.camera_import import import_cameras
from camera_registry.sight import Place, Sight, views_of, who_may_see, who_sees
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from tests.support.audited_ward import BEGIN, HOUR, ORIGIN, Eye, add_eye, add_unit, square
from tests.support.registry import Registry

SPAN = TimeRange(BEGIN, BEGIN + HOUR)


def at(x: float, y: float, radius: float = 0.0) -> Place:
    return Place(*ORIGIN.to_degrees(x, y), radius)


@pytest.fixture
def ward(registry: Registry) -> Registry:
    add_unit(registry.engine, "KP1", None)
    return registry


def seen(ward: Registry, place: Place, span: TimeRange = SPAN) -> dict[str, Sight]:
    return {sight.camera.code: sight for sight in ward.read(who_sees, place, span)}


def reasons(sight: Sight) -> list[str]:
    return [reason.code for reason in sight.reasons]


def test_each_no_says_why(ward: Registry) -> None:
    eyes = {
        "SEES": Eye(0, -30, bearing=0),
        "FAR": Eye(0, -70, bearing=0),
        "AWAY": Eye(0, -20, bearing=180),
        "BOTH": Eye(0, 80, bearing=0),
        "BLIND": Eye(10, 0, bearing=None),
        "LATER": Eye(0, -25, valid=(BEGIN + HOUR, None)),
        "GONE": Eye(0, -26, valid=(0, BEGIN)),
    }
    for code, eye in eyes.items():
        add_eye(ward.engine, code, eye)
    found = seen(ward, at(0, 0))
    assert {code: reasons(sight) for code, sight in found.items()} == {
        "SEES": ["in_view"],
        "FAR": ["out_of_range"],
        "AWAY": ["outside_angle"],
        "BOTH": ["out_of_range", "outside_angle"],
        "BLIND": ["unverified"],
        "LATER": ["not_yet"],
        "GONE": ["no_longer"],
    }
    assert [code for code, sight in found.items() if sight.sees] == ["SEES"]
    assert found["SEES"].reasons[0].fields == {"distance": 30, "angle": 0}
    assert found["FAR"].reasons[0].fields == {"distance": 70, "range": 50}
    assert found["LATER"].valid is None


def test_those_that_see_come_first_and_then_the_nearest(ward: Registry) -> None:
    for number, y in enumerate((-40, -10, -25)):
        add_eye(ward.engine, f"S{number}", Eye(0, y, bearing=0))
        add_eye(ward.engine, f"B{number}", Eye(0, y, bearing=180))
    assert list(seen(ward, at(0, 0))) == ["S1", "S2", "S0", "B1", "B2", "B0"]


def test_a_radius_reaches_into_a_view(ward: Registry) -> None:
    add_eye(ward.engine, "C1", Eye(0, -60, bearing=0))
    assert not seen(ward, at(0, 0))["C1"].sees
    touched = seen(ward, at(0, 0, 11))["C1"]
    assert (touched.sees, reasons(touched)) == (True, ["edge_in_view"])


def test_who_looks_at_the_place_itself_is_not_said_to_see_its_edge(ward: Registry) -> None:
    add_eye(ward.engine, "C1", Eye(0, -20, bearing=0))
    add_eye(ward.engine, "C2", Eye(0, -20, bearing=180))
    found = seen(ward, at(0, 0, 30))
    assert reasons(found["C1"]) == ["in_view"]
    assert reasons(found["C2"]) == ["edge_in_view"]  # it stands inside the area and looks away from its middle


def test_a_camera_that_was_turned_is_judged_by_each_of_its_views(ward: Registry) -> None:
    half = BEGIN + HOUR // 2
    add_eye(
        ward.engine,
        "C1",
        Eye(0, -30, bearing=0, valid=(0, half), later=(Eye(0, -30, bearing=180, valid=(half, None)),)),
    )
    both = [(sight.sees, sight.valid) for sight in ward.read(who_sees, at(0, 0), SPAN)]
    assert both == [(True, TimeRange(BEGIN, half)), (False, TimeRange(half, BEGIN + HOUR))]
    views = ward.read(views_of, [sight.camera.id for sight in ward.read(who_sees, at(0, 0), SPAN)], SPAN)
    assert [view.valid for view in views] == [TimeRange(BEGIN, half), TimeRange(half, BEGIN + HOUR)]


def test_a_change_of_the_registry_is_seen_at_once(ward: Registry) -> None:
    add_eye(ward.engine, "C1", Eye(0, -30, bearing=0))
    assert list(seen(ward, at(0, 0))) == ["C1"]
    add_eye(ward.engine, "C2", Eye(0, -20, bearing=0))
    assert list(seen(ward, at(0, 0))) == ["C2", "C1"]


def test_what_was_undone_is_not_remembered(ward: Registry) -> None:
    add_eye(ward.engine, "C1", Eye(0, -30, bearing=0))

    rows = "code,lat,lon,bearing_deg,hfov_deg\nC2,{:.7f},{:.7f},0,90\n".format(*ORIGIN.to_degrees(0, -20))

    def undone() -> None:
        with unit_of_work(ward.engine) as session:
            import_cameras(session, ward.clock, ward.vault, ward.actor, "c.csv", rows.encode())
            assert [sight.camera.code for sight in who_sees(session, at(0, 0), SPAN)] == ["C2", "C1"]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        undone()
    assert list(seen(ward, at(0, 0))) == ["C1"]


def test_nobody_is_named_who_is_far_away(ward: Registry) -> None:
    add_eye(ward.engine, "C1", Eye(0, -300, bearing=0))
    assert seen(ward, at(0, 0)) == {}


def test_who_may_see_an_area_stands_in_it_looks_into_it_or_may_do_so(ward: Registry) -> None:
    """The area is the square of 20 m to the north-east of the origin."""
    eyes = {
        "INSIDE_LOOKING_OUT": Eye(19, 19, bearing=45),
        "LOOKS_IN": Eye(10, -45, bearing=0),
        "AT_ITS_EDGE": Eye(60, 45, bearing=225, reach=50),
        "TOO_FAR": Eye(10, -55, bearing=0),
        "AWAY": Eye(10, -5, bearing=180),
        "UNKNOWN_NEAR": Eye(-40, 10, bearing=None),
        "UNKNOWN_FAR": Eye(-60, 10, bearing=None),
        "LATER": Eye(10, 10, valid=(BEGIN + HOUR, None)),
        "TURNED_IN": Eye(10, -5, bearing=180, valid=(0, BEGIN + 1), later=(Eye(10, -5, valid=(BEGIN + 1, None)),)),
    }
    ids = {add_eye(ward.engine, code, eye): code for code, eye in eyes.items()}
    area = area_of(json.loads(shapely.to_geojson(square(0, 0, 20))))
    found = ward.read(who_may_see, area, SPAN)
    assert {ids[camera] for camera in found} == {
        *("INSIDE_LOOKING_OUT", "LOOKS_IN", "AT_ITS_EDGE", "UNKNOWN_NEAR", "TURNED_IN")
    }
