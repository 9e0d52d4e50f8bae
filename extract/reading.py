"""Who sends the bytes of a clip has a lease on its footage, so that retention leaves alone what is being read.

A lease is written once a minute for each clip however many requests there are, and outlasts the last one by two minutes.
"""

import logging
from threading import Lock

import sqlalchemy as sa
from sqlmodel import Session

from extract.clips import ClipRecord
from foundation.clock import Clock
from foundation.database import DatabaseUnavailable, unit_of_work
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.holds import end_lease, lease

log = logging.getLogger(__name__)

OUTLASTS_US = 120 * MICROSECONDS
_EVERY_US = 60 * MICROSECONDS
_MOST_REMEMBERED = 1000


class _Written:
    """When this process last wrote the lease of a clip, by the steady clock."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._lock = Lock()

    def claim(self, clip_id: str, now_us: int) -> bool:
        """Tell whether the lease is to be written now; whoever is told so writes it."""
        with self._lock:
            last = self._at.get(clip_id)
            if last is not None and now_us - last < _EVERY_US:
                return False
            if len(self._at) >= _MOST_REMEMBERED:
                self._at = {name: at for name, at in self._at.items() if now_us - at < _EVERY_US}
            self._at[clip_id] = now_us
            return True


_WRITTEN = _Written()


def begin_reading(session: Session, clock: Clock, clip: ClipRecord, outlasts_us: int = OUTLASTS_US) -> None:
    """Lease the footage of a clip in the transaction that makes it: who makes a clip mostly reads it at once."""
    _WRITTEN.claim(clip.id, clock.steady_us())
    _lease(session, clock, clip, outlasts_us)


def keep_reading(engine: sa.Engine, clock: Clock, clip: ClipRecord) -> None:
    """Lease the footage of a clip, or prolong the lease if that is due; call it before its rows are read, and often.

    A catalogue that does not take it keeps nobody from reading.
    """
    if not _WRITTEN.claim(clip.id, clock.steady_us()):
        return
    try:
        with unit_of_work(engine) as session:
            _lease(session, clock, clip, OUTLASTS_US)
    except DatabaseUnavailable as error:
        log.warning("clip %s is read without a lease: %s", clip.id, error)


def end_reading(engine: sa.Engine, clip: ClipRecord) -> None:
    """Give the lease up, for a reader that is the only one of its clip and has all of it."""
    with unit_of_work(engine) as session:
        end_lease(session, clip.id)


def _lease(session: Session, clock: Clock, clip: ClipRecord, outlasts_us: int) -> None:
    # A request may come just before the next writing is due, and its two minutes count from then.
    lease(session, clip.id, clip.camera_id, reach(clip), clock.now_us() + _EVERY_US + outlasts_us)


def reach(clip: ClipRecord) -> TimeRange:
    """Return a range that touches every segment of the clip; the first may lie before what was asked for."""
    return TimeRange(
        min(clip.span.start_us, *(start_us for _, start_us in clip.segments)),
        max(clip.span.end_us, *(start_us + 1 for _, start_us in clip.segments)),
    )
