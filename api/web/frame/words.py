"""Times as people in Vietnam write and read them; always in the server's zone, never the browser's. Pure.

Typed: 07/03/2026, 7/3, hôm nay, hôm qua; 21:05, 21:05:30, 21:05:30.250, 21h05, 21 giờ 5. Told: 21:05:30 07/03/2026, in words the day of
the week as well, since that is how a wrong month shows.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from babel.dates import format_date

from camera_registry.search import fold
from foundation.errors import N_, BadInput
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS, TimeRange

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIME = re.compile(
    r"(\d{1,2})\s*(?:[:.]|h|gio)\s*(?:(\d{1,2})(?:\s*(?:[:.]|m|phut)\s*(?:(\d{1,2})(?:[.,](\d{1,3}))?)?)?)?(?:\s*(?:phut|giay|m|s))?"
)
_NEAR = {"hom nay": 0, "today": 0, "hom qua": -1, "yesterday": -1, "hom kia": -2}


class DayUnreadable(BadInput):
    code = "day_unreadable"
    message = N_("“{value}” is not a day")
    mend = N_("Write day/month/year, such as 07/03/2026, or hôm nay, hôm qua")


class TimeUnreadable(BadInput):
    code = "time_unreadable"
    message = N_("“{value}” is not a time of the day")
    mend = N_("Write hours and minutes, with seconds if you know them: 21:05 or 21:05:30")


class SpanBackwards(BadInput):
    code = "span_backwards"
    message = N_("The end, {to}, is not after the beginning, {begin}")
    mend = N_("Exchange them, or write the day of the end as well when it is past midnight")


@dataclass(frozen=True)
class Telling:
    """How instants are told: in which language and in the zone of the street."""

    language: Language
    zone: tzinfo

    def moment(self, at_us: int) -> datetime:
        return datetime.fromtimestamp(at_us / MICROSECONDS, UTC).astimezone(self.zone)

    def instant(self, at_us: int | None, *, seconds: bool = True) -> str:
        """Return 21:05:30 07/03/2026; an empty text for None."""
        if at_us is None:
            return ""
        return self.moment(at_us).strftime("%H:%M:%S %d/%m/%Y" if seconds else "%H:%M %d/%m/%Y")

    def clock(self, at_us: int) -> str:
        return self.moment(at_us).strftime("%H:%M:%S")

    def day(self, at_us: int) -> str:
        return self.moment(at_us).strftime("%d/%m/%Y")

    def offset(self, at_us: int) -> str:
        """Return +07:00."""
        text = self.moment(at_us).strftime("%z")
        return f"{text[:3]}:{text[3:5]}"

    def written(self, iso: str | None) -> str:
        return "" if not iso else date.fromisoformat(iso).strftime("%d/%m/%Y")

    def words(self, span: TimeRange) -> str:
        """Return a range in words: Thứ Bảy, ngày 7 tháng 3 năm 2026, 21:00:00–21:15:00 (+07:00)."""
        begin, end = self.moment(span.start_us), self.moment(span.end_us)
        told = f"{self.day_in_words(begin.date())}, {begin:%H:%M:%S}–{end:%H:%M:%S}"
        if begin.date() != end.date():
            told = (
                f"{self.day_in_words(begin.date())}, {begin:%H:%M:%S} – {self.day_in_words(end.date())}, {end:%H:%M:%S}"
            )
        return f"{told} ({self.offset(span.start_us)})"

    def span(self, span: TimeRange) -> str:
        begin, end = self.moment(span.start_us), self.moment(span.end_us)
        if begin.date() == end.date():
            return f"{begin:%H:%M:%S}–{end:%H:%M:%S} {begin:%d/%m/%Y}"
        return f"{begin:%H:%M:%S %d/%m/%Y} – {end:%H:%M:%S %d/%m/%Y}"

    def within_day(self, span: TimeRange) -> str:
        """Return a part of a day that is named beside it: 21:00:00–24:00:00."""
        begin, end = self.moment(span.start_us), self.moment(span.end_us)
        return f"{begin:%H:%M:%S}–{end:%H:%M:%S}" if begin.date() == end.date() else f"{begin:%H:%M:%S}–24:00:00"

    def in_words(self, at_us: int) -> str:
        """Return an instant in words: Thứ Bảy, ngày 7 tháng 3 năm 2026, 21:05:30 (+07:00)."""
        moment = self.moment(at_us)
        return f"{self.day_in_words(moment.date())}, {moment:%H:%M:%S} ({self.offset(at_us)})"

    def date_of_paper(self, at_us: int) -> str:
        """Return ngày 07 tháng 03 năm 2026, as official papers are dated; English 7 March 2026."""
        day = self.moment(at_us)
        if self.language == "vi":
            return f"ngày {day:%d} tháng {day:%m} năm {day.year}"
        return format_date(day, "d MMMM y", locale="en")

    def day_in_words(self, day: date) -> str:
        if self.language == "vi":
            weekday = format_date(day, "EEEE", locale="vi")
            return f"{weekday}, ngày {day.day} tháng {day.month} năm {day.year}"
        return format_date(day, "EEEE d MMMM y", locale="en")

    def day_in_short(self, day: date) -> str:
        """Return T5 26/11, CN 29/11; English Thu 26 Nov: for narrow columns of days that are near."""
        if self.language == "vi":
            return f"{'CN' if day.weekday() == 6 else f'T{day.weekday() + 2}'} {day:%d/%m}"
        return format_date(day, "EEE d MMM", locale="en")

    def length(self, duration_us: int) -> str:
        """Return 10 ph 25 s, 2 giờ 5 ph, 3 ngày; English alike."""
        seconds = round(duration_us / MICROSECONDS)
        days, rest = divmod(seconds, 86_400)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        parts = [
            (days, N_("{count} d")),
            (hours, N_("{count} h")),
            (minutes, N_("{count} min")),
            (seconds, N_("{count} s")),
        ]
        told = [translate(self.language, text, count=count) for count, text in parts if count][:2]
        return " ".join(told) or translate(self.language, N_("{count} s"), count=0)


def read_day(text: str, today: date) -> date:
    """Return the day that was typed. Raises `DayUnreadable`."""
    plain = fold(text)
    if plain in _NEAR:
        return today + timedelta(days=_NEAR[plain])
    found = _DAY.fullmatch(plain)
    try:
        if found:
            day, month, year = found.groups()
            return date(int(year) if year else today.year, int(month), int(day))
        iso = _ISO.fullmatch(plain)
        if iso:
            return date(*(int(part) for part in iso.groups()))
    except ValueError:
        pass
    raise DayUnreadable(value=text.strip()[:40])


def read_time(text: str) -> time:
    """Return the time of the day that was typed. Raises `TimeUnreadable`."""
    found = _TIME.fullmatch(fold(text))
    if found:
        hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
        if hours < 24 and minutes < 60 and seconds < 60:
            return time(hours, minutes, seconds, int((found[4] or "").ljust(6, "0")))
    raise TimeUnreadable(value=text.strip()[:40])


def read_span(day: str, begin: str, end: str, zone: tzinfo, now_us: int, *, end_day: str = "") -> TimeRange:
    """Return the range that was typed. Raises `DayUnreadable`, `TimeUnreadable`, `SpanBackwards`."""
    today = datetime.fromtimestamp(now_us / MICROSECONDS, UTC).astimezone(zone).date()
    first = read_day(day, today)
    last = read_day(end_day, today) if end_day.strip() else first
    starts, ends = read_time(begin), read_time(end)
    start, finish = (_instant(datetime.combine(first, starts, zone)), _instant(datetime.combine(last, ends, zone)))
    if finish <= start:
        raise SpanBackwards(begin=exactly(starts), to=exactly(ends))
    return TimeRange(start, finish)


def exactly(at: time | datetime) -> str:
    """Return 21:05:30, or 21:05:30.250 where there are milliseconds: as it can be typed again."""
    return f"{at:%H:%M:%S}" + (f".{at.microsecond // 1000:03}" if at.microsecond >= 1000 else "")


def _instant(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def read_instant(day: str, clock: str, zone: tzinfo, now_us: int) -> int:
    """Return the instant that was typed, in microseconds. Raises `DayUnreadable`, `TimeUnreadable`."""
    today = datetime.fromtimestamp(now_us / MICROSECONDS, UTC).astimezone(zone).date()
    return _instant(datetime.combine(read_day(day, today), read_time(clock), zone))
