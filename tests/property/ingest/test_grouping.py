"""Whatever a stream's times are: groups are in order, none overlaps, and no picture is lost without a word."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import notices as say
from ingest.coding import Coding
from ingest.grouping import HOLE_TICKS, LONGEST_TICKS, Grouping
from ingest.notices import Notices
from ingest.samples import Sample

CODINGS = [Coding(b"1", "one", "h264"), Coding(b"2", "two", "h264")]
STEPS = st.one_of(
    st.integers(1, 9000),
    st.integers(-9000, 0),
    st.integers(-60 * 90_000, 60 * 90_000),
    st.sampled_from([HOLE_TICKS, LONGEST_TICKS]),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Sample]:
    at = draw(st.integers(-(10**6), 10**9))
    samples: list[Sample] = []
    for number in range(draw(st.integers(0, 60))):
        key = draw(st.integers(0, 4)) == 0
        coding = CODINGS[draw(st.integers(0, 9)) == 0] if key or not samples else samples[-1].coding
        pts = None if draw(st.integers(0, 19)) == 0 else at
        samples.append(Sample(b"%d" % number, pts, draw(st.sampled_from([0, 3600])), key, coding))
        at += draw(STEPS)
    return samples


@settings(max_examples=400, deadline=None)
@given(streams())
def test_any_stream_is_told_whole(samples: list[Sample]) -> None:
    notices = Notices()
    grouping = Grouping(notices)
    groups = [group for sample in samples for group in grouping.feed(sample)]
    groups += list(grouping.finish())
    for group in groups:
        assert group.end is not None
        assert group.low <= group.high < group.end
        assert group.end - group.low <= LONGEST_TICKS + HOLE_TICKS
        assert len(set(group.pts.tolist())) == len(group.data)
    for one, other in pairwise(groups):
        assert one.end is not None
        assert one.end <= other.low
        assert (one.end == other.low) or one.ends is not None
        assert other.begins_run == (one.ends is not None)
    kept = [int(data) for group in groups for data in group.data]
    assert kept == sorted(kept)
    lost = sum(n.fields["count"] for n in notices.all() if n.message in {say.LEADING, say.NO_KEY})
    if not any(n.message == say.TOO_LONG for n in notices.all()):
        assert len(kept) + lost == len(samples)
