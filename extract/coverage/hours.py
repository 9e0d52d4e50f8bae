"""Whole hours of a clock on the wall, and how much of each was recorded. Pure.

Times are microseconds UTC. Ranges are rows (start, end) of an int64 array, in order and without overlap: a month of a
city is a hundred thousand of them, and as objects they would cost more than the question.
"""

from collections.abc import Iterable, Sequence
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


def edges(parts: Iterable[TimeRange]) -> Times:
    """Return ranges as rows."""
    return np.array([(part.start_us, part.end_us) for part in parts], np.int64).reshape(-1, 2)


def clip(rows: Times, span: TimeRange) -> Times:
    """Return what of the ranges is within `span`."""
    inside = rows[(rows[:, 0] < span.end_us) & (rows[:, 1] > span.start_us)]
    return np.clip(inside, span.start_us, span.end_us)


def union_us(several: Sequence[Times]) -> int:
    """Return how many microseconds are in at least one range of `several` lists of ranges."""
    if len(several) == 1:
        return int((several[0][:, 1] - several[0][:, 0]).sum())
    rows = np.concatenate(several) if several else np.empty((0, 2), np.int64)
    if not len(rows):
        return 0
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    reached = np.maximum.accumulate(rows[:, 1])
    new_from = np.maximum(rows[1:, 0], reached[:-1])
    return int(rows[0, 1] - rows[0, 0] + np.maximum(rows[1:, 1] - new_from, 0).sum())


def within(rows: Times, bounds: Times) -> Floats:
    """Return for each hour of `bounds` how many microseconds of it the ranges fill."""
    if not len(rows):
        return np.zeros(len(bounds) - 1)
    lengths = rows[:, 1] - rows[:, 0]
    before = np.cumsum(lengths) - lengths
    # The time filled up to an instant is a line that rises within a range and rests between ranges. Counted from the
    # first bound, a year of microseconds is exact in a float.
    instants = (rows - bounds[0]).ravel().astype(np.float64)
    filled = np.column_stack([before, before + lengths]).ravel().astype(np.float64)
    return np.diff(np.interp((bounds - bounds[0]).astype(np.float64), instants, filled))
