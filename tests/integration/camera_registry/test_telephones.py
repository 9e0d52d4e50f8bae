"""Whom to call about a unit: its own number or the nearest above it, and what becomes of it when units change."""

from typing import Literal

import pytest

from audit.newest import newest
from audit.wanted import Wanted
from camera_registry.telephones import ContactAlone, NotATelephone, set_telephone, telephones_of
from camera_registry.units import UnitSpec, get_unit, succeed
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from tests.support.registry import Registry, refusals

DAY = 86_400_000_000
UNITS = (
    "code,name,kind,parent,phone,contact\nP1,Phường,ward,,028 3812 3456,Trực ban\n"
    "KP1,Một,khu,P1,0912.345.678,Bà Tư\nKP2,Hai,khu,P1,,\nKP3,Ba,khu,P1,+84 912 345 678,Bà Tư\n"
)


@pytest.fixture
def ward(registry: Registry) -> Registry:
    registry.units(UNITS)
    return registry


def told(ward: Registry, code: str, later_us: int = 0, found_us: int = 0) -> list[tuple[str, str, str]]:
    """Return whom to call about the unit that bore `code`, by then."""
    now = ward.clock.now_us()
    unit_id = ward.read(get_unit, code, now + found_us).id
    calls = ward.read(telephones_of, [unit_id], now + later_us)[unit_id]
    return [(one.number, one.contact, one.unit_code) for one in calls]


def put(ward: Registry, code: str, number: str, contact: str = "") -> bool:
    with unit_of_work(ward.engine) as session:
        return set_telephone(
            session, ward.clock, ward.actor, get_unit(session, code, ward.clock.now_us()), number, contact
        )


def become(ward: Registry, before: list[str], code: str) -> None:
    with unit_of_work(ward.engine) as session:
        at_us = ward.clock.now_us() + DAY
        kind: Literal["merger", "renaming"] = "merger" if len(before) > 1 else "renaming"
        succeed(session, ward.clock, ward.actor, before, UnitSpec(code, "Mới", "khu"), at_us, kind)


def test_a_unit_without_a_number_is_asked_where_it_lies(ward: Registry) -> None:
    assert told(ward, "KP1") == [("0912345678", "Bà Tư", "KP1")]
    assert told(ward, "KP2") == [("02838123456", "Trực ban", "P1")]
    house = ward.read(telephones_of, [None], ward.clock.now_us())[None]
    assert [one.unit_code for one in house] == ["P1"]


def test_a_change_is_in_the_log_without_who_answers(ward: Registry) -> None:
    assert put(ward, "KP2", "0283 812 3457", "Ông Năm")
    assert not put(ward, "KP2", "+84 283 812 3457", "Ông Năm")
    assert told(ward, "KP2") == [("02838123457", "Ông Năm", "KP2")]
    assert put(ward, "KP2", "", "")
    assert told(ward, "KP2") == [("02838123456", "Trực ban", "P1")]
    wanted = Wanted(TimeRange(0, ward.clock.now_us() + 1), among=("unit:telephone",))
    events = ward.read(newest, wanted, before=None, limit=9)[0]
    assert [(one.detail["before"], one.detail["phone"]) for one in events] == [
        ("02838123457", None),
        (None, "02838123457"),
    ]
    assert "Năm" not in str([one.detail for one in events])


def test_nonsense_changes_nothing(ward: Registry) -> None:
    with pytest.raises(NotATelephone):
        put(ward, "KP1", "12345")
    with pytest.raises(ContactAlone):
        put(ward, "KP1", "", "Bà Tư")
    assert told(ward, "KP1") == [("0912345678", "Bà Tư", "KP1")]


def test_a_number_goes_along_only_where_all_before_have_it(ward: Registry) -> None:
    become(ward, ["KP1", "KP3"], "KP13")
    assert told(ward, "KP13", DAY, DAY) == [("0912345678", "Bà Tư", "KP13")]
    become(ward, ["KP2"], "KP4")
    assert told(ward, "KP4", DAY, DAY) == [("02838123456", "Trực ban", "P1")]
    assert told(ward, "KP1", DAY) == [("0912345678", "Bà Tư", "KP13")]


def test_two_that_differ_leave_none_rather_than_a_wrong_one(ward: Registry) -> None:
    become(ward, ["KP1", "KP2"], "KP12")
    assert told(ward, "KP12", DAY, DAY) == [("02838123456", "Trực ban", "P1")]


def test_a_file_names_the_row_of_a_number_that_is_none(registry: Registry) -> None:
    rows = UNITS.replace("0912.345.678", "0912").replace("KP2,Hai,khu,P1,,", "KP2,Hai,khu,P1,,Ông Năm")
    assert refusals(lambda: registry.units(rows)) == [(3, "phone"), (4, "phone")]
    assert registry.count("unit") == 0
