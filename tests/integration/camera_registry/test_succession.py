"""Units merge, split and are renamed on a day; cameras keep their ids, and the past answers as it did."""

from typing import Any, cast

import pytest
import shapely
import sqlalchemy as sa

from camera_registry.cameras import cameras_of_unit, list_cameras
from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for, rules_of_units, set_rules
from camera_registry.successions import (
    HasSuccessor,
    KindUnknown,
    LiesWithin,
    SuccessionFar,
    SuccessorUnusable,
    TooFewBefore,
)
from camera_registry.tables import Camera, CameraUnit
from camera_registry.units import (
    NothingToSucceed,
    Succession,
    UnitSpec,
    UnitTaken,
    UnitUnknown,
    boundary_of,
    get_unit,
    subtree,
    succeed,
    units_at,
)
from foundation.database import unit_of_work
from foundation.timebase import LATEST_US, TimeRange
from tests.support.registry import Registry

DAY = 86_400_000_000
CAMERAS = "code,unit,lat,lon\nC1,KP1,10.765,106.665\nC2,KP2,10.765,106.675\nC3,KP3,10.765,106.685\n"


def square(west: float) -> str:
    ring = [[west, 10.76], [west + 0.01, 10.76], [west + 0.01, 10.77], [west, 10.77], [west, 10.76]]
    return f'{{"type": "Polygon", "coordinates": [{ring}]}}'


@pytest.fixture
def ward(registry: Registry) -> Registry:
    """Three neighbourhoods side by side in a ward, a camera in each."""
    features = ['{"type": "Feature", "geometry": null, "properties": {"code": "P1", "name": "Phường", "kind": "ward"}}']
    for number in (1, 2, 3):
        fields = f'{{"code": "KP{number}", "name": "Khu phố {number}", "kind": "neighbourhood", "parent": "P1"}}'
        features.append(f'{{"type": "Feature", "properties": {fields}, "geometry": {square(106.65 + number / 100)}}}')
    registry.units(f'{{"type": "FeatureCollection", "features": [{",".join(features)}]}}', "u.geojson")
    registry.cameras(CAMERAS)
    return registry


def merge(ward: Registry, at_us: int, code: str = "KP1") -> None:
    with unit_of_work(ward.engine) as session:
        spec = UnitSpec(code, "Khu phố hợp nhất", "neighbourhood")
        succeed(session, ward.clock, ward.actor, ["KP1", "KP2", "KP3"], spec, at_us)


def codes(ward: Registry, unit: str, at_us: int) -> list[str]:
    return [item.code for item in ward.read(list_cameras, at_us=at_us, unit=unit).items]


def test_merging_three_units_keeps_ids_and_the_past(ward: Registry) -> None:
    now = ward.clock.now_us()
    day = now + DAY
    before = {camera.code: camera.id for camera in ward.read(lambda s: s.execute(sa.select(Camera)).scalars().all())}
    asked = TimeRange(now - DAY, now)
    old = ward.read(get_unit, "KP1", now)
    reported = ward.read(cameras_of_unit, [old.id], asked)

    merge(ward, day)

    after = {camera.code: camera.id for camera in ward.read(lambda s: s.execute(sa.select(Camera)).scalars().all())}
    assert after == before
    assert ward.read(cameras_of_unit, [old.id], asked) == reported
    assert [item.code for item in ward.read(units_at, day - 1)] == ["KP1", "KP2", "KP3", "P1"]
    assert [item.code for item in ward.read(units_at, day)] == ["KP1", "P1"]
    assert (codes(ward, "KP1", day - 1), codes(ward, "KP1", day)) == (["C1"], ["C1", "C2", "C3"])
    new = ward.read(get_unit, "KP1", day)
    assert new.id != old.id
    boundary = boundary_of(new)
    assert boundary is not None
    assert shapely.bounds(boundary).tolist() == pytest.approx([106.66, 10.76, 106.69, 10.77])
    ward_id = ward.read(get_unit, "P1", day).id
    assert [item.code for item in ward.read(subtree, ward_id, day)] == ["KP1", "P1"]


def test_each_camera_belongs_to_one_unit_at_any_time(ward: Registry) -> None:
    day = ward.clock.now_us() + DAY
    merge(ward, day)
    rows = ward.read(
        lambda s: s.execute(sa.select(CameraUnit).order_by(sa.text("camera_id, valid_from_us"))).scalars().all()
    )
    assert len(rows) == 6
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert (first.camera_id, first.valid_to_us) == (second.camera_id, second.valid_from_us)
        assert second.valid_to_us is None


def test_what_lay_in_a_unit_lies_in_its_successor(ward: Registry) -> None:
    day = ward.clock.now_us() + DAY
    with unit_of_work(ward.engine) as session:
        succeed(session, ward.clock, ward.actor, ["P1"], UnitSpec("P9", "Phường mới", "ward"), day, "renaming")
    inside = ward.read(subtree, ward.read(get_unit, "P9", day).id, day)
    assert [item.code for item in inside] == ["KP1", "KP2", "KP3", "P9"]
    assert codes(ward, "P9", day) == ["C1", "C2", "C3"]


def test_a_successor_may_not_take_a_code_that_stays_in_use(ward: Registry) -> None:
    day = ward.clock.now_us() + DAY
    with pytest.raises(UnitTaken), unit_of_work(ward.engine) as session:
        succeed(session, ward.clock, ward.actor, ["KP1", "KP2"], UnitSpec("KP3", "Ba", "neighbourhood"), day)
    assert [item.code for item in ward.read(units_at, day)] == ["KP1", "KP2", "KP3", "P1"]


def test_nobody_takes_over_from_nothing_or_from_the_unknown(ward: Registry) -> None:
    day, spec = ward.clock.now_us() + DAY, UnitSpec("KP9", "Chín", "neighbourhood")
    with pytest.raises(NothingToSucceed), unit_of_work(ward.engine) as session:
        succeed(session, ward.clock, ward.actor, [], spec, day)
    with pytest.raises(UnitUnknown), unit_of_work(ward.engine) as session:
        succeed(session, ward.clock, ward.actor, ["KP1", "KP8"], spec, day)
    assert ward.count("unit_succession") == 0


def test_what_contradicts_itself_or_what_is_to_come_is_refused(ward: Registry) -> None:
    day = ward.clock.now_us() + DAY
    kinds: tuple[Succession, ...] = ("merger", "renaming")
    for old, spec, at_us, way, why in (
        (["KP1"], ("KP9", "Chín", "neighbourhood"), day, 0, TooFewBefore),
        (["KP1", "KP1"], ("KP9", "Chín", "neighbourhood"), day, 0, TooFewBefore),
        (["KP1", "KP2"], ("KP9", "Chín", "neighbourhood"), day, 1, TooFewBefore),
        (["KP1", "KP2"], ("a/b?", "Chín", "neighbourhood"), day, 0, SuccessorUnusable),
        (["KP1", "KP2"], ("K" * 41, "Chín", "neighbourhood"), day, 0, SuccessorUnusable),
        (["KP1", "KP2"], ("KP9", " ", "neighbourhood"), day, 0, SuccessorUnusable),
        (["KP1", "KP2"], ("KP9", "C" * 201, "neighbourhood"), day, 0, SuccessorUnusable),
        (["KP1", "KP2"], ("KP9", "Chín", "abc"), day, 0, KindUnknown),
        (["KP1", "KP2"], ("KP9", "Chín", "neighbourhood"), LATEST_US, 0, SuccessionFar),
        (["P1", "KP2"], ("KP9", "Chín", "neighbourhood"), day, 0, LiesWithin),
        (["KP2", "P1"], ("KP9", "Chín", "neighbourhood"), day, 0, LiesWithin),
    ):
        with pytest.raises(why), unit_of_work(ward.engine) as session:
            succeed(session, ward.clock, ward.actor, old, UnitSpec(*spec), at_us, kinds[way])
    assert ward.count("unit_succession") == 0
    with unit_of_work(ward.engine) as session:
        succeed(
            session, ward.clock, ward.actor, ["KP1"], UnitSpec("KP9", "Chín", "neighbourhood"), day + DAY, "renaming"
        )
    for at_us in (ward.clock.now_us(), day, day + DAY):  # of which KP1 would become two
        with pytest.raises(HasSuccessor), unit_of_work(ward.engine) as session:
            succeed(session, ward.clock, ward.actor, ["KP1", "KP2"], UnitSpec("KPM", "M", "neighbourhood"), at_us)
    with unit_of_work(ward.engine) as session:  # what it became may go on
        merged = UnitSpec("KPM", "M", "neighbourhood")
        succeed(session, ward.clock, ward.actor, ["KP9", "KP2"], merged, day + 2 * DAY)
    assert codes(ward, "KPM", day + 2 * DAY) == ["C1", "C2"]


def test_it_is_in_the_record(ward: Registry) -> None:
    merge(ward, ward.clock.now_us() + DAY)
    told = ward.read(
        lambda s: s.execute(sa.text("SELECT detail FROM audit_event WHERE action = 'unit:succeed'")).scalars().all()
    )
    assert len(told) == 1
    assert "KP2" in str(told[0])


def decide(ward: Registry, unit: str | None, **changes: Any) -> None:
    with unit_of_work(ward.engine) as session:
        unit_id = None if unit is None else get_unit(session, unit, ward.clock.now_us()).id
        set_rules(session, ward.clock, ward.actor, unit_id, changes)
    ward.clock.advance(1)


def rules_at(ward: Registry, unit: str, at_us: int) -> Rules:
    unit_id = ward.read(get_unit, unit, at_us).id
    found = ward.read(rules_for, unit_id, at_us)
    assert ward.read(rules_of_units, [unit_id, None], at_us)[unit_id] == found
    return cast("Rules", found)


def test_what_units_decided_outlives_their_merger_the_strictest_of_it(ward: Registry) -> None:
    decide(ward, "P1", most_cameras=20, grant_hours=10, break_glass=False)
    decide(ward, "KP1", sound_allowed=False, most_retention_days=30, most_cameras=40, case_format="A-9", grant_hours=48)
    decide(ward, "KP2", needs_sign=True, most_retention_days=0, case_format="9-A", break_glass=True, case_reuse="free")
    decide(ward, "KP3", most_retention_days=7, case_reuse="once", most_cameras=30)
    day = ward.clock.now_us() + DAY
    merge(ward, day)
    assert rules_at(ward, "KP1", day - 1).most_retention_days == 30
    found = rules_at(ward, "KP1", day)
    assert (found.sound_allowed, found.needs_sign, found.most_retention_days) == (False, True, 7)
    assert (found.case_format, found.case_reuse) == ("9-A", "once")
    # Who of them said nothing had the rule of the ward, and that counts with the others.
    assert (found.most_cameras, found.grant_hours, found.break_glass) == (20, 10, False)


def test_rules_of_many_units_are_read_at_once(ward: Registry) -> None:
    for unit in ("P1", "KP1", "KP2", "KP3"):
        decide(ward, unit, most_cameras=2)
    merge(ward, ward.clock.now_us())
    now, asked = ward.clock.now_us(), list[str]()
    ids = [None, *(unit.id for unit in ward.read(units_at, now)), *(range(1, 5))]
    sa.event.listen(ward.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    for some in (ids[:1], ids):
        asked.clear()
        ward.read(rules_of_units, some, now)
        assert len([one for one in asked if one.startswith("SELECT")]) == 3


def test_what_the_successor_decides_goes_before_what_was(ward: Registry) -> None:
    decide(ward, "KP1", sound_allowed=False, most_cameras=2)
    merge(ward, ward.clock.now_us())
    ward.clock.advance(1)
    decide(ward, "KP1", most_cameras=9)
    found = rules_at(ward, "KP1", ward.clock.now_us())
    assert (found.sound_allowed, found.most_cameras) == (False, 9)
    decide(ward, "KP1", most_cameras=None)
    assert rules_at(ward, "KP1", ward.clock.now_us()).most_cameras == 2


def test_what_a_renamed_ward_decides_reaches_what_lies_in_it(ward: Registry) -> None:
    decide(ward, "P1", sound_allowed=False, most_cameras=2)
    now = ward.clock.now_us()
    with unit_of_work(ward.engine) as session:
        succeed(session, ward.clock, ward.actor, ["P1"], UnitSpec("P9", "Phường mới", "ward"), now, "renaming")
    ward.clock.advance(1)
    decide(ward, "P9", most_cameras=9)
    found = rules_at(ward, "KP1", ward.clock.now_us())
    assert (found.sound_allowed, found.most_cameras) == (False, 9)
    assert rules_at(ward, "KP1", now - 1).most_cameras == 2
