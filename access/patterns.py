"""Unusual patterns in requests, for the auditor to look at. Pure. A pattern is a question and no proof of anything.

docs/design/requests.md tells the thresholds and why.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from camera_registry.rule_book import Rules
from foundation.errors import N_

NEAR_M = 100.0
HOME_M = 200.0
AGAIN = 3
PAIR = 5
PAIR_SHARE = 0.9
OUTCOME_DAYS = 7
_DAY_US = 86_400_000_000
_MINUTE_US = 60_000_000
_EARTH_M = 6_371_008.8

Point = tuple[float, float]


class Pattern(StrEnum):
    SAME_PLACE = "same_place"
    NEAR_HOME = "near_home"
    SAME_PAIR = "same_pair"
    CASE_REUSED = "case_reused"
    WIDE_WINDOW = "wide_window"
    OFF_DUTY = "off_duty"
    NEVER_OPENED = "never_opened"
    NO_OUTCOME = "no_outcome"
    NOT_REVIEWED = "not_reviewed"
    NOT_JUSTIFIED = "not_justified"


PATTERN_TEXT: dict[Pattern, str] = {
    Pattern.SAME_PLACE: N_("one person asked for the same place again and again"),
    Pattern.NEAR_HOME: N_("the place is near the home of who asked or of who approved"),
    Pattern.SAME_PAIR: N_("nearly all requests of one person are approved by the same other person"),
    Pattern.CASE_REUSED: N_("one case number stands on requests of several people"),
    Pattern.WIDE_WINDOW: N_("the window is wide"),
    Pattern.OFF_DUTY: N_("it was submitted outside the hours of duty"),
    Pattern.NEVER_OPENED: N_("it was granted and never looked at"),
    Pattern.NO_OUTCOME: N_("it was looked at and nobody said what came of it"),
    Pattern.NOT_REVIEWED: N_("the review is overdue"),
    Pattern.NOT_JUSTIFIED: N_("the review found that it was not justified"),
}


@dataclass(frozen=True)
class Told:
    """A submitted request as it stands. `place`: where it happened, else the middle of its cameras. `over_us`: when its grant ended."""

    id: str
    bundle_id: str
    person: str
    approver: str | None
    case_number: str
    place: Point | None
    start_us: int
    end_us: int
    submitted_us: int
    rules: Rules
    granted: bool
    over_us: int | None
    uses: int
    outcome: str | None
    review_by_us: int | None
    reviewed_us: int | None
    justified: bool | None


@dataclass(frozen=True)
class Finding:
    """`who`: the people it is about. `requests`: those that show it, oldest first."""

    pattern: Pattern
    who: tuple[str, ...]
    requests: tuple[str, ...]


def find(told: Iterable[Told], homes: Callable[[str], Point | None], now_us: int, zone: ZoneInfo) -> list[Finding]:
    """Return every pattern in the requests, in the order of `Pattern`."""
    rows = sorted(told, key=lambda one: (one.submitted_us, one.id))
    found = [*_places(rows), *_homes(rows, homes), *_pairs(rows), *_cases(rows), *_single(rows, now_us, zone)]
    order = list(Pattern)
    return sorted(found, key=lambda one: (order.index(one.pattern), one.requests))


def distance_m(left: Point, right: Point) -> float:
    """Return the great-circle distance of two points in degrees (latitude, longitude), by the haversine formula."""
    lat1, lon1, lat2, lon2 = (math.radians(value) for value in (*left, *right))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def _places(rows: Sequence[Told]) -> Iterator[Finding]:
    """Cases differ and the place does not: that of one case is asked for often by right."""
    for person, theirs in _by(rows, lambda one: one.person).items():
        left = [one for one in theirs if one.place is not None]
        while left:
            first, centre = left[0], left[0].place
            assert centre is not None
            near = [one for one in left if one.place is not None and distance_m(centre, one.place) <= NEAR_M]
            if len({one.case_number for one in near}) >= AGAIN:
                yield Finding(Pattern.SAME_PLACE, (person,), _ids(near))
                left = [one for one in left if one not in near]
            else:
                left = [one for one in left if one is not first]


def _homes(rows: Sequence[Told], homes: Callable[[str], Point | None]) -> Iterator[Finding]:
    for one in rows:
        for who in filter(None, (one.person, one.approver)):
            home = homes(who)
            if one.place is not None and home is not None and distance_m(one.place, home) <= HOME_M:
                yield Finding(Pattern.NEAR_HOME, (who,), (one.id,))


def _pairs(rows: Sequence[Told]) -> Iterator[Finding]:
    for person, theirs in _by([one for one in rows if one.approver], lambda one: one.person).items():
        for approver, ours in _by(theirs, lambda one: str(one.approver)).items():
            if len(ours) >= PAIR and len(ours) >= PAIR_SHARE * len(theirs):
                yield Finding(Pattern.SAME_PAIR, (person, approver), _ids(ours))


def _cases(rows: Sequence[Told]) -> Iterator[Finding]:
    for ours in _by(rows, lambda one: one.case_number).values():
        people = sorted({one.person for one in ours})
        if len(people) > 1:
            yield Finding(Pattern.CASE_REUSED, tuple(people), _ids(ours))


def _single(rows: Sequence[Told], now_us: int, zone: ZoneInfo) -> Iterator[Finding]:
    for one in rows:
        over = one.granted and one.over_us is not None and one.over_us <= now_us
        late = one.review_by_us is not None and one.reviewed_us is None and one.review_by_us < now_us
        shown = {
            Pattern.WIDE_WINDOW: one.end_us - one.start_us >= one.rules.wide_minutes * _MINUTE_US,
            Pattern.OFF_DUTY: not on_duty(one.rules.duty_hours, one.submitted_us, zone),
            Pattern.NEVER_OPENED: over and not one.uses,
            Pattern.NO_OUTCOME: (
                bool(one.uses)
                and one.outcome is None
                and one.over_us is not None
                and one.over_us + OUTCOME_DAYS * _DAY_US <= now_us
            ),
            Pattern.NOT_REVIEWED: late,
            Pattern.NOT_JUSTIFIED: one.justified is False,
        }
        for pattern, here in shown.items():
            if here:
                yield Finding(pattern, (one.person,), (one.id,))


def on_duty(hours: str, at_us: int, zone: ZoneInfo) -> bool:
    """Tell whether an instant lies in hours such as `07:00-19:00` or `19:00-07:00`; equal ends mean all day."""
    begins, ends = hours.split("-")
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).astimezone(zone).strftime("%H:%M")
    if begins == ends:
        return True
    return begins <= at < ends if begins < ends else at >= begins or at < ends


def _by(rows: Iterable[Told], key: Callable[[Told], str]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = defaultdict(list)
    for one in rows:
        found[key(one)].append(one)
    return found


def _ids(rows: Iterable[Told]) -> tuple[str, ...]:
    return tuple(one.id for one in rows)
