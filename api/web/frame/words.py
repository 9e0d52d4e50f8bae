"""Times as people in Vietnam write and read them; always in the server's zone, never the browser's. Pure.

Typed: 07/03/2026, 7/3, hôm nay, hôm qua; 21:05, 21:05:30, 21:05:30.250, 21h05, 21 giờ 5. Told: 21:05:30 07/03/2026, in words the day of
the week as well, since that is how a wrong month shows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

from babel.dates import format_date

from api.web.frame.spoken import Ambiguous, SaidDay, SaidTime, day_said, time_said
from camera_registry.search import fold
from foundation.errors import N_, BadInput, MatPhoError
from foundation.identity import COMMAND_LINE
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS, TimeRange, datetime_from_us

Read = TypeVar("Read")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
LONGEST_NIGHT_US = 12 * 3600 * MICROSECONDS
"""What may be one night: longer, an end before its beginning is rather mistyped."""
YEARS = range(2000, 2101)
"""Years that somebody may mean: what is mistyped must neither be kept nor looked for."""


class DayUnreadable(BadInput):
    code = "day_unreadable"
    message = N_("“{value}” is not a day")
    mend = N_("Write day/month/year, such as 07/03/2026, or today, yesterday")


class DayFar(DayUnreadable):
    code = "day_far"
    message = N_("“{value}” is not in the years {first} to {last}")


class TimeUnreadable(BadInput):
    code = "time_unreadable"
    message = N_("“{value}” is not a time of the day")
    mend = N_("Write hours and minutes, with seconds if you know them: 21:05 or 21:05:30")


class DayAmbiguous(DayUnreadable):
    code = "day_ambiguous"
    message = N_("“{value}” may be two days")
    mend = N_("Write the day itself, such as 07/03/2026")


class TimeAmbiguous(TimeUnreadable):
    code = "time_ambiguous"
    message = N_("It is not clear which time “{value}” is")
    mend = N_("Write it with the hours of 24: 00:00 is midnight, 12:00 is noon, 21:05 is in the evening")


class SpanBackwards(BadInput):
    code = "span_backwards"
    message = N_("The end, {to}, is not after the beginning, {begin}")
    mend = N_("Exchange them, or write the day of the end as well when it is past midnight")


class EndPastMidnight(SpanBackwards):
    """No day of the end was given, and its time is before that of the beginning."""

    code = "end_past_midnight"

    mend = N_("Exchange them, or write {next_day} as the day of the end when it is past midnight")


class EndDayBackwards(SpanBackwards):
    code = "end_day_backwards"
    message = N_("The end, {to}, is before the beginning, {begin}")
    mend = N_("Write {day} or a later day; leave it empty when the end is on the same day")


@dataclass(frozen=True)
class Telling:
    """How instants are told: in which language and in the zone of the street."""

    language: Language
    zone: tzinfo

    def moment(self, at_us: int) -> datetime:
        return datetime_from_us(at_us, self.zone)

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

    def words(self, span: TimeRange, *, zone: bool = True) -> str:
        """Return a range in words: Thứ Bảy, ngày 7 tháng 3 năm 2026, 21:00:00–21:15:00 (+07:00).

        Without the `zone` in lists, whose page says it once at its foot.
        """
        begin, end = self.moment(span.start_us), self.moment(span.end_us)
        told = f"{self.day_in_words(begin.date())}, {begin:%H:%M:%S}–{end:%H:%M:%S}"
        if begin.date() != end.date():
            told = (
                f"{self.day_in_words(begin.date())}, {begin:%H:%M:%S} – {self.day_in_words(end.date())}, {end:%H:%M:%S}"
            )
        return f"{told} ({self.offset(span.start_us)})" if zone else told

    def span(self, span: TimeRange) -> str:
        begin, end = self.moment(span.start_us), self.moment(span.end_us)
        if begin.date() == end.date():
            return f"{begin:%H:%M:%S}–{end:%H:%M:%S} {begin:%d/%m/%Y}"
        return f"{begin:%H:%M:%S %d/%m/%Y} – {end:%H:%M:%S %d/%m/%Y}"

    def dates(self, first: date, last: date) -> str:
        """Return 01/03/2026–07/03/2026; one day as that day."""
        told = f"{first:%d/%m/%Y}"
        return told if first == last else f"{told}–{last:%d/%m/%Y}"

    def days(self, span: TimeRange) -> str:
        """Return the whole days of a range as their dates, the last one being in it; else as a range with its times."""
        begin, end = self.moment(span.start_us), self.moment(span.end_us)
        if begin.time() != time() or end.time() != time():
            return self.span(span)
        return self.dates(begin.date(), end.date() - timedelta(days=1))

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

    def actor(self, name: str, kind: str = "") -> str:
        """Return who acted: what is no person by its name in the reader's language."""
        told = {"command_line": N_("command line"), "service": N_("the service"), "anonymous": N_("nobody signed in")}
        if name == COMMAND_LINE.name:  # a blank is in no name to sign in with
            kind = "command_line"
        return translate(self.language, told[kind]) if kind in told else name

    def number(self, value: float, digits: int = 1) -> str:
        """Return a number with a comma, or in English a point, and exactly `digits` after it."""
        told = f"{value:.{digits}f}"
        return told.replace(".", ",") if self.language == "vi" else told

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Return a share from 0 to 1 as 12,5 %; a dash for None."""
        return "–" if share is None else f"{self.number(100 * share, digits)} %"

    def day_in_short(self, day: date) -> str:
        """Return T5 26/11, CN 29/11; English Thu 26 Nov: for narrow columns of days that are near."""
        if self.language == "vi":
            return f"{'CN' if day.weekday() == 6 else f'T{day.weekday() + 2}'} {day:%d/%m}"
        return format_date(day, "EEE d MMM", locale="en")

    def length(self, duration_us: int, *, parts: int = 2) -> str:
        """Return 10 ph 25 s, 2 giờ 5 ph, 3 ngày; English alike. `parts` is how many of these there may be."""
        seconds = round(duration_us / MICROSECONDS)
        days, rest = divmod(seconds, 86_400)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        each = [
            (days, N_("{count} d")),
            (hours, N_("{count} h")),
            (minutes, N_("{count} min")),
            (seconds, N_("{count} s")),
        ]
        told = [translate(self.language, text, count=count) for count, text in each if count][:parts]
        return " ".join(told) or translate(self.language, N_("{count} s"), count=0)


def read_day(text: str, today: date) -> date:
    """Return the day that was typed. Raises `DayUnreadable`, of other years than `YEARS` `DayFar`; `DayAmbiguous` also for a night, which is of two days."""
    said = _said_day(text, today)
    if said.next_morning:
        raise DayAmbiguous(value=text.strip()[:40])
    return said.day


def _said_day(text: str, today: date) -> SaidDay:
    said = _found_day(text, today)
    if said.day.year not in YEARS:
        raise DayFar(value=text.strip()[:40], first=YEARS[0], last=YEARS[-1])
    return said


def _found_day(text: str, today: date) -> SaidDay:
    plain = fold(text)
    found = _DAY.fullmatch(plain.removeprefix("ngay "))
    try:
        if found:
            day, month, year = found.groups()
            return SaidDay(date(int(year) if year else today.year, int(month), int(day)))
        iso = _ISO.fullmatch(plain)
        if iso:
            return SaidDay(date(*(int(part) for part in iso.groups())))
        said = day_said(plain, today)
        if said is not None:
            return said
    except Ambiguous:
        raise DayAmbiguous(value=text.strip()[:40]) from None
    except ValueError:
        pass
    raise DayUnreadable(value=text.strip()[:40])


def is_dated(day: str) -> bool:
    """Tell whether what was typed is the same day whenever it is read: hôm qua is not, and neither is 7/3."""
    found = _DAY.fullmatch(fold(day))
    return bool((found and found[3]) or _ISO.fullmatch(day.strip()))


def read_time(text: str) -> time:
    """Return the time of the day that was typed. Raises `TimeUnreadable`; also for 24:00, which is of the day after."""
    said = _said_time(text, None)
    if said.next_day:
        raise TimeUnreadable(value=text.strip()[:40])
    return said.time


def _said_time(text: str, within: SaidDay | None) -> SaidTime:
    try:
        said = time_said(fold(text), within)
    except Ambiguous:
        raise TimeAmbiguous(value=text.strip()[:40]) from None
    if said is None:
        raise TimeUnreadable(value=text.strip()[:40])
    return said


def read_span(day: str, begin: str, end: str, zone: tzinfo, now_us: int, *, end_day: str = "") -> TimeRange:
    """Return the range that was typed. Raises `DayUnreadable`, `TimeUnreadable`, `SpanBackwards`."""
    span, wrong = read_fields(day, begin, end, zone, now_us, end_day=end_day)
    if span is None:
        raise next(iter(wrong.values()))
    return span


def read_fields(
    day: str, begin: str, end: str, zone: tzinfo, now_us: int, *, end_day: str = "", overnight: bool = False
) -> tuple[TimeRange | None, dict[str, MatPhoError]]:
    """Return the range that was typed, or None and what is wrong with each field: `day`, `begin`, `end`, `end_day`.

    `overnight`: an evening and an early hour without a day of the end are one night. For pages that read back what they took before
    anything comes of it; others offer the day.
    """
    wrong: dict[str, MatPhoError] = {}
    today = datetime_from_us(now_us, zone).date()
    first = _tried(wrong, "day", lambda: _said_day(day, today))
    last = _tried(wrong, "end_day", lambda: _said_day(end_day, today)) if end_day.strip() else first
    starts = _tried(wrong, "begin", lambda: _said_time(begin, first))
    ends = _tried(wrong, "end", lambda: _said_time(end, last))
    if first is None or last is None or starts is None or ends is None:
        return None, wrong
    start, finish = _at(first, starts, zone), _at(last, ends, zone)
    if finish > start:
        return TimeRange(start, finish), wrong
    if end_day.strip():
        return None, _backwards(first, last, starts, ends)
    following = SaidDay(last.day + timedelta(days=1), last.part, last.next_morning)
    if overnight and 0 < _at(following, ends, zone) - start <= LONGEST_NIGHT_US:
        return TimeRange(start, _at(following, ends, zone)), wrong
    told = {"begin": _typed(starts), "to": _typed(ends), "next_day": f"{following.day:%d/%m/%Y}"}
    return None, {"end": EndPastMidnight(**told)}


def _backwards(first: SaidDay, last: SaidDay, starts: SaidTime, ends: SaidTime) -> dict[str, MatPhoError]:
    """Return what is wrong, with the days: at that of the end where that alone is too early, else at its time."""
    began, ended = f"{first.day:%d/%m/%Y}", f"{last.day:%d/%m/%Y}"
    told = {"begin": f"{_typed(starts)} {began}", "to": f"{_typed(ends)} {ended}"}
    if last.day < first.day:
        return {"end_day": EndDayBackwards(**told, day=began)}
    return {"end": SpanBackwards(**told)}


def read_moment(day: str, clock: str, zone: tzinfo, now_us: int) -> tuple[int | None, dict[str, MatPhoError]]:
    """Return the instant that was typed, or None and what is wrong with each field: `day`, `time`."""
    wrong: dict[str, MatPhoError] = {}
    today = datetime_from_us(now_us, zone).date()
    said = _tried(wrong, "day", lambda: _said_day(day, today))
    at = _tried(wrong, "time", lambda: _said_time(clock, said))
    return (None if said is None or at is None else _at(said, at, zone)), wrong


def _tried(wrong: dict[str, MatPhoError], name: str, read: Callable[[], Read]) -> Read | None:
    try:
        return read()
    except MatPhoError as error:
        wrong[name] = error
        return None


def _at(day: SaidDay, said: SaidTime, zone: tzinfo) -> int:
    return _instant(datetime.combine(day.day + timedelta(days=said.next_day), said.time, zone))


def _typed(said: SaidTime) -> str:
    return "24:00:00" if said.next_day and said.time == time(0) else exactly(said.time)


def exactly(at: time | datetime) -> str:
    """Return 21:05:30, or 21:05:30.250 where there are milliseconds: as it can be typed again."""
    return f"{at:%H:%M:%S}" + (f".{at.microsecond // 1000:03}" if at.microsecond >= 1000 else "")


def fields_told(span: TimeRange, zone: tzinfo) -> dict[str, str]:
    """Return a range as it is typed into `day`, `begin`, `end` and `end_day`: the same whenever it is read."""
    tell = Telling("en", zone)
    begin, end = tell.moment(span.start_us), tell.moment(span.end_us)
    told = {"day": f"{begin:%d/%m/%Y}", "begin": exactly(begin), "end": exactly(end), "end_day": ""}
    if end.date() != begin.date():
        told["end_day"] = f"{end:%d/%m/%Y}"
    return told


def _instant(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def read_instant(day: str, clock: str, zone: tzinfo, now_us: int) -> int:
    """Return the instant that was typed, in microseconds. Raises `DayUnreadable`, `TimeUnreadable`."""
    at_us, wrong = read_moment(day, clock, zone, now_us)
    if at_us is None:
        raise next(iter(wrong.values()))
    return at_us
