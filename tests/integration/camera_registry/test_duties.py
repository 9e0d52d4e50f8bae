"""Consent, signs and ceilings: what the rules of a unit ask before a camera of it may be active."""

from datetime import UTC
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from camera_registry.camera_import import import_cameras
from camera_registry.cameras import add_camera, describe, edit_camera, get_camera
from camera_registry.duties import kept_days, rules_of_cameras
from camera_registry.revision import revision
from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for, rules_of_units, set_rules
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import RowsRefused
from tests.support.registry import Registry, refusals

DONE = {"consent_date": "2026-01-15", "sign_checked_date": "2026-01-20"}
HEAD = "code,unit,lat,lon,consent_date,sign_checked_date,retention_days,status\n"
BOTH = [(1, "consent_date"), (1, "sign_checked_date")]


@pytest.fixture
def ward(registry: Registry) -> Registry:
    """KP1 asks for both and keeps 30 days at most; KP2 asks for nothing."""
    registry.units("code,name,kind\nKP1,Một,khu\nKP2,Hai,khu\n")
    registry.cameras(HEAD + "OLD,KP1,10.7,106.6,,,90,active\nFREE,KP2,10.7,106.6,,,90,active\n")
    rules(registry, needs_consent=True, needs_sign="yes", most_retention_days="30")
    return registry


def rules(ward: Registry, unit: str = "KP1", **changes: Any) -> None:
    with unit_of_work(ward.engine) as session:
        set_rules(session, ward.clock, ward.actor, get_unit(session, unit, ward.clock.now_us()).id, changes)
    ward.clock.advance(1)


def add(ward: Registry, code: str = "NEW", **fields: Any) -> None:
    changes = {"unit": "KP1", "lat": 10.7, "lon": 106.6} | fields
    with unit_of_work(ward.engine) as session:
        add_camera(session, ward.clock, ward.vault, ward.actor, code, changes)


def edit(ward: Registry, code: str, **changes: Any) -> None:
    with unit_of_work(ward.engine) as session:
        found = get_camera(session, code).revision
        edit_camera(session, ward.clock, ward.vault, ward.actor, code, found, changes)
    ward.clock.advance(1)


def status(ward: Registry, code: str) -> str:
    return str(ward.read(get_camera, code).status)


def test_a_camera_without_consent_or_sign_is_not_registered_as_active(ward: Registry) -> None:
    assert refusals(lambda: add(ward)) == BOTH  # active is what a camera is when nobody says otherwise
    assert refusals(lambda: add(ward, status="active", consent_date="2026-01-15")) == [BOTH[1]]
    add(ward, "PLANNED", status="planned")
    add(ward, **DONE)
    told = ward.read(lambda session: describe(session, get_camera(session, "NEW"), ward.clock.now_us()))
    assert (told.status, told.sign_checked_date) == ("active", "2026-01-20")


EVENING = 4 * 3_600_000_000  # 14:00 to 18:00 UTC: the day after in Vietnam, where it is 01:00
IN_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def test_a_day_that_is_still_to_come_is_refused(ward: Registry) -> None:
    """Also where nothing is asked for: it is 2026-03-07 in the evening, whatever the time of day in London."""
    ahead = {"consent_date": "2026-03-08", "sign_checked_date": "08/03/2026"}
    assert refusals(lambda: add(ward, unit="KP2", status="planned", **ahead)) == BOTH
    assert refusals(lambda: edit(ward, "FREE", **ahead)) == BOTH
    table = HEAD + "A,KP2,10.7,106.6,2026-03-07,2026-03-08,,\nB,KP9,10.7,106.6,9999-12-31,,,planned\n"
    assert refusals(lambda: ward.cameras(table)) == [(2, "sign_checked_date"), (3, "consent_date"), (3, "unit")]
    edit(ward, "FREE", consent_date="2026-03-07", sign_checked_date="2026-03-07")


def test_a_day_begins_in_the_zone_of_the_service(ward: Registry) -> None:
    ward.clock.advance(EVENING)
    table = HEAD + "A,KP2,10.7,106.6,2026-03-08,2026-03-08,,\n"
    for zone, refused in ((UTC, True), (IN_VIETNAM, False)):
        with unit_of_work(ward.engine) as session:
            act = partial(
                import_cameras, session, ward.clock, ward.vault, ward.actor, "c.csv", table.encode(), zone=zone
            )
            if refused:
                assert refusals(act) == [(2, "consent_date"), (2, "sign_checked_date")]
            else:
                assert act().count == 1
    with unit_of_work(ward.engine) as session:
        changes = {"lat": 10.7, "lon": 106.6, "consent_date": "2026-03-08"}
        add_camera(session, ward.clock, ward.vault, ward.actor, "B", changes, IN_VIETNAM)
        session.flush()
        edit_camera(
            session, ward.clock, ward.vault, ward.actor, "B", 1, {"sign_checked_date": "2026-03-08"}, IN_VIETNAM
        )


def test_the_problem_tells_what_to_do(ward: Registry) -> None:
    with pytest.raises(RowsRefused) as refused:
        add(ward, consent_date="2026-01-15")
    assert "enter the day it was seen, or a status other than active" in str(refused.value.problems[0])


def test_a_camera_does_not_become_active_by_an_edit_either(ward: Registry) -> None:
    add(ward, status="planned")
    assert refusals(lambda: edit(ward, "NEW", status="active")) == BOTH
    assert refusals(lambda: edit(ward, "NEW", status=None)) == BOTH
    edit(ward, "NEW", consent_date="2026-01-15")
    assert refusals(lambda: edit(ward, "NEW", status="active")) == [BOTH[1]]
    assert status(ward, "NEW") == "planned"
    edit(ward, "NEW", status="active", sign_checked_date="20/01/2026")
    assert status(ward, "NEW") == "active"


def test_consent_that_is_withdrawn_ends_being_active(ward: Registry) -> None:
    add(ward, **DONE)
    assert refusals(lambda: edit(ward, "NEW", consent_date=None)) == [BOTH[0]]
    edit(ward, "NEW", consent_date=None, status="paused")
    assert refusals(lambda: edit(ward, "NEW", status="active")) == [BOTH[0]]


def test_a_camera_from_before_the_rules_stays_active_and_can_be_edited(ward: Registry) -> None:
    edit(ward, "OLD", name="Cổng chợ")
    assert status(ward, "OLD") == "active"
    edit(ward, "OLD", status="paused")
    assert refusals(lambda: edit(ward, "OLD", status="active")) == BOTH


def test_an_active_camera_moves_only_to_a_unit_whose_rules_it_meets(ward: Registry) -> None:
    assert refusals(lambda: edit(ward, "FREE", unit="KP1")) == BOTH
    edit(ward, "FREE", unit="KP1", **DONE)
    edit(ward, "OLD", unit="KP2")


def test_an_import_names_every_row_that_lacks_something(ward: Registry) -> None:
    table = HEAD + (
        "A,KP1,10.7,106.6,,,,active\nB,KP1,10.7,106.6,2026-01-15,,31,\nC,KP1,10.7,106.6,,,,planned\n"
        "D,KP2,10.7,106.6,,,90,active\nE,,10.7,106.6,,,90,active\nF,KP9,10.7,106.6,,,,active\n"
    )
    wanted = [(2, "consent_date"), (2, "sign_checked_date"), (3, "retention_days"), (3, "sign_checked_date")]
    assert refusals(lambda: ward.cameras(table)) == [*wanted, (7, "unit")]
    good = HEAD + "A,KP1,10.7,106.6,2026-01-15,2026-01-20,30,active\n"
    assert ward.cameras(good).count == 1


def test_days_above_the_ceiling_are_refused_with_the_ceiling_named(ward: Registry) -> None:
    with pytest.raises(RowsRefused) as refused:
        add(ward, **DONE, retention_days=31)
    assert "31 is above the 30 days" in str(refused.value.problems[0])
    add(ward, **DONE, retention_days=30)
    assert refusals(lambda: edit(ward, "NEW", retention_days=45)) == [(1, "retention_days")]
    edit(ward, "OLD", name="Cổng chợ")  # asks for 90 days from before the ceiling; it is not asked again


@pytest.mark.parametrize(
    ("asked", "ceiling", "kept"), [(None, 0, None), (90, 0, 90), (None, 30, 30), (90, 30, 30), (7, 30, 7)]
)
def test_footage_is_kept_for_the_lesser_of_both(asked: int | None, ceiling: int, kept: int | None) -> None:
    assert kept_days(asked, Rules(most_retention_days=ceiling)) == kept


def test_each_camera_has_the_rules_of_its_unit(ward: Registry) -> None:
    now = ward.clock.now_us()
    ids = {code: ward.read(get_camera, code).id for code in ("OLD", "FREE")}
    found = ward.read(rules_of_cameras, list(ids.values()), now)
    assert [found[ids[code]].most_retention_days for code in ("OLD", "FREE")] == [30, 0]
    unit_id = ward.read(get_unit, "KP1", now).id
    assert found[ids["OLD"]] == ward.read(rules_for, unit_id, now)


def test_rules_of_many_units_are_those_of_each(ward: Registry) -> None:
    ward.units("code,name,kind,parent\nW,Phường,ward,\nX,Mười,khu,W\nY,Mười một,khu,W\n", "more.csv")
    with unit_of_work(ward.engine) as session:
        set_rules(session, ward.clock, ward.actor, None, {"most_cameras": 9, "sound_allowed": False})
    for unit, days in (("W", 60), ("W", 50), ("X", 40)):
        rules(ward, unit, most_retention_days=days)
    rules(ward, "W", wide_minutes=7)
    now = ward.clock.now_us()
    ids = [None, *(ward.read(get_unit, code, now).id for code in ("W", "X", "Y", "KP1", "KP2"))]
    for at_us in (now, now - 3, now - 5, 0):
        assert ward.read(rules_of_units, ids, at_us) == {one: ward.read(rules_for, one, at_us) for one in ids}
    assert [found.most_retention_days for found in ward.read(rules_of_units, ids, now).values()].count(50) == 2


def test_a_change_of_rules_is_a_change_of_the_registry(ward: Registry) -> None:
    before = ward.read(revision)
    rules(ward, sound_allowed="no")
    assert ward.read(revision) == before + 1
