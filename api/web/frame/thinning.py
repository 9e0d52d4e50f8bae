"""No more of a lane than a screen can show: what is narrower than a pixel is left out of the picture, and counted. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.timebase import TimeRange, subtract
from ingest.index.records import Gap, RunRecord

MOST_RUNS = 1000
"""A lane is as wide as the page, which is no wider than this many pixels."""


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a lane. `left_out` gaps are shorter than a pixel, and are drawn as footage."""

    runs: Sequence[RunRecord]
    gaps: Sequence[Gap]
    left_out: int


def thinned(runs: Sequence[RunRecord], gaps: Sequence[Gap], span: TimeRange, most: int = MOST_RUNS) -> Drawn:
    """Return the lane as it is, or with at most `most` gaps, none of them shorter than the `most`th part of `span`.

    Runs that a gap left out was between become one, with the worst of their clocks.
    """
    if len(runs) <= most and len(gaps) <= most:
        return Drawn(runs, gaps, 0)
    wide = [gap for gap in gaps if gap.range.duration_us * most >= span.duration_us]
    parts = subtract(span, [gap.range for gap in wide])
    starts = [part.start_us for part in parts]
    inside: dict[int, list[RunRecord]] = defaultdict(list)
    for run in runs:  # a gap is where no run is, so each run lies in one of the parts
        inside[bisect_right(starts, max(run.start_us, span.start_us)) - 1].append(run)
    return Drawn([_one(inside[place]) for place in sorted(inside)], wide, len(gaps) - len(wide))


def _one(runs: Sequence[RunRecord]) -> RunRecord:
    doubts = [run.uncertainty_us for run in runs if run.uncertainty_us is not None]
    worst = max(doubts) if len(doubts) == len(runs) else None
    start, end = min(run.start_us for run in runs), max(run.end_us for run in runs)
    return runs[0]._replace(start_us=start, end_us=end, uncertainty_us=worst)
