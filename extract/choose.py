"""Which segment answers for which stretch of wall time, where streams of one camera overlap. Pure.

The source that plays goes on playing; another takes over when it ends, at the other's last key frame before that end,
so that nothing is shown twice and nothing recorded is left out.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from extract.footage import Footage, Load, key_times
from foundation.timebase import TimeRange


@dataclass(frozen=True)
class Take:
    """`footage` answers for `[start_us, end_us)`. Takes are in order and do not overlap."""

    footage: Footage
    start_us: int
    end_us: int

    def follows(self, before: "Take") -> bool:
        """Tell whether both are one unbroken stretch of one run."""
        same = self.footage.run_id == before.footage.run_id and self.footage.stream_id == before.footage.stream_id
        return same and before.end_us == before.footage.end_us == self.footage.start_us == self.start_us


def choose(footage: Sequence[Footage], span: TimeRange, load: Load) -> list[Take]:
    """Return who answers for which part of `span`; what no take covers has no footage."""
    streams = _by_stream(footage)
    starts = sorted(segment.start_us for segment in footage)
    takes: list[Take] = []
    at = span.start_us
    while at < span.end_us:
        playing = takes[-1].footage.stream_id if takes else None
        found = _covering(streams, at, playing)
        if found is None:
            later = bisect_right(starts, at)
            at = starts[later] if later < len(starts) else span.end_us
            continue
        if takes and found.stream_id != playing and takes[-1].end_us == at:
            at = _switch(takes, found, load)
        end = min(found.end_us, span.end_us)
        takes.append(Take(found, at, end))
        at = end
    return takes


def _by_stream(footage: Sequence[Footage]) -> dict[int, list[Footage]]:
    streams: dict[int, list[Footage]] = {}
    for segment in sorted(footage, key=lambda item: (item.rank, item.stream_id, item.start_us)):
        streams.setdefault(segment.stream_id, []).append(segment)
    return streams


def _covering(streams: dict[int, list[Footage]], at_us: int, playing: int | None) -> Footage | None:
    for stream_id in [playing, *streams] if playing is not None else streams:
        segments = streams[stream_id]
        place = bisect_right(segments, at_us, key=lambda item: item.start_us) - 1
        if place >= 0 and at_us < segments[place].end_us:
            return segments[place]
    return None


def _switch(takes: list[Take], new: Footage, load: Load) -> int:
    """Shorten what plays so that `new` takes over at its last key frame before the end; return that instant.

    Without such a key frame it takes over at the end, and what it needs for decoding is hidden.
    """
    end = takes[-1].end_us
    begin = _playing_since(takes)
    keys = key_times(new, load(new))
    usable = keys[(keys > begin) & (keys <= end)]
    if not len(usable):
        return end
    at = int(usable[-1])
    while takes[-1].start_us >= at:
        takes.pop()
    takes[-1] = Take(takes[-1].footage, takes[-1].start_us, at)
    return at


def _playing_since(takes: Sequence[Take]) -> int:
    since = takes[-1]
    for take in reversed(takes):
        if take.footage.stream_id != since.footage.stream_id or (take is not since and take.end_us != since.start_us):
            break
        since = take
    return since.start_us
