"""Days and times as people say them: tối qua, thứ bảy, 7 tháng 3; 9 giờ tối, 9 rưỡi, 9:05 PM. Pure; all texts come folded.

Only what has one meaning is read, and pages read it back in words. What has two (thứ bảy on a Saturday, 12 giờ đêm) is told apart from
what has none, so that people learn what to write. docs/design/typed-times.md.
"""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import Enum

MIDDAY = 12


class Part(Enum):
    """A part of the day, which says what the hours of a clock with twelve of them mean."""

    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"
    AM = "am"
    PM = "pm"


_PARTS = {
    "rang sang": Part.MORNING,
    "sang som": Part.MORNING,
    "sang": Part.MORNING,
    "trua": Part.NOON,
    "chieu": Part.AFTERNOON,
    "toi": Part.EVENING,
    "dem": Part.NIGHT,
    "khuya": Part.NIGHT,
    "am": Part.AM,
    "a.m.": Part.AM,
    "pm": Part.PM,
    "p.m.": Part.PM,
}
_HOURS: dict[Part, dict[int, int]] = {
    Part.MORNING: {hour: hour for hour in range(12)},
    Part.NOON: {10: 10, 11: 11, 12: 12, 1: 13, 2: 14, 13: 13, 14: 14},
    Part.AFTERNOON: {**{hour: hour + 12 for hour in range(1, 7)}, **{hour: hour for hour in range(12, 19)}},
    Part.EVENING: {**{hour: hour + 12 for hour in range(5, 12)}, **{hour: hour for hour in range(17, 24)}},
    Part.NIGHT: {
        **{hour: hour for hour in range(5)},
        **{hour: hour + 12 for hour in range(7, 12)},
        **{hour: hour for hour in range(18, 24)},
    },
    Part.AM: {12: 0, **{hour: hour for hour in range(1, 12)}},
    Part.PM: {12: 12, **{hour: hour + 12 for hour in range(1, 12)}},
}
"""What an hour means in a part of the day; one that is not named has no meaning there, or two."""
_NEAR = {
    **dict.fromkeys(("hom nay", "bua nay", "ngay hom nay", "nay", "today"), 0),
    **dict.fromkeys(("hom qua", "bua qua", "bua hom qua", "ngay hom qua", "qua", "yesterday"), -1),
    **dict.fromkeys(("hom kia", "bua kia", "kia"), -2),
}
_ALONE = {"nay", "qua", "kia"}
_WEEKDAYS = {
    **{f"thu {name}": n for n, name in enumerate(("hai", "ba", "tu", "nam", "sau", "bay"))},
    **{f"{word}{n + 2}": n for n in range(6) for word in ("thu ", "t")},
    **dict.fromkeys(("chu nhat", "cn", "sunday"), 6),
    **{name: n for n, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday"))},
}
_WEEK_BEFORE = (" tuan truoc", " tuan roi", " tuan vua roi")
_IN_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) ?(?:thang|th) ?(\d{1,2})(?:,? (?:nam )?(\d{4}))?")
_SHORT_YEAR = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2})")
_DIGITS = re.compile(r"(\d\d)(\d\d)(\d{4})")
_DIGITS_SHORT = re.compile(r"(\d\d)(\d\d)(\d\d)")
"""What a keypad without a stroke gives; day first and with noughts, as with strokes."""
_MONTH_NAMES = "january february march april may june july august september october november december"
_MONTHS = {
    short: number for number, name in enumerate(re.findall(r"[a-z]+", _MONTH_NAMES), 1) for short in (name, name[:3])
} | {"sept": 9}
_MONTH = rf"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_ENGLISH = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)? ?{_MONTH}(?:,? ?(\d{{4}}))?")
_ENGLISH_MONTH_FIRST = re.compile(rf"{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?")
_CLOCK = re.compile(
    r"(\d{1,2})\s*(?:(?:[:.]|h|g|gio)\s*(?:(\d{1,2}|ruoi)(?:\s*[:.mp]?\s*(\d{1,2})(?:[.,](\d{1,3}))?)?)?\s*(?:'|’|p|ph|phut)?|(ruoi))?"
)
_PLAIN = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d)?")
_WHOLE_DAY = re.compile(r"24\s*(?::|h|g|gio)\s*(?:00)?(?::00)?")


@dataclass(frozen=True)
class SaidDay:
    """A day, and the part of it that was said with it. `next_morning`: hours after midnight are of the day after, as in đêm qua."""

    day: date
    part: Part | None = None
    next_morning: bool = False


@dataclass(frozen=True)
class SaidTime:
    """A time. `next_day`: it is the end of the day, 24:00."""

    time: time
    next_day: bool = False


class Ambiguous(ValueError):
    """It may mean two things."""


def day_said(plain: str, today: date) -> SaidDay | None:
    """Return the day that was said, None when it is none of these. Raises `Ambiguous`, and `ValueError` for 31/02."""
    plain = plain.removeprefix("ngay ") if plain.startswith("ngay ") and plain not in _NEAR else plain
    if plain in _NEAR and plain not in _ALONE:
        return SaidDay(today + timedelta(days=_NEAR[plain]))
    for word, part in _PARTS.items():
        rest = plain.removeprefix(f"{word} ")
        if rest == plain or rest not in _NEAR:
            continue
        day = today + timedelta(days=_NEAR[rest])
        if part is Part.NIGHT and rest in {"nay", "hom nay", "bua nay"}:
            raise Ambiguous  # this night is the one before this morning, or the one after this evening
        return SaidDay(day, part, next_morning=part is Part.NIGHT)
    for words, year in ((_IN_WORDS, 0), (_SHORT_YEAR, 2000), (_DIGITS, 0), (_DIGITS_SHORT, 2000)):
        found = words.fullmatch(plain)
        if found:
            told = int(found[3]) + year if found[3] else today.year
            return SaidDay(date(told, int(found[2]), int(found[1])))
    return _in_english(plain, today) or _weekday(plain, today)


def _in_english(plain: str, today: date) -> SaidDay | None:
    """7 March 2026, 7 Mar, March 7: with the name of the month the order is no matter."""
    if found := _ENGLISH.fullmatch(plain):
        number, month, year = found[1], found[2], found[3]
    elif found := _ENGLISH_MONTH_FIRST.fullmatch(plain):
        month, number, year = found[1], found[2], found[3]
    else:
        return None
    return SaidDay(date(int(year) if year else today.year, _MONTHS[month], int(number)))


def _weekday(plain: str, today: date) -> SaidDay | None:
    """The last one before today; with tuần trước that of the week before this one, which begins on Monday."""
    for behind in _WEEK_BEFORE:
        if plain.endswith(behind) and (number := _WEEKDAYS.get(plain.removesuffix(behind))) is not None:
            return SaidDay(today - timedelta(days=today.weekday() + 7 - number))
    number = _WEEKDAYS.get(plain)
    if number is None:
        return None
    if number == today.weekday():
        raise Ambiguous
    return SaidDay(today - timedelta(days=(today.weekday() - number) % 7))


def time_said(plain: str, within: SaidDay | None = None) -> SaidTime | None:
    """Return the time that was said, None when it is none; hours of twelve are those of the part of the day. Raises `Ambiguous`."""
    if _WHOLE_DAY.fullmatch(plain):
        return SaidTime(time(0), next_day=True)
    found: tuple[str | None, ...]
    part: Part | None = None
    if digits := _PLAIN.fullmatch(plain):
        found = (digits[1], digits[2], digits[3], None)
    else:
        plain, part = _without_part(plain)
        clock = _CLOCK.fullmatch(plain)
        if clock is None or (part is None and plain.isdecimal()):
            return None  # 9 alone may be anything
        found = (clock[1], "30" if "ruoi" in (clock[2], clock[5]) else clock[2], clock[3], clock[4])
    hour, minute, second = (int(one or 0) for one in found[:3])
    if not (hour < 24 and minute < 60 and second < 60):
        return None
    said = _hour(hour, part, within)
    exactly = time(said, minute, second, int((found[3] or "").ljust(6, "0")))
    return SaidTime(exactly, next_day=within is not None and within.next_morning and said < MIDDAY)


def _hour(hour: int, part: Part | None, within: SaidDay | None) -> int:
    if within is not None and within.next_morning and hour == MIDDAY and part in {None, Part.NIGHT}:
        return 0  # the midnight in the middle of that night
    said = part or (within.part if within is not None else None)
    if said is None:
        return hour
    if hour not in _HOURS[said]:
        raise Ambiguous
    return _HOURS[said][hour]


def _without_part(plain: str) -> tuple[str, Part | None]:
    for word, part in _PARTS.items():
        if plain.endswith(word):
            return plain.removesuffix(word).rstrip(), part
    return plain, None
