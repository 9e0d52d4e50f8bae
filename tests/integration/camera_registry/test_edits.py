"""Edits hold from now on; the past stays; whoever was slower is told."""

from typing import Any

import pytest

from camera_registry.cameras import CameraTaken, add_camera, describe, edit_camera, get_camera, list_cameras, owner_of
from camera_registry.units import UnitUnknown
from foundation.database import unit_of_work
from foundation.errors import Stale
from tests.support.registry import Registry, refusals

HOUR = 3_600_000_000


@pytest.fixture
def ward(registry: Registry) -> Registry:
    registry.units("code,name,kind\nKP1,Khu phố 1,neighbourhood\nKP2,Khu phố 2,neighbourhood\n")
    registry.cameras(
        "code,unit,lat,lon,bearing_deg,hfov_deg,owner_name,source\n"
        "C1,KP1,10.765,106.665,90,80,Bà Tư,rtsp://admin:hunter2@10.0.0.9/live\n"
    )
    return registry


def edit(ward: Registry, revision: int, **changes: object) -> None:
    with unit_of_work(ward.engine) as session:
        edit_camera(session, ward.clock, ward.vault, ward.actor, "C1", revision, changes)


def told(ward: Registry, at_us: int) -> Any:
    return ward.read(lambda session: describe(session, get_camera(session, "C1"), at_us))


def test_a_moved_camera_stood_where_it_stood(ward: Registry) -> None:
    before = ward.clock.now_us()
    ward.clock.advance(HOUR)
    edit(ward, 1, lat=10.8, bearing_deg=None, unit="KP2")
    now = ward.clock.now_us()
    old, new = told(ward, before), told(ward, now)
    assert (old.placement.lat, old.placement.bearing_deg, old.unit_code) == (10.765, 90.0, "KP1")
    assert (new.placement.lat, new.placement.bearing_deg, new.unit_code) == (10.8, None, "KP2")
    assert (new.placement.hfov_deg, new.verified) == (80.0, False)
    assert (old.placement.valid.end_us, new.placement.valid.start_us) == (now, now)
    assert [item.code for item in ward.read(list_cameras, at_us=before, unit="KP1").items] == ["C1"]
    assert ward.read(list_cameras, at_us=now, unit="KP1").items == []


def test_what_does_not_change_makes_no_row(ward: Registry) -> None:
    ward.clock.advance(HOUR)
    edit(ward, 1, lat=10.765, name="Đầu hẻm")
    assert ward.count("placement") == 1
    assert told(ward, ward.clock.now_us()).name == "Đầu hẻm"


def test_the_slower_of_two_is_told_and_changes_nothing(ward: Registry) -> None:
    edit(ward, 1, name="Một")
    with pytest.raises(Stale):
        edit(ward, 1, name="Hai", lat=11.0)
    found = told(ward, ward.clock.now_us())
    assert (found.name, found.revision, found.placement.lat) == ("Một", 2, 10.765)


def test_two_edits_at_one_instant_both_hold(ward: Registry) -> None:
    edit(ward, 1, lat=10.1)
    edit(ward, 2, lat=10.2)
    assert told(ward, ward.clock.now_us() + 5).placement.lat == 10.2
    assert ward.count("placement") == 3


def test_bad_values_are_named_and_nothing_changes(ward: Registry) -> None:
    assert refusals(lambda: edit(ward, 1, lat=None, hfov_deg=400)) == [(1, "hfov_deg"), (1, "lat")]
    with pytest.raises(UnitUnknown):
        edit(ward, 1, name="Khác", unit="KP9")
    assert told(ward, ward.clock.now_us()).revision == 1


def test_a_source_is_taken_away_and_given_back(ward: Registry) -> None:
    edit(ward, 1, source="clips")
    assert told(ward, ward.clock.now_us()).source == "clips"
    edit(ward, 2, source="rtsp://10.0.0.7/a")
    assert told(ward, ward.clock.now_us()).source == "rtsp"
    assert ward.count("stream") == 1


def test_owners_change_with_time(ward: Registry) -> None:
    before = ward.clock.now_us()
    ward.clock.advance(HOUR)
    edit(ward, 1, owner_name="Ông Năm")
    camera = ward.read(get_camera, "C1")
    assert ward.read(owner_of, camera.id, before).owner_name == "Bà Tư"
    assert ward.read(owner_of, camera.id, ward.clock.now_us()).owner_name == "Ông Năm"


def test_a_code_is_never_used_again(ward: Registry) -> None:
    with pytest.raises(CameraTaken), unit_of_work(ward.engine) as session:
        add_camera(session, ward.clock, ward.vault, ward.actor, "C1", {"lat": 10.7, "lon": 106.6})
    with unit_of_work(ward.engine) as session:
        add_camera(session, ward.clock, ward.vault, ward.actor, "C2", {"lat": 10.7, "lon": 106.6, "unit": "KP1"})
    assert ward.count("camera") == 2


def test_the_record_says_what_changed_but_not_whose_it_is(ward: Registry) -> None:
    edit(ward, 1, owner_name="Ông Năm", source="rtsp://root:topsecret@10.0.0.9/live", name="Mới")
    events = ward.read(lambda s: [str(row) for row in s.connection().exec_driver_sql("SELECT * FROM audit_event")])
    assert "owner_name" in events[-1]
    assert "Mới" in events[-1]
    for secret in ("Ông Năm", "topsecret", "root"):
        assert secret not in "".join(events)
