"""A camera's own clock as its sender reports tell it: kept as observations, trusted with nothing. Pure.

A report is on its way for a time that is never negative, so `its time - our arrival` is at most the true offset: of a few reports
the greatest is the best, and how far they lie apart says how sure it is.
"""

from collections import deque
from typing import NamedTuple

EVERY_US = 600_000_000
STEP_US = 500_000
LEAST_US = 10_000_000
"""Between two observations, whatever the camera says: what it may say as often as it likes fills no catalogue."""
_REPORTS = 6
_LEAST_UNCERTAINTY_US = 50_000


class Observation(NamedTuple):
    """`offset_us` is the camera's clock minus ours."""

    at_us: int
    offset_us: int
    uncertainty_us: int


class ClockWatch:
    """Feed it each report; what is worth keeping is returned: the first, then every ten minutes, and each step."""

    def __init__(self) -> None:
        self._seen: deque[int] = deque(maxlen=_REPORTS)
        self._kept: Observation | None = None

    def report(self, ntp_us: int, arrived_us: int) -> Observation | None:
        offset = ntp_us - arrived_us
        if self._seen and abs(offset - max(self._seen)) > STEP_US:
            self._seen.clear()  # it was set; older reports say nothing of it now
        self._seen.append(offset)
        if len(self._seen) < 2:
            return None  # one alone may have been held up on the way
        best = max(self._seen)
        found = Observation(arrived_us, best, _LEAST_UNCERTAINTY_US + best - min(self._seen))
        kept = self._kept
        passed = LEAST_US if kept is None else abs(arrived_us - kept.at_us)
        due = kept is None or passed >= EVERY_US or (passed >= LEAST_US and abs(best - kept.offset_us) > STEP_US)
        if not due:
            return None
        self._kept = found
        return found
