"""A recorder's clock beside the right one, as a person compared them, and when its recordings truly begin.

docs/design/recorder-clocks.md tells what is taken for how far off, and why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.errors import N_, BadInput
from foundation.timebase import MICROSECONDS, TimeRange, ToldInstant
from ingest.index.tables import ClipImport, ClockObservation

SOURCE = "compared"
READ_US = 5 * MICROSECONDS
"""Two clocks read one after the other, both to the second."""
TOLD_US = 60 * MICROSECONDS
"""A difference told in whole minutes, or that there is none."""
SENT_US = 120 * MICROSECONDS
"""The recorder was read, then typed and sent: when it came is taken for when it was read."""
DRIFT_PPM = 100
"""Nine seconds a day: quartz in a hot box strays less. What decides on a step (`observations.DRIFT_PPM`) must never be exceeded; this tells a doubt."""
FAR_US = 20 * 3600 * MICROSECONDS
"""No wrong time zone is as far off; a mistyped day is."""
MOST_UNCERTAIN_US = 86_400 * MICROSECONDS
MOST_OFFSET_US = 100 * 366 * 86_400 * MICROSECONDS
_AHEAD_US = 60 * MICROSECONDS  # what a right watch may be ahead of ours
_EARLIEST_US = 946_684_800 * MICROSECONDS  # 2000: before that no such recording was made


class TrueTimeToCome(BadInput):
    code = "true_time_to_come"
    message = N_("The true time would be {at}, which is still to come")
    mend = N_("Check day and time; leave it empty if the recorder was read just now")


class CorrectedToCome(BadInput):
    code = "corrected_to_come"
    message = N_("With the recorder's clock put right the recording would begin at {at}, which is still to come")
    mend = N_("Check when it begins, and whether the clock is fast or slow")


class CorrectedTooEarly(BadInput):
    code = "corrected_too_early"
    message = N_("With the recorder's clock put right the recording would begin before the year 2000")
    mend = N_("Check when it begins, and whether the clock is fast or slow")


class ClockFarOff(BadInput):
    code = "clock_far_off"
    message = N_("The recorder's clock would be off by {days} days and {hours} hours")
    mend = N_("Check both days; if it is so, tick that it is, or give clock_far")


class ClockUnusable(BadInput):
    code = "clock_unusable"
    message = N_("How far the recorder's clock is off is said twice, or not wholly")
    mend = N_(
        "Say what it shows, with the true time or without, or by how much it is fast or slow; nothing of it if nobody compared it"
    )


@dataclass(frozen=True)
class Comparison:
    """`offset_us` is the recorder's clock minus the right time, when that was `at_us`, give or take `uncertainty_us`."""

    offset_us: int
    at_us: int
    uncertainty_us: int
    by: str = ""

    @classmethod
    def read(cls, shows_us: int, true_us: int | None, now_us: int, uncertainty_us: int | None = None) -> Self:
        """Of what the recorder showed when it was `true_us`; None is now. Raises `TrueTimeToCome`."""
        if true_us is not None and true_us > now_us + _AHEAD_US:
            raise TrueTimeToCome(at=ToldInstant(true_us))
        usual = SENT_US if true_us is None else READ_US
        at_us = now_us if true_us is None else true_us
        return cls(shows_us - at_us, at_us, usual if uncertainty_us is None else uncertainty_us)

    @classmethod
    def told(cls, offset_us: int, now_us: int, uncertainty_us: int | None = None) -> Self:
        """Of a difference that somebody knows; none is 0."""
        usual = READ_US if offset_us % TOLD_US else TOLD_US
        return cls(offset_us, now_us, usual if uncertainty_us is None else uncertainty_us)

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Self | None:
        """Return what `as_dict` made."""
        return None if kept is None else cls(**kept)

    def as_dict(self) -> dict[str, Any]:
        return {"offset_us": self.offset_us, "at_us": self.at_us, "uncertainty_us": self.uncertainty_us, "by": self.by}

    @property
    def far(self) -> bool:
        """Whether it is so far off that it is asked twice; clocks that lost their power show the year of their making."""
        return abs(self.offset_us) >= FAR_US

    def must_be_meant(self, *, meant: bool) -> None:
        """Raises `ClockFarOff` for what is far off, unless somebody said that it is."""
        if self.far and not meant:
            hours = abs(self.offset_us) // (3600 * MICROSECONDS)
            raise ClockFarOff(days=hours // 24, hours=hours % 24)

    def true_us(self, shown_us: int, now_us: int) -> int:
        """Return when it truly was what the recorder showed as `shown_us`. Raises `CorrectedToCome`, `CorrectedTooEarly`."""
        true_us = shown_us - self.offset_us
        if true_us > now_us:
            raise CorrectedToCome(at=ToldInstant(true_us))
        if true_us < _EARLIEST_US:
            raise CorrectedTooEarly
        return true_us

    def doubt_us(self, span: TimeRange) -> int:
        """Return how far times in `span` may be off: what the reading is, and what the clock may have strayed until then."""
        apart = max(abs(self.at_us - span.start_us), abs(self.at_us - span.end_us))
        return self.uncertainty_us + apart * DRIFT_PPM // 1_000_000


def as_said(
    now_us: int,
    by: str,
    *,
    shows_us: int | None = None,
    true_us: int | None = None,
    offset_us: int | None = None,
    uncertainty_us: int | None = None,
    meant: bool = False,
) -> Comparison | None:
    """Return what somebody says of a recorder's clock; None when that is nothing.

    Either it showed `shows_us` at `true_us` (None: now), or it is `offset_us` ahead; `meant`: also when that is very much.
    Raises `ClockUnusable`, `ClockFarOff`, `TrueTimeToCome`.
    """
    if shows_us is None and offset_us is None and true_us is None and uncertainty_us is None:
        return None
    twice = shows_us is not None and offset_us is not None
    if twice or (shows_us is None and (offset_us is None or true_us is not None)):
        raise ClockUnusable
    if shows_us is not None:
        found = Comparison.read(shows_us, true_us, now_us, uncertainty_us)
    else:
        found = Comparison.told(offset_us or 0, now_us, uncertainty_us)
    found.must_be_meant(meant=meant)
    return replace(found, by=by)


def same_clock(one: Comparison | None, other: Comparison | None) -> bool:
    """Tell whether both say the same of a clock, be it at another moment: a form that is sent twice is told at two."""
    if one is None or other is None:
        return one is other
    return (one.offset_us, one.uncertainty_us, one.by) == (other.offset_us, other.uncertainty_us, other.by)


def keep(session: Session, camera_id: int, compared: Comparison) -> int:
    """Store a comparison and return the id of its observation; for ten files of one recorder it is the same one.

    It has no epoch: nobody watched this clock, and it may be another than the one that the camera reports itself.
    """
    values: dict[str, Any] = {
        "camera_id": camera_id,
        "at_us": compared.at_us,
        "offset_us": compared.offset_us,
        "uncertainty_us": compared.uncertainty_us,
        "source": SOURCE,
        "observed_by": compared.by,
    }
    question = sa.select(col(ClockObservation.id)).filter_by(**values).limit(1)
    known: int | None = session.execute(question).scalar_one_or_none()
    if known is not None:
        return known
    row = ClockObservation(**values)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def comparisons_of(session: Session, import_ids: Iterable[str | None]) -> dict[str, Comparison]:
    """Return of each of these imports what its recorder's clock was compared with; of those that nobody compared nothing."""
    ids = sorted({name for name in import_ids if name is not None})
    if not ids:
        return {}
    question = _KEPT.add_columns(col(ClipImport.id)).join(
        ClipImport, col(ClipImport.observation_id) == col(ClockObservation.id)
    )
    rows = session.execute(question.where(col(ClipImport.id).in_(ids)))
    return {row.id: Comparison(*row[:4]) for row in rows}


def last_seen(session: Session, camera_id: int) -> tuple[Comparison, str] | None:
    """Return the newest observation of a clock of this camera, and its source."""
    question = (
        _KEPT.add_columns(col(ClockObservation.source))
        .where(col(ClockObservation.camera_id) == camera_id)
        .order_by(col(ClockObservation.at_us).desc(), col(ClockObservation.id).desc())
        .limit(1)
    )
    row = session.execute(question).first()
    return None if row is None else (Comparison(*row[:4]), row.source)


_KEPT = sa.select(
    col(ClockObservation.offset_us),
    col(ClockObservation.at_us),
    col(ClockObservation.uncertainty_us),
    sa.func.coalesce(col(ClockObservation.observed_by), ""),
)
