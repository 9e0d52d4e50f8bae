"""Instants as RFC 3339 writes them, and ranges that are half-open and never empty."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from foundation.timebase import (
    LATEST_US,
    InstantUnreadable,
    RangeEmpty,
    TimeRange,
    covered_us,
    format_instant,
    merge,
    parse_instant,
    rescale,
    subtract,
    us_from_datetime,
)

HANOI = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("text", "at_us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-07T21:05:00+07:00", 1_772_892_300_000_000),
        ("2026-03-07t14:05:00z", 1_772_892_300_000_000),
        ("2026-03-07 21:05:00.25+07:00", 1_772_892_300_250_000),
        ("2026-03-07T21:05:00.1234569+07:00", 1_772_892_300_123_456),
        ("2024-02-29T12:00:00-05:30", 1_709_227_800_000_000),
        (" 2100-12-31T23:59:59Z ", LATEST_US),
    ],
)
def test_it_is_read_to_the_microsecond(text: str, at_us: int) -> None:
    assert parse_instant(text) == at_us


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-07T21:05:00",
        "2026-03-07",
        "21:05:00+07:00",
        "2026-03-07T21:05+07:00",
        "2026-02-29T00:00:00Z",
        "2026-03-07T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2026-03-07T21:05:00+07",
        "2026-03-07T21:05:00+25:00",
        "2026-03-07T21:05:00.Z",
        "٢٠٢٦-03-07T21:05:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "2100-12-31T23:59:59-01:00",
        "9999-12-31T23:59:59-01:00",
        "07/03/2026 21:05",
        "",
    ],
)
def test_what_is_no_instant_is_refused_by_name(text: str) -> None:
    with pytest.raises(InstantUnreadable) as refused:
        parse_instant(text)
    assert refused.value.fields["value"] == text[:60]


@pytest.mark.parametrize(
    ("at_us", "text"),
    [
        (1_772_892_300_000_000, "2026-03-07T21:05:00+07:00"),
        (1_772_892_300_250_000, "2026-03-07T21:05:00.250+07:00"),
        (1_772_892_300_000_001, "2026-03-07T21:05:00.000001+07:00"),
    ],
)
def test_it_is_written_with_no_more_digits_than_it_has(at_us: int, text: str) -> None:
    assert format_instant(at_us, HANOI) == text
    assert format_instant(0) == "1970-01-01T00:00:00Z"


def test_a_moment_without_a_zone_is_nobodys() -> None:
    with pytest.raises(InstantUnreadable):
        us_from_datetime(datetime(2026, 3, 7))  # noqa: DTZ001 - which is the point
    assert us_from_datetime(datetime(1970, 1, 2, tzinfo=UTC)) == 86_400_000_000


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5)])
def test_a_range_is_never_empty(start: int, end: int) -> None:
    with pytest.raises(RangeEmpty):
        TimeRange(start, end)


def test_its_end_is_not_part_of_it() -> None:
    span = TimeRange(10, 20)
    assert [span.contains(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
    assert span.intersection(TimeRange(20, 30)) is None
    assert not span.overlaps(TimeRange(20, 30))
    assert span.intersection(TimeRange(15, 30)) == TimeRange(15, 20)


def test_ranges_that_touch_become_one() -> None:
    parts = [TimeRange(8, 9), TimeRange(0, 3), TimeRange(3, 5), TimeRange(1, 2)]
    assert merge(parts) == [TimeRange(0, 5), TimeRange(8, 9)]
    assert subtract(TimeRange(2, 12), parts) == [TimeRange(5, 8), TimeRange(9, 12)]
    assert covered_us(TimeRange(2, 12), parts) == 4


@pytest.mark.parametrize(
    ("value", "numerator", "denominator", "result"),
    [(1, 1, 2, 1), (-1, 1, 2, 0), (1, 1, 3, 0), (2, 1, 3, 1), (10**18, 10**6, 90_000, 11_111_111_111_111_111_111)],
)
def test_it_is_rescaled_to_the_nearest_halves_upward(value: int, numerator: int, denominator: int, result: int) -> None:
    assert rescale(value, numerator, denominator) == result
