"""What one camera recorded, day by day, as a strip of days and as a table: how much, the longest gap, and why."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from sqlmodel import Session

from camera_registry.cameras import streams_of
from camera_registry.tables import Camera
from foundation.timebase import MICROSECONDS, TimeRange, covered_us
from ingest.index.reasons import GAP_TEXT
from ingest.index.records import Gap
from ingest.index.timeline import CameraTimeline, timeline

CLASSES = 5


@dataclass(frozen=True)
class Day:
    """`share` of the part of the day that is over; None for a day that has not begun. `why` is a text of the catalogue."""

    day: date
    span: TimeRange
    recorded_us: int
    share: float | None
    longest: Gap | None

    @property
    def cell(self) -> int:
        """Return 0 for none, else 1 to 5."""
        if not self.share:
            return 0
        return min(CLASSES, 1 + int(self.share * CLASSES))

    @property
    def percent(self) -> int:
        """Return whole percent; 100 only for all of it, 0 only for none."""
        if not self.share:
            return 0
        return 100 if self.share >= 1 else max(1, min(99, round(self.share * 100)))

    @property
    def why(self) -> str:
        return "" if self.longest is None else GAP_TEXT[self.longest.reason]


def days_of(session: Session, camera: Camera, now_us: int, zone: tzinfo, count: int) -> list[Day]:
    """Return the last `count` days, today last."""
    assert camera.id is not None
    spans = last_days(now_us, zone, count)
    streams = [stream.id for stream in streams_of(session, [camera.id]).get(camera.id, []) if stream.id is not None]
    whole = TimeRange(spans[0][1].start_us, spans[-1][1].end_us)
    found = timeline(session, streams, whole, now_us, camera.registered_us)
    return [day_of(found, day, span, now_us) for day, span in spans]


def last_days(now_us: int, zone: tzinfo, count: int, *, until: date | None = None) -> list[tuple[date, TimeRange]]:
    """Return the days of the street up to `until` (today), each as a range."""
    last = until or today(now_us, zone)
    days = [last - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [(day, TimeRange(midnight(day, zone), midnight(day + timedelta(days=1), zone))) for day in days]


def today(now_us: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(now_us // MICROSECONDS, UTC).astimezone(zone).date()


def midnight(day: date, zone: tzinfo) -> int:
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (begins - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def day_of(found: CameraTimeline, day: date, span: TimeRange, now_us: int) -> Day:
    past = TimeRange(span.start_us, min(span.end_us, now_us)) if span.start_us < now_us else None
    if past is None:
        return Day(day, span, 0, None, None)
    recorded = covered_us(past, found.recorded)
    gaps = [Gap(part, gap.reason) for gap in found.gaps if (part := gap.range.intersection(past)) is not None]
    longest = max(gaps, key=lambda gap: gap.range.duration_us, default=None)
    return Day(day, span, recorded, recorded / past.duration_us, longest)
