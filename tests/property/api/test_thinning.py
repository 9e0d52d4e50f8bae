"""A lane that a screen cannot show is drawn wider than it was, never narrower, and what is left out is counted."""

from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.frame.thinning import thinned
from foundation.timebase import TimeRange, covered_us, merge, subtract
from ingest.index.records import Gap, GapReason, RunRecord

SPAN = TimeRange(1_000_000, 1_100_000)
MOST = 8


@st.composite
def lanes(draw: st.DrawFn) -> tuple[list[RunRecord], list[Gap]]:
    """Runs of two streams in the order of the index, and the gaps between all of them."""
    runs: list[RunRecord] = []
    for stream in (1, 2):
        ends = sorted(draw(st.sets(st.integers(SPAN.start_us, SPAN.end_us), max_size=30)))
        for start, end in zip(ends[::2], ends[1::2], strict=False):
            doubt = draw(st.sampled_from([None, 5, 9]))
            runs.append(RunRecord(len(runs), stream, start, end, None, None, "receiver", doubt))
    gaps = [Gap(part, GapReason.STALLED) for part in subtract(SPAN, [run.range for run in runs])]
    return runs, gaps


@given(lanes())
@settings(max_examples=100)
def test_what_is_drawn_holds_all_that_was_recorded(lane: tuple[list[RunRecord], list[Gap]]) -> None:
    runs, gaps = lane
    drawn = thinned(runs, gaps, SPAN, MOST)
    recorded, shown = merge(run.range for run in runs), merge(run.range for run in drawn.runs)
    assert covered_us(SPAN, merge([*recorded, *shown])) == covered_us(SPAN, shown)
    assert len(drawn.gaps) + drawn.left_out == len(gaps)
    assert all(gap in gaps for gap in drawn.gaps)
    pixel = SPAN.duration_us / MOST
    wide = [part for part in subtract(SPAN, shown) if part.duration_us >= pixel]  # narrower ones are left at the edges
    assert wide == [gap.range for gap in drawn.gaps if gap.range.duration_us >= pixel]
    if drawn.left_out:
        assert all(gap.range.duration_us >= pixel for gap in drawn.gaps)
        assert len(drawn.runs) <= MOST + 1
    elif max(len(runs), len(gaps)) <= MOST:
        assert list(drawn.runs) == runs


@given(lanes())
@settings(max_examples=50)
def test_of_joined_runs_the_worst_clock_is_told(lane: tuple[list[RunRecord], list[Gap]]) -> None:
    runs, gaps = lane
    for shown in thinned(runs, gaps, SPAN, 1).runs:
        doubts = [run.uncertainty_us for run in runs if run.range.overlaps(shown.range)]
        assert shown.uncertainty_us == (None if None in doubts else max(doubt for doubt in doubts if doubt))
