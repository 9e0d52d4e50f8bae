"""The clock of a recorder on the pages of imports: what is typed of it, read back in words, and offered for the next file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from api.web.frame.words import Telling, exactly, read_instant, read_time
from camera_registry.cameras import get_camera
from foundation.errors import N_, BadInput
from foundation.language import translate
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.recorder_clock import MOST_UNCERTAIN_US, SOURCE, Comparison, last_seen

FIELDS = ("clock", "shows_day", "shows_time", "true_day", "true_time", "off_h", "off_m", "off_s", "sure")
WAYS = (
    ("unknown", N_("Nobody has compared it with the right time")),
    ("right", N_("Somebody compared it, and it is right")),
    ("compared", N_("It is wrong: I type what it shows and what time it truly is")),
    ("fast", N_("It is fast: it shows a later time than it truly is")),
    ("slow", N_("It is slow: it shows an earlier time than it truly is")),
)
SURE = (
    ("", N_("as usual for that")),
    ("5", N_("to a few seconds")),
    ("60", N_("to a minute")),
    ("120", N_("to two minutes")),
    ("300", N_("to five minutes")),
    ("1800", N_("to half an hour")),
)
_PARTS = (("off_h", 3600), ("off_m", 60), ("off_s", 1))


class ClockReadingMissing(BadInput):
    code = "clock_reading_missing"
    message = N_("It is not typed wholly what the recorder's clock shows and when")
    mend = N_("Type the time that it shows; if you type a day of the true time, type the time, too")


class ClockDifferenceMissing(BadInput):
    code = "clock_difference_missing"
    message = N_("It is not typed by how much the recorder's clock is fast or slow")
    mend = N_("Type hours, minutes or seconds as whole numbers, or choose that it is right")


class SureUnreadable(BadInput):
    code = "sure_unreadable"
    message = N_("“{value}” does not say how sure the comparison is")
    mend = N_("Choose one of the list")


@dataclass(frozen=True)
class Said:
    """The recorder's clock in words; `begins_us` is the true start, where one was typed, `doubt_us` how far it may be off."""

    text: str
    compared: Comparison | None
    begins_us: int | None = None
    doubt_us: int | None = None
    doubt: str = ""
    """The same in words, where a start was typed."""


def pinned(tell: Telling, typed: Mapping[str, str], now_us: int) -> dict[str, str] | None:
    """Return the fields with the time at which they came in place of a true time left empty; None when there is nothing to do.

    Whoever reads it back, turns to the other language or sends the file half an hour later still tells of that moment.
    """
    if typed["clock"] != "compared" or typed["true_day"] or typed["true_time"]:
        return None
    return {**typed, "true_day": tell.day(now_us), "true_time": tell.clock(now_us), "sure": typed["sure"] or "120"}


def compared(tell: Telling, typed: Mapping[str, str], now_us: int, by: str) -> Comparison | None:
    """Return what was typed of the recorder's clock; None when nobody compared it. What belongs to another answer does not count:
    it is hidden then, and what does is read back.

    Raises the errors of this module, `DayUnreadable`, `TimeUnreadable`, `TrueTimeToCome`.
    """
    way = typed["clock"] or "unknown"
    sure = _sure(typed["sure"])
    if way in {"unknown", "right"}:
        return None if way == "unknown" else replace(Comparison.told(0, now_us, sure), by=by)
    if way in {"fast", "slow"}:
        offset = _difference(typed) * (1 if way == "fast" else -1)
        return replace(Comparison.told(offset, now_us, sure), by=by)
    if way != "compared" or not typed["shows_time"] or (typed["true_day"] and not typed["true_time"]):
        raise ClockReadingMissing
    true_us = None
    if typed["true_time"]:
        true_us = read_instant(typed["true_day"] or tell.day(now_us), typed["true_time"], tell.zone, now_us)
    shows_us = _shown(tell, typed, now_us if true_us is None else true_us)
    return replace(Comparison.read(shows_us, true_us, now_us, sure), by=by)


def _shown(tell: Telling, typed: Mapping[str, str], true_us: int) -> int:
    """Return what the recorder showed; without a day it is that nearest to the true time, since it may be past midnight on one only."""
    if typed["shows_day"]:
        return read_instant(typed["shows_day"], typed["shows_time"], tell.zone, true_us)
    read_time(typed["shows_time"])
    days = [tell.moment(true_us) + timedelta(days=shift) for shift in (-1, 0, 1)]
    near = [read_instant(f"{day:%d/%m/%Y}", typed["shows_time"], tell.zone, true_us) for day in days]
    return min(near, key=lambda at_us: abs(at_us - true_us))


def _difference(typed: Mapping[str, str]) -> int:
    numbers = [(typed[name] or "0", seconds) for name, seconds in _PARTS]
    if not all(text.isdecimal() and len(text) <= 5 for text, _ in numbers):
        raise ClockDifferenceMissing
    total = sum(int(text) * seconds for text, seconds in numbers)
    if total == 0:
        raise ClockDifferenceMissing
    return total * MICROSECONDS


def _sure(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 5 or int(text) * MICROSECONDS > MOST_UNCERTAIN_US:
        raise SureUnreadable(value=text[:20])
    return int(text) * MICROSECONDS


def said(tell: Telling, way: str, found: Comparison | None, start_us: int | None, now_us: int) -> Said:
    """Return what is read back before a file is chosen; `start_us` is the start by the recorder's clock. Raises `CorrectedToCome`."""
    if found is None:
        return Said(in_words(tell, None), None)
    text = in_words(tell, found)
    if way == "compared":
        shows = {"shows": _moment(tell, found.at_us + found.offset_us, found.at_us), "true": tell.instant(found.at_us)}
        both = translate(tell.language, N_("When the recorder showed {shows}, it was truly {true}."), **shows)
        text = f"{both} {_off(tell, found)}"
    if start_us is None:
        return Said(text, found, None, found.uncertainty_us)
    begins_us = found.true_us(start_us, now_us)
    begins = TimeRange(begins_us, begins_us + 1)
    return Said(text, found, begins_us, found.doubt_us(begins), doubt_told(tell, found, begins))


def doubt_told(tell: Telling, found: Comparison, span: TimeRange) -> str:
    """Return how far times in `span` may be off, and of what that is made where the clock may have strayed since."""
    doubt_us = found.doubt_us(span)
    told = translate(tell.language, N_("{time} either way"), time=tell.length(doubt_us))
    strayed_us = doubt_us - found.uncertainty_us
    if strayed_us < MICROSECONDS:
        return told
    apart_us = max(abs(found.at_us - span.start_us), abs(found.at_us - span.end_us))
    parts = {
        "read": tell.length(found.uncertainty_us),
        "strayed": tell.length(strayed_us),
        "apart": tell.length(apart_us, parts=1),
    }
    text = N_(
        "{read} of it because of how exactly the clock was compared, {strayed} because it may have strayed in the {apart} between "
        "the recording and the comparison, 9 s a day at most"
    )
    return f"{told}: {translate(tell.language, text, **parts)}"


def _moment(tell: Telling, at_us: int, beside_us: int) -> str:
    """Return a time of day, with its day where that is another."""
    return tell.clock(at_us) if tell.day(at_us) == tell.day(beside_us) else tell.instant(at_us)


def _off(tell: Telling, found: Comparison) -> str:
    by = tell.length(abs(found.offset_us), parts=4)
    if abs(found.offset_us) < MICROSECONDS:
        return translate(tell.language, N_("The recorder's clock is right."))
    if found.offset_us > 0:
        return translate(tell.language, N_("The recorder is {by} fast: it shows a later time than it truly is."), by=by)
    return translate(tell.language, N_("The recorder is {by} slow: it shows an earlier time than it truly is."), by=by)


def in_words(tell: Telling, found: Comparison | None) -> str:
    """Return what is known of a recorder's clock."""
    if found is None:
        return translate(
            tell.language,
            N_(
                "Nobody has compared the recorder's clock: nobody knows how far its times are off, and that is told with them."
            ),
        )
    return _off(tell, found)


def offered(session: Session, tell: Telling, code: str) -> tuple[str, dict[str, str]] | None:
    """Return the last observation of a clock of a camera in words, and the fields that take it for a file; or None."""
    camera = get_camera(session, code)
    assert camera.id is not None
    seen = last_seen(session, camera.id)
    if seen is None:
        return None
    found, source = seen
    text = N_("On {at} {by} compared a recorder of this camera.")
    if source != SOURCE:
        text = N_("On {at} the camera itself said what its clock shows; a file from its own card has that clock.")
    told = translate(tell.language, text, at=tell.instant(found.at_us), by=found.by or "?")
    return f"{told} {_off(tell, found)}", fields_of(tell, found)


def fields_of(tell: Telling, found: Comparison) -> dict[str, str]:
    """Return a comparison as it can be typed again, to the second."""
    at_us = found.at_us - found.at_us % MICROSECONDS
    shows = tell.moment(at_us + round(found.offset_us / MICROSECONDS) * MICROSECONDS)
    sure = max(5, -(-found.uncertainty_us // MICROSECONDS))
    return {
        "clock": "compared",
        "shows_day": f"{shows:%d/%m/%Y}",
        "shows_time": exactly(shows),
        "true_day": tell.day(at_us),
        "true_time": tell.clock(at_us),
        "sure": str(sure),
    }


def choices(tell: Telling, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the lists of the form, in the reader's language; what came by a link is among them."""
    sure = [(key, translate(tell.language, text)) for key, text in SURE]
    if typed["sure"] not in dict(SURE) and typed["sure"].isdecimal():
        sure.append((typed["sure"], tell.length(int(typed["sure"][:5]) * MICROSECONDS)))
    return {"clock_ways": [(key, translate(tell.language, text)) for key, text in WAYS], "sure_choices": sure}
