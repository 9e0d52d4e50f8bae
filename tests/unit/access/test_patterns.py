"""Each pattern shows at its threshold and not below it."""

import dataclasses
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from access.patterns import Finding, Pattern, Point, Told, distance_m, find, on_duty
from camera_registry.rule_book import Rules

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3_600_000_000, 86_400_000_000
NOW = 1_772_892_000_000_000  # 21:00 there
HERE: Point = (10.77, 106.69)
NEAR: Point = (10.7708, 106.69)  # 89 m north of it
FAR: Point = (10.7715, 106.69)  # 167 m
PLAIN = Told(
    id="1",
    bundle_id="b",
    person="lan",
    approver=None,
    case_number="VA-1",
    place=None,
    start_us=NOW - 2 * HOUR,
    end_us=NOW - HOUR,
    submitted_us=NOW - HOUR,
    rules=Rules(),
    granted=False,
    over_us=None,
    uses=0,
    outcome=None,
    review_by_us=None,
    reviewed_us=None,
    justified=None,
)


def told(number: int, **changes: Any) -> Told:
    return dataclasses.replace(PLAIN, id=str(number), **changes)


def found(*rows: Told, homes: dict[str, Point] | None = None) -> list[Finding]:
    return find(rows, (homes or {}).get, NOW, ZONE)


def shown(*rows: Told, homes: dict[str, Point] | None = None) -> set[Pattern]:
    return {one.pattern for one in found(*rows, homes=homes)}


def test_an_ordinary_request_shows_nothing() -> None:
    assert found(told(1, place=HERE, granted=True, over_us=NOW + 1)) == []


def test_the_same_place_again_and_again() -> None:
    rows = [told(n, place=NEAR if n % 2 else HERE, case_number=f"VA-{n}") for n in range(3)]
    assert found(*rows) == [Finding(Pattern.SAME_PLACE, ("lan",), ("0", "1", "2"))]
    assert shown(*rows[:2]) == set()
    assert shown(*(dataclasses.replace(row, case_number="VA-1") for row in rows)) == set()
    assert shown(*rows[:2], told(9, place=FAR, case_number="VA-9")) == set()


def test_near_the_home_of_who_asks_or_approves() -> None:
    row = told(1, place=HERE, approver="minh")
    assert [one.who for one in found(row, homes={"lan": FAR, "minh": NEAR})] == [("lan",), ("minh",)]
    assert shown(row, homes={"lan": (10.7719, 106.69)}) == set()


def test_one_pair_approves_nearly_always() -> None:
    rows = [told(n, approver="minh") for n in range(9)]
    assert found(*rows, told(9, approver="hoa"))[0].who == ("lan", "minh")
    assert shown(*rows, told(9, approver="hoa"), told(10, approver="hoa")) == set()
    assert shown(*rows[:4]) == set()


def test_one_case_number_of_several_people() -> None:
    assert found(told(1), told(2, person="tu")) == [Finding(Pattern.CASE_REUSED, ("lan", "tu"), ("1", "2"))]
    assert shown(told(1), told(2)) == set()


@pytest.mark.parametrize(
    ("pattern", "there", "not_there"),
    [
        (Pattern.WIDE_WINDOW, {"start_us": NOW - 4 * HOUR}, {"start_us": NOW - 4 * HOUR + 1}),
        (
            Pattern.OFF_DUTY,
            {"rules": Rules(duty_hours="07:00-20:00")},
            {"rules": Rules(duty_hours="07:00-20:01")},
        ),
        (Pattern.NEVER_OPENED, {"granted": True, "over_us": NOW}, {"granted": True, "over_us": NOW, "uses": 1}),
        (
            Pattern.NO_OUTCOME,
            {"granted": True, "over_us": NOW - 7 * DAY, "uses": 1},
            {"granted": True, "over_us": NOW - 7 * DAY + 1, "uses": 1},
        ),
        (Pattern.NOT_REVIEWED, {"review_by_us": NOW - 1}, {"review_by_us": NOW}),
        (Pattern.NOT_JUSTIFIED, {"justified": False}, {"justified": True}),
    ],
)
def test_of_a_single_request(pattern: Pattern, there: dict[str, Any], not_there: dict[str, Any]) -> None:
    assert shown(told(1, **there)) == {pattern}
    assert shown(told(1, **not_there)) == set()


@pytest.mark.parametrize(
    ("hours", "duty"), [("19:00-07:00", True), ("07:00-19:00", False), ("00:00-00:00", True), ("21:00-22:00", True)]
)
def test_hours_of_duty_may_go_over_midnight(hours: str, duty: bool) -> None:
    assert on_duty(hours, NOW, ZONE) is duty


def test_distances_are_metres() -> None:
    assert distance_m(HERE, (HERE[0] + 1 / 60, HERE[1])) == pytest.approx(1853, rel=0.001)  # a minute of latitude
