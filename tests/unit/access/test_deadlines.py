"""Until when requests of data subjects are due, written down by hand."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from access.deadlines import due, working_day_after
from access.subject_kinds import KIND_TEXT, SubjectKind, answer_days
from camera_registry.rule_book import Rules
from foundation.timebase import format_instant, parse_instant

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("day", "count", "found"),
    [
        ("2026-03-04", 1, "2026-03-05"),  # a Wednesday
        ("2026-03-04", 2, "2026-03-06"),
        ("2026-03-05", 2, "2026-03-09"),  # over the weekend
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-03-07", 1, "2026-03-09"),  # what comes on a Saturday is as if it came on the Friday
        ("2026-03-08", 2, "2026-03-10"),
        ("2026-03-08", 10, "2026-03-20"),
    ],
)
def test_working_days_are_monday_to_friday(day: str, count: int, found: str) -> None:
    assert working_day_after(date.fromisoformat(day), count, ()) == date.fromisoformat(found)


def test_holidays_are_no_working_days_and_one_on_a_weekend_costs_nothing() -> None:
    off = {date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 2)}  # a Thursday, a Friday, a Saturday
    assert working_day_after(date(2026, 4, 29), 1, off) == date(2026, 5, 4)
    assert working_day_after(date(2026, 4, 28), 2, off) == date(2026, 5, 4)
    assert working_day_after(date(2026, 4, 27), 2, off) == date(2026, 4, 29)
    assert working_day_after(date(2026, 4, 30), 1, off) == date(2026, 5, 4)


def test_deadlines_are_the_midnights_that_end_their_days_in_our_zone() -> None:
    late = parse_instant("2026-03-04T23:59:59+07:00")
    found = due(SubjectKind.ACCESS, late, Rules(), ZONE)
    assert format_instant(found.acknowledge_by_us, ZONE) == "2026-03-07T00:00:00+07:00"
    assert format_instant(found.answer_by_us, ZONE) == "2026-03-15T00:00:00+07:00"
    next_day = due(SubjectKind.ACCESS, late + 1_000_000, Rules(), ZONE)
    assert format_instant(next_day.answer_by_us, ZONE) == "2026-03-16T00:00:00+07:00"


@pytest.mark.parametrize(
    ("kinds", "days"),
    [
        ("access copy correction", 10),
        ("restriction objection withdrawal", 15),
        ("deletion", 20),
    ],
)
def test_days_of_each_kind_are_those_of_the_decree(kinds: str, days: int) -> None:
    assert {answer_days(SubjectKind(kind), Rules()) for kind in kinds.split()} == {days}


def test_every_kind_has_a_text_and_a_rule_of_its_own() -> None:
    assert set(KIND_TEXT) == set(SubjectKind)
    for kind in SubjectKind:
        assert answer_days(kind, Rules(**{f"answer_{kind}_days": 77})) == 77


def test_rules_decide() -> None:
    came = parse_instant("2026-03-04T10:00:00+07:00")
    rules = Rules(acknowledge_working_days=1, answer_deletion_days=3, holidays=("2026-03-05",))
    found = due(SubjectKind.DELETION, came, rules, ZONE)
    assert format_instant(found.acknowledge_by_us, ZONE) == "2026-03-07T00:00:00+07:00"
    assert format_instant(found.answer_by_us, ZONE) == "2026-03-08T00:00:00+07:00"
