"""Recorded and gaps together are the span, exactly; every microsecond has its reason."""

from hypothesis import given
from hypothesis import strategies as st

from foundation.timebase import TimeRange, merge
from ingest.index.records import Gap, GapReason, RunRecord
from ingest.index.timeline import reckon

REASONS = [None, "file_end", "stalled", "killed", "something from a later version"]


def run(number: int, start: int, length: int, reason: str | None) -> RunRecord:
    return RunRecord(number, number % 2, start, start + length, reason, None, "given", None)


RUNS = st.lists(st.builds(run, st.integers(1, 9), st.integers(0, 90), st.integers(1, 30), st.sampled_from(REASONS)))
RANGES = st.builds(lambda start, length: TimeRange(start, start + length), st.integers(0, 100), st.integers(1, 40))
TRIED = st.lists(
    st.builds(Gap, RANGES, st.sampled_from([GapReason.UNREACHABLE, GapReason.SIGN_IN_REFUSED])), max_size=4
).map(lambda gaps: sorted(gaps, key=lambda gap: gap.range.start_us))
"""When recording was tried and failed, in the order in which the catalogue tells it."""


@given(RUNS, st.lists(RANGES, max_size=3), TRIED, RANGES, st.integers(0, 150), st.integers(0, 150))
def test_every_instant_is_recorded_or_has_one_reason(
    runs: list[RunRecord], deleted: list[TimeRange], tried: list[Gap], span: TimeRange, now: int, registered: int
) -> None:
    found = reckon(runs, deleted, span, now, registered, tried)
    pieces = sorted([*found.recorded, *(gap.range for gap in found.gaps)])
    assert [piece.start_us for piece in pieces] == [span.start_us, *(piece.end_us for piece in pieces[:-1])]
    assert pieces[-1].end_us == span.end_us
    assert list(found.recorded) == merge(found.recorded)
    for at in range(span.start_us, span.end_us):
        seen = any(item.start_us <= at < item.end_us for item in runs)
        assert any(part.contains(at) for part in found.recorded) == seen
        if seen:
            continue
        (reason,) = [gap.reason for gap in found.gaps if gap.range.contains(at)]
        ended = [item.end_us for item in runs if item.end_us <= at]
        if any(part.contains(at) for part in deleted):
            assert reason == GapReason.DELETED
        elif failed := [gap.reason for gap in tried if gap.range.contains(at)]:
            assert reason == failed[0]
        elif at >= now:
            assert reason == GapReason.FUTURE
        elif not ended:
            assert reason == (GapReason.NOT_REGISTERED if at < registered else GapReason.NOT_RECORDED)
        else:
            told = {item.end_reason for item in runs if item.end_us == max(ended)}
            assert reason in told or reason == GapReason.NOT_RECORDED
