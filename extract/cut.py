"""From one unbroken stretch of a run to the samples that show a range of it. Pure.

All samples of the stretch stand on one axis of media time (90 000 ticks a second), on which the segments' media
durations are added up; each segment maps its part of the axis to wall time. See docs/design/virtual-mp4.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from extract.choose import Take
from extract.footage import Footage, Load, Media
from foundation.mp4.tables import Flags, Int32, Int64, SampleTable
from foundation.timebase import TimeRange

Mode = Literal["exact", "keyframe", "strict"]
LostReason = Literal["undecodable", "strict"]


@dataclass(frozen=True)
class Lost:
    """Recorded, asked for and yet not in the clip, and why."""

    range: TimeRange
    reason: LostReason


@dataclass(frozen=True)
class Asked:
    """What one stretch is to show.

    With `opens` it begins a track, so what its first key frame drags along may stay, hidden; with `leads` it is the
    clip's first, the only one that `keyframe` lets begin earlier. `at_us`: show the one frame on display then.
    """

    mode: Mode
    opens: bool = True
    leads: bool = True
    at_us: int | None = None


@dataclass(frozen=True, eq=False)
class Cut:
    """Samples in decode order, of which those with `first <= pts < end` are seen.

    `owner` tells for each sample which of `footage` it lies in, `bases` where on the axis each of these begins.
    `end_us` is the wall time at which the last seen frame ends.
    """

    footage: tuple[Footage, ...]
    media: tuple[Media, ...]
    bases: tuple[int, ...]
    samples: SampleTable
    owner: Int32
    first: int
    end: int
    end_us: int

    @property
    def seen(self) -> Flags:
        pts = self.samples.pts
        return (pts >= self.first) & (pts < self.end)


class Axis:
    """The samples of consecutive segments of one run, joined."""

    def __init__(self, footage: Sequence[Footage], load: Load) -> None:
        self.footage = tuple(footage)
        self.media = tuple(load(segment) for segment in footage)
        bases, base = [], 0
        for segment in footage:
            bases.append(base)
            base += segment.media_ticks
        self.bases, self.length = tuple(bases), base
        counts = [len(media.video) for media in self.media]
        self.owner: Int32 = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self.samples = _join([media.video for media in self.media], bases)
        self.pts: Int64 = self.samples.pts
        self.wall: Int64 = np.concatenate(
            [segment.wall_times(media.video.pts) for segment, media in zip(self.footage, self.media, strict=True)]
        )

    def cut(self, which: Int64, seen: Flags, end_us: int) -> Cut:
        """Return the samples `which`, of which those `seen` show; the last ends at the next frame or at `end_us`."""
        first, last = int(self.pts[seen].min()), int(self.pts[seen].max())
        place = int(self.owner[int(np.flatnonzero(self.pts == last)[0])])
        segment, base = self.footage[place], self.bases[place]
        later = self.pts[self.pts > last]
        following = int(later.min()) if len(later) else self.length
        end = max(last + 1, min(following, base + segment.ticks(end_us)))
        ends = min(end_us, segment.wall_us(end - base)) if end == following else end_us
        samples = self.samples.take(which)
        return Cut(self.footage, self.media, self.bases, samples, self.owner[which], first, end, ends)


def _join(tables: Sequence[SampleTable], bases: Sequence[int]) -> SampleTable:
    return SampleTable(
        np.concatenate([table.offset for table in tables]),
        np.concatenate([table.size for table in tables]),
        np.concatenate([table.dts + base for table, base in zip(tables, bases, strict=True)]),
        np.concatenate([table.cts for table in tables]),
        np.concatenate([table.key for table in tables]),
        np.concatenate([table.entry for table in tables]),
        tables[-1].end_dts + bases[-1],
    )


def cut_stretch(
    takes: Sequence[Take], earlier: Footage | None, asked: Asked, load: Load
) -> tuple[Cut | None, list[Lost]]:
    """Return what shows `takes`, one unbroken stretch; None when no frame begins in it.

    `earlier` is the segment of the run that goes straight before it, read only if frames lean on it. It is enough, as
    every segment begins with a key frame.
    """
    begin_us, end_us = takes[0].start_us, takes[-1].end_us
    axis = Axis([take.footage for take in takes], load)
    if asked.mode == "strict":
        return _cut_strictly(axis, begin_us, end_us)
    if earlier is not None and _leans(axis, asked, begin_us, end_us):
        axis = Axis([earlier, *axis.footage], load)
    seen = _wanted(axis, asked, begin_us, end_us)
    lost: list[Lost] = []
    if seen.any() and not len(_usable(axis, seen)):
        # The beginning of the run was deleted: these first pictures lean on frames that are no longer there.
        keys = np.flatnonzero(axis.samples.key)
        if not len(keys):
            return None, [Lost(TimeRange(begin_us, end_us), "undecodable")]
        key = int(keys[0])
        lost.append(Lost(TimeRange(begin_us, min(int(axis.wall[key]), end_us)), "undecodable"))
        seen &= axis.pts >= axis.pts[key]
    if not seen.any():
        return None, lost
    which = np.arange(int(_usable(axis, seen)[-1]), int(np.flatnonzero(seen)[-1]) + 1)
    if not asked.opens and seen[which[0]]:
        # Pictures that go with this key frame but are shown before it would have to be hidden amid the track.
        which = which[axis.pts[which] >= axis.pts[which[0]]]
    return axis.cut(which, seen, end_us), lost


def _leans(axis: Axis, asked: Asked, begin_us: int, end_us: int) -> bool:
    """Tell whether the stretch has no key frame of its own to begin with."""
    if asked.mode == "keyframe" and asked.leads and not (axis.samples.key & (axis.wall <= begin_us)).any():
        return True
    seen = _wanted(axis, asked, begin_us, end_us)
    return bool(seen.any()) and not len(_usable(axis, seen))


def _usable(axis: Axis, seen: Flags) -> Int64:
    """Return the key frames from which all that is `seen` can be decoded, in decode order."""
    return np.flatnonzero(axis.samples.key & (axis.pts <= axis.pts[seen].min()))


def _wanted(axis: Axis, asked: Asked, begin_us: int, end_us: int) -> Flags:
    if asked.at_us is not None:
        shown = axis.wall[axis.wall <= asked.at_us]
        return axis.wall == shown.max() if len(shown) else np.zeros(len(axis.wall), np.bool_)
    if asked.mode == "keyframe" and asked.leads:
        earlier = axis.wall[axis.samples.key & (axis.wall <= begin_us)]
        begin_us = int(earlier.max()) if len(earlier) else begin_us
    return np.asarray((axis.wall >= begin_us) & (axis.wall < end_us))


def _cut_strictly(axis: Axis, begin_us: int, end_us: int) -> tuple[Cut | None, list[Lost]]:
    inside = (axis.wall >= begin_us) & (axis.wall < end_us)
    if not inside.any():
        return None, []
    keys = np.flatnonzero(axis.samples.key & inside)
    if not len(keys):
        return None, [Lost(TimeRange(begin_us, end_us), "strict")]
    begin = int(keys[0])
    beyond = np.flatnonzero(axis.wall[begin:] >= end_us)
    stop = begin + int(beyond[0]) if len(beyond) else len(axis.wall)
    order = np.arange(len(axis.wall))
    kept = inside & (axis.pts >= axis.pts[begin]) & (order >= begin) & (order < stop)
    cut = axis.cut(np.flatnonzero(kept), kept, end_us)
    dropped = inside & ~kept
    lost = []
    if (dropped & (axis.pts < cut.first)).any():
        lost.append(Lost(TimeRange(begin_us, int(axis.wall[begin])), "strict"))
    if (dropped & (axis.pts >= cut.end)).any():
        lost.append(Lost(TimeRange(cut.end_us, end_us), "strict"))
    return cut, lost
