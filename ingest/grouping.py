"""Groups of pictures out of a stream of samples, with times that only go forward. A pure state machine.

    samples (decode order) -> times without jumps -> groups, from a key frame to the next -> emitted with their sound

A group is emitted once later ones are known: the next one's first picture is its end, and by then the sound has come
that lies behind its pictures in the file. docs/design/recorded-clips.md has the rules.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from foundation.mp4.tables import Int64
from foundation.timebase import MEDIA_TIMESCALE, rescale
from ingest import notices as say
from ingest.coding import Coding
from ingest.index.records import GapReason
from ingest.notices import Notices
from ingest.samples import Group, Sample, ticks_text

HOLE_TICKS = 10 * MEDIA_TIMESCALE
"""A picture is on display for at most this long; after that, footage is missing."""
LONGEST_TICKS = 110 * MEDIA_TIMESCALE
"""With the hole that it may end in, a group is at most as long as a segment may be."""
LARGEST_BYTES = 128 * 2**20
_LOOK_TICKS = 2 * MEDIA_TIMESCALE
_LOOK_BYTES = 64 * 2**20
_SOUND_BYTES = 32 * 2**20
_USUAL_TICKS = MEDIA_TIMESCALE // 25


@dataclass
class _Open:
    """The group that is being filled; the rest of it is left out once it is `lost`."""

    coding: Coding
    data: list[bytes] = field(default_factory=list)
    pts: list[int] = field(default_factory=list)
    size: int = 0
    lost: bool = False
    too_long: bool = False


class Grouping:
    """Feed it samples in decode order; it yields whole groups, and `finish` yields the rest.

    `origin` is the media time that stands for the start of the recording, known once a group was yielded.
    """

    def __init__(self, notices: Notices) -> None:
        self.origin: int | None = None
        self._notices = notices
        self._open: _Open | None = None
        self._closed: deque[Group] = deque()
        self._last: Group | None = None
        self._first_time: int | None = None
        self._highest: int | None = None
        self._usual = _USUAL_TICKS  # how long a picture lasts that nothing follows
        self._durations_told = False
        self._shift = 0  # added to the source's times, because they went back
        self._torn = True  # the next group does not continue the one before
        self._voice = _SoundQueue(notices)

    def feed(self, sample: Sample) -> Iterator[Group]:
        if sample.sound:
            self._voice.put(sample, self._shift)
            return
        at = self._time_of(sample)
        if sample.key:
            at += self._close()
            self._open = _Open(sample.coding)
        if self.origin is None and not sample.hidden:
            self._first_time = at if self._first_time is None else min(self._first_time, at)
        self._append(sample, at)
        self._highest = at if self._highest is None else max(self._highest, at)
        if 0 < sample.duration <= HOLE_TICKS:
            self._usual, self._durations_told = sample.duration, True
        yield from self._emit(ending=False)

    def finish(self) -> Iterator[Group]:
        self._close()
        if self._last is not None:
            self._last.end = self._last.high + self._usual
            self._last.ends = GapReason.FILE_END
        yield from self._emit(ending=True)

    def _time_of(self, sample: Sample) -> int:
        if sample.pts is None:
            self._notices.count(say.TIMES_MISSING)
            return 0 if self._highest is None else self._highest + self._usual
        at = sample.pts + self._shift
        if self._highest is not None and at < self._highest - HOLE_TICKS:
            at += self._jump(at, self._highest)
        return at

    def _jump(self, low: int, highest: int) -> int:
        """Place what begins at `low` behind `highest`; return by how much it moves."""
        by = highest + self._usual - low
        self._shift += by
        self._notices.add(say.JUMP, at=ticks_text(highest - (self.origin or 0)))
        return by

    def _append(self, sample: Sample, at: int) -> None:
        group = self._open
        if group is None:
            self._notices.count(say.LEADING)
            return
        if group.pts and at - max(group.pts[-1], self._highest or 0) > HOLE_TICKS:
            group.lost = True
        if group.lost:
            if not group.too_long:
                self._notices.count(say.NO_KEY)
            return
        group.data.append(sample.data)
        group.pts.append(at)
        group.size += len(sample.data)
        if at - group.pts[0] > LONGEST_TICKS or group.size > LARGEST_BYTES:
            group.lost = group.too_long = True
            group.data.clear()

    def _close(self) -> int:
        """End the open group, and with it what was unknown of the one before; return by how much its times moved."""
        group, self._open = self._open, None
        if group is None:
            return 0
        if self.origin is None:
            self.origin = group.pts[0] if self._first_time is None else self._first_time
        last, key_at = self._last, group.pts[0]
        hole = last is not None and key_at - last.high > HOLE_TICKS
        changed = last is not None and group.coding is not last.coding
        begins = self._torn or hole or changed
        pts, data = self._decodable(group, begins)
        low, moved = int(pts.min()), 0
        if last is not None and low <= last.high:
            moved = self._jump(low, last.high)
            pts, low = pts + moved, low + moved
            if self._highest is not None:
                self._highest += moved
        self._end_last(low, hole=hole, changed=changed, torn=group.too_long)
        if group.too_long:
            self._notices.add(say.TOO_LONG, start=self._told(low), end=self._told(self._highest or low))
            self._last, self._torn = None, True
            return moved
        made = Group(data, _apart(pts), group.coding, group.size, begins)
        if not self._durations_told and len(pts) > 1:
            self._usual = min(HOLE_TICKS, max(1, int(np.median(np.diff(np.sort(pts))))))
        self._closed.append(made)
        self._last, self._torn = made, False
        return moved

    def _decodable(self, group: _Open, begins: bool) -> tuple[Int64, list[bytes]]:
        """Leave out pictures that are shown before the key frame and refer to frames that are not there."""
        pts = np.array(group.pts, np.int64)
        if not begins or group.too_long or int(pts.min()) == group.pts[0]:
            return pts, group.data
        kept = np.flatnonzero(pts >= group.pts[0])
        self._notices.count(say.LEADING, len(pts) - len(kept))
        return pts[kept], [group.data[index] for index in kept.tolist()]

    def _end_last(self, low: int, *, hole: bool, changed: bool, torn: bool) -> None:
        last = self._last
        if last is None:
            return
        last.end = low
        if hole:
            last.end = last.high + self._usual
            last.ends = GapReason.FILE_BROKEN
            self._notices.add(say.HOLE, start=self._told(last.end), end=self._told(low))
        elif torn:
            last.ends = GapReason.FILE_BROKEN
        elif changed:
            last.ends = GapReason.CODEC_CHANGE

    def _told(self, ticks: int) -> str:
        return ticks_text(ticks - (self.origin or 0))

    def _emit(self, *, ending: bool) -> Iterator[Group]:
        while self._closed and self._closed[0].end is not None:
            first, newest = self._closed[0], self._closed[-1]
            seen = newest.high - first.high >= _LOOK_TICKS or sum(group.size for group in self._closed) >= _LOOK_BYTES
            if not seen and not ending:
                return
            self._closed.popleft()
            self._voice.give(first)
            yield first


def _apart(pts: Int64) -> Int64:
    """Return the times with repeated ones moved a tick on, so that each picture has its own."""
    order = np.argsort(pts, kind="stable")
    steps = np.arange(len(pts), dtype=np.int64)
    apart = np.empty_like(pts)
    apart[order] = np.maximum.accumulate(pts[order] - steps) + steps
    return apart


class _SoundQueue:
    """Sound that waits for its pictures. Times are 1/rate s; what comes far too late is counted and left out."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._waiting: deque[Sample] = deque()
        self._size = 0
        self._next: int | None = None  # where the packet after the newest one begins
        self._given: int | None = None

    def put(self, sample: Sample, shift: int) -> None:
        rate = sample.coding.rate
        known = sample.pts is not None
        at = sample.pts + rescale(shift, rate, MEDIA_TIMESCALE) if sample.pts is not None else self._next or 0
        self._next = at + sample.duration
        if self._size > _SOUND_BYTES and known:
            self._size -= len(self._waiting.popleft().data)
            self._notices.count(say.SOUND_LATE)
        self._waiting.append(sample._replace(pts=at))
        self._size += len(sample.data)

    def give(self, group: Group) -> None:
        """Attach the sound that begins before the group's end."""
        assert group.end is not None
        while self._waiting:
            sample = self._waiting[0]
            assert sample.pts is not None
            rate = sample.coding.rate
            if sample.pts * MEDIA_TIMESCALE >= group.end * rate:
                return
            self._size -= len(self._waiting.popleft().data)
            behind = rescale(group.low, rate, MEDIA_TIMESCALE) - sample.pts
            if group.begins_run and behind >= max(sample.duration, 1):
                continue  # before the first picture of a run
            if behind > rate or (self._given is not None and sample.pts <= self._given):
                self._notices.count(say.SOUND_LATE)
                continue
            self._given = sample.pts
            group.sound.append(sample)
