"""Wall time as integer microseconds (UTC), media time as integer ticks, half-open ranges. Pure.

See docs/design/time.md. There is no float second anywhere: a float cannot hold 2026 to the microsecond and add up.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

from foundation.errors import N_, BadInput

MICROSECONDS = 1_000_000
MEDIA_TIMESCALE = 90_000
"""Ticks per second of every video track we write: a multiple of all usual frame rates and of the millisecond."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
EARLIEST_US = 0
LATEST_US = 4_133_980_799_000_000  # 2100-12-31T23:59:59Z: what is later was mistyped, and a day more must not be the end of time


class InstantUnreadable(BadInput):
    code = "instant_unreadable"
    message = N_("“{value}” is not a time with its offset")
    mend = N_("Write RFC 3339 with the offset, for example 2026-03-07T21:05:00+07:00")


class InstantFar(InstantUnreadable):
    code = "instant_far"
    message = N_("“{value}” is not in the years 1970 to 2100")
    mend = N_("Look at the year: it has four digits, for example 2026-03-07T21:05:00+07:00")


class RangeEmpty(BadInput):
    code = "range_empty"
    message = N_("The range is empty: {start} is not before {end}")
    mend = N_("Give a “to” that is later than “from”; “to” itself is not part of the range")


class ToldInstant(str):
    """A time in an error: UTC for programs and logs, and where people read it, the time of their zone.

    Its text is RFC 3339 in UTC; `at_us` is the instant.
    """

    __slots__ = ("at_us",)
    at_us: int

    def __new__(cls, at_us: int) -> Self:
        made = super().__new__(cls, format_instant(at_us))
        made.at_us = at_us
        return made


@dataclass(frozen=True, order=True)
class TimeRange:
    """`[start_us, end_us)` in microseconds since 1970 UTC. Never empty: `end_us > start_us`."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us <= self.start_us:
            raise RangeEmpty(start=ToldInstant(self.start_us), end=ToldInstant(self.end_us))

    @property
    def duration_us(self) -> int:
        return self.end_us - self.start_us

    def contains(self, at_us: int) -> bool:
        return self.start_us <= at_us < self.end_us

    def overlaps(self, other: "TimeRange") -> bool:
        return self.start_us < other.end_us and other.start_us < self.end_us

    def intersection(self, other: "TimeRange") -> "TimeRange | None":
        start, end = max(self.start_us, other.start_us), min(self.end_us, other.end_us)
        return TimeRange(start, end) if start < end else None


def merge(ranges: Iterable[TimeRange]) -> list[TimeRange]:
    """Return the union of `ranges` as ordered ranges that neither overlap nor touch."""
    merged: list[TimeRange] = []
    for item in sorted(ranges):
        if merged and item.start_us <= merged[-1].end_us:
            if item.end_us > merged[-1].end_us:
                merged[-1] = TimeRange(merged[-1].start_us, item.end_us)
        else:
            merged.append(item)
    return merged


def subtract(whole: TimeRange, parts: Iterable[TimeRange]) -> list[TimeRange]:
    """Return what of `whole` is in none of `parts`, in order."""
    left: list[TimeRange] = []
    cursor = whole.start_us
    for part in merge(parts):
        if part.end_us <= cursor or part.start_us >= whole.end_us:
            continue
        if part.start_us > cursor:
            left.append(TimeRange(cursor, part.start_us))
        cursor = part.end_us
    if cursor < whole.end_us:
        left.append(TimeRange(cursor, whole.end_us))
    return left


def covered_us(whole: TimeRange, parts: Sequence[TimeRange]) -> int:
    """Return how many microseconds of `whole` are in at least one of `parts`."""
    return whole.duration_us - sum(gap.duration_us for gap in subtract(whole, parts))


def rescale(value: int, numerator: int, denominator: int) -> int:
    """Return `value * numerator / denominator` rounded to the nearest integer, halves upward, exactly."""
    return (2 * value * numerator + denominator) // (2 * denominator)


def us_from_datetime(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware datetime, exactly."""
    if moment.tzinfo is None:
        raise InstantUnreadable(value=moment.isoformat())
    return (moment - _EPOCH) // timedelta(microseconds=1)


_FIRST_US = us_from_datetime(datetime(1, 1, 3, tzinfo=UTC))
_LAST_US = us_from_datetime(datetime(9999, 12, 29, tzinfo=UTC))


def datetime_from_us(at_us: int, zone: tzinfo = UTC) -> datetime:
    """Return the moment; of what no calendar reaches the first or the last that it has, since one bad row must not end a list."""
    return (_EPOCH + timedelta(microseconds=min(max(at_us, _FIRST_US), _LAST_US))).astimezone(zone)


def parse_instant(text: str) -> int:
    """Return the microseconds since 1970 of an RFC 3339 date-time (section 5.6); its offset is required.

    Digits beyond the microsecond are cut off. Raises `InstantUnreadable`, of years before 1970 and after 2100 `InstantFar`.
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise InstantUnreadable(value=text[:60])
    day, clock, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
        at_us = us_from_datetime(moment) + int(((fraction or ".0")[1:] + "000000")[:6])
    except (ValueError, OverflowError) as error:
        raise InstantUnreadable(value=text[:60]) from error
    if not EARLIEST_US <= at_us <= LATEST_US:
        raise InstantFar(value=text[:60])
    return at_us


def format_instant(at_us: int, zone: tzinfo = UTC) -> str:
    """Return RFC 3339 with the offset; the fraction is left out when it is zero, else 3 or 6 digits."""
    moment = datetime_from_us(at_us, zone)
    digits = "seconds" if at_us % MICROSECONDS == 0 else "milliseconds" if at_us % 1000 == 0 else "microseconds"
    text = moment.isoformat(timespec=digits)
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
