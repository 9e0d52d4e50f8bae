"""The sound that goes with a cut: whole coded frames, trimmed to the picture's window by the edit list. Pure.

Sound is held against its segments' time axis, not against its own running sum, so it cannot drift from the picture.
"""

from dataclasses import dataclass

import numpy as np

from extract.cut import Cut
from extract.footage import Sound
from foundation.mp4.tables import Int32, Int64, SampleTable, concat
from foundation.timebase import MEDIA_TIMESCALE, rescale

_JOINS_WITHIN = 100
"""Segments whose sound meets within 1/100 s are one sound: rounding and late packets, not a gap."""


@dataclass(frozen=True, eq=False)
class SoundCut:
    """Frames on an axis of 1/`rate` s that has the zero of the cut's own axis.

    `[first, end)` in 1/90000 s of the cut's axis is what sounds; it lies inside the cut's window, and before and
    after it there is silence.
    """

    samples: SampleTable
    owner: Int32
    rate: int
    first: int
    end: int

    @property
    def first_sample_time(self) -> int:
        """Return `first` in 1/`rate` s, never before the first frame."""
        return max(rescale(self.first, self.rate, MEDIA_TIMESCALE), int(self.samples.dts[0]))


def sound_of(cut: Cut, *, strict: bool) -> SoundCut | None:
    """Return the sound of the cut's window; None when there is none.

    One frame more is taken before the window, hidden: AAC overlaps each frame with the one before. With `strict` there
    are only frames that lie wholly in the window.
    """
    found = _joined(cut)
    if found is None:
        return None
    samples, owner, rate = found
    begin, stop = rescale(cut.first, rate, MEDIA_TIMESCALE), rescale(cut.end, rate, MEDIA_TIMESCALE)
    ends = samples.dts + samples.durations
    inside = (samples.dts >= begin) & (ends <= stop) if strict else (samples.dts < stop) & (ends > begin)
    places = np.flatnonzero(inside)
    if not len(places):
        return None
    head, tail = int(places[0]), int(places[-1]) + 1
    first = max(cut.first, rescale(int(samples.dts[head]), MEDIA_TIMESCALE, rate))
    end = min(cut.end, rescale(int(ends[tail - 1]), MEDIA_TIMESCALE, rate))
    if first >= end:
        return None
    which = slice(head if strict else max(0, head - 1), tail)
    return SoundCut(samples.take(which), owner[which], rate, first, end)


def _joined(cut: Cut) -> tuple[SampleTable, Int32, int] | None:
    tables: list[SampleTable] = []
    owners: list[Int32] = []
    rate = 0
    for place, (media, base) in enumerate(zip(cut.media, cut.bases, strict=True)):
        if media.sound is None or not len(media.sound.samples):
            continue
        rate = media.sound.rate
        table = _after(tables[-1].end_dts if tables else None, media.sound, rescale(base, rate, MEDIA_TIMESCALE))
        if len(table):
            tables.append(table)
            owners.append(np.full(len(table), place, np.int32))
    if not tables:
        return None
    return concat(tables), np.concatenate(owners), rate


def _after(running: int | None, sound: Sound, base: int) -> SampleTable:
    """Return a segment's sound moved to `base`, and on to `running` if it nearly meets it; never before that."""
    samples = sound.samples
    times: Int64 = samples.pts + base
    end = samples.end_dts + base
    if running is not None:
        ahead = int(times[0]) - running
        if abs(ahead) * _JOINS_WITHIN <= sound.rate:
            times, end = times - ahead, end - ahead
    none = np.zeros(len(times), np.int64)
    table = SampleTable(samples.offset, samples.size, times, none, samples.key, samples.entry, end)
    return table if running is None or times[0] >= running else table.take(times >= running)
