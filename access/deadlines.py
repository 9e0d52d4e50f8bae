"""Until when a request of a data subject is to be acknowledged and answered. Pure.

The day on which it came does not count. A deadline is the midnight that ends its last day, in the zone of the service.
Working days are Monday to Friday without the holidays of the rules; days of an answer are days of the calendar.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from access.subject_kinds import SubjectKind, answer_days
from camera_registry.rule_book import Rules
from foundation.timebase import MICROSECONDS

_SATURDAY = 5
_WEEK = 5  # working days of it


@dataclass(frozen=True)
class Due:
    """Microseconds UTC, themselves too late."""

    acknowledge_by_us: int
    answer_by_us: int


def due(kind: SubjectKind, received_us: int, rules: Rules, zone: ZoneInfo) -> Due:
    """Return the deadlines of a request that came at `received_us`."""
    came = datetime.fromtimestamp(received_us // MICROSECONDS, UTC).astimezone(zone).date()
    acknowledged = working_day_after(came, rules.acknowledge_working_days, rules.days_off)
    return Due(_end_of(acknowledged, zone), _end_of(came + timedelta(days=answer_days(kind, rules)), zone))


def working_day_after(day: date, count: int, days_off: Collection[date]) -> date:
    """Return the `count`-th (from 1) working day after `day`."""
    found = _weekday_after(day, count)
    for holiday in sorted(set(days_off)):
        if day < holiday <= found and holiday.weekday() < _SATURDAY:
            found = _weekday_after(found, 1)
    return found


def _weekday_after(day: date, count: int) -> date:
    begins = day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))  # of a weekend the Friday before
    weeks, days = divmod(begins.weekday() + count, _WEEK)
    return begins + timedelta(days=7 * weeks + days - begins.weekday())


def _end_of(day: date, zone: ZoneInfo) -> int:
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return int(midnight.timestamp()) * MICROSECONDS
