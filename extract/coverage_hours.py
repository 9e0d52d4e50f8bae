"""Whole hours of a clock on the wall, and how much of each was recorded. Pure.

Times are microseconds UTC; an hour here is an hour of the display zone, so a table by hour reads as people count.
"""

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np
import numpy.typing as npt

from foundation.timebase import MICROSECONDS, TimeRange, datetime_from_us

HOUR_US = 3600 * MICROSECONDS
Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


def hour_bounds(span: TimeRange, zone: tzinfo) -> Times:
    """Return the n + 1 bounds of the n hours of `span`; the first and the last may be shorter than an hour."""
    bounds, at = [span.start_us], span.start_us
    while at < span.end_us:
        # Asked anew each hour: a zone may change its offset within the range, and by less than an hour.
        offset = datetime_from_us(at, zone).utcoffset()
        assert offset is not None
        local = at + round(offset.total_seconds()) * MICROSECONDS
        at = min(at - local % HOUR_US + HOUR_US, span.end_us)
        bounds.append(at)
    return np.array(bounds, np.int64)


def within(parts: Sequence[TimeRange], bounds: Times) -> Floats:
    """Return for each hour of `bounds` how many microseconds `parts` fill; they are in order and do not overlap."""
    if not parts:
        return np.zeros(len(bounds) - 1)
    edges = np.array([(part.start_us, part.end_us) for part in parts], np.int64)
    lengths = edges[:, 1] - edges[:, 0]
    before = np.cumsum(lengths) - lengths
    # The time filled up to an instant is a line that rises within a part and rests between parts. Counted from the
    # first bound, a year of microseconds is exact in a float.
    instants = (edges - bounds[0]).ravel().astype(np.float64)
    filled = np.column_stack([before, before + lengths]).ravel().astype(np.float64)
    return np.diff(np.interp((bounds - bounds[0]).astype(np.float64), instants, filled))
