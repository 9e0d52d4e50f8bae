"""From `moof` boxes (clause 8.8) to samples: the three rules for data offsets and the four for defaults."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from foundation.mp4.boxes import Fields, Node
from foundation.mp4.errors import Mp4Unreadable
from foundation.mp4.model import Limits, Movie
from foundation.mp4.moov_reader import FragmentDefaults
from foundation.mp4.stbl_reader import FAR
from foundation.mp4.tables import Int64, SampleTable, concat

# tfhd (clause 8.8.7)
BASE_DATA_OFFSET, ENTRY_INDEX, DEFAULT_DURATION, DEFAULT_SIZE, DEFAULT_FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
BASE_IS_MOOF = 0x020000
# trun (clause 8.8.8)
DATA_OFFSET, FIRST_FLAGS, DURATION, SIZE, FLAGS, COMPOSITION_OFFSET = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800

NON_SYNC = 0x00010000
"""sample_is_non_sync_sample (clause 8.8.3.1)."""

_PILE = 256


class _Pile:
    """Sample tables in order, joined ever and again: a hostile file has a million runs of one sample each, and a
    table of its own for each would cost twenty times the samples' memory.
    """

    def __init__(self) -> None:
        self._levels: list[list[SampleTable]] = [[]]

    def add(self, table: SampleTable) -> None:
        self._levels[0].append(table)
        for height in range(len(self._levels)):
            if len(self._levels[height]) < _PILE:
                return
            joined = concat(self._levels[height])
            self._levels[height] = []
            if height + 1 == len(self._levels):
                self._levels.append([])
            self._levels[height + 1].append(joined)

    def whole(self) -> SampleTable:
        return concat([table for level in reversed(self._levels) for table in level])


@dataclass(slots=True)
class _Run:
    """What a track fragment's runs share; `data_at` is where the next run's bytes begin unless it says otherwise."""

    track_id: int
    base: int
    data_at: int
    dts: int
    defaults: FragmentDefaults


class FragmentReader:
    """Collects the samples of one movie's fragments, in file order."""

    def __init__(self, movie: Movie, defaults: dict[int, FragmentDefaults], limits: Limits) -> None:
        self._movie, self._defaults = movie, defaults
        self._room = limits.samples - sum(len(track.samples) for track in movie.tracks)
        self._runs_left = limits.runs
        self._entries = {track.id: len(track.sample_entries) for track in movie.tracks}
        self._found: dict[int, _Pile] = {track.id: _Pile() for track in movie.tracks}
        self._ends = {track.id: track.samples.end_dts for track in movie.tracks}
        for track in movie.tracks:
            self._found[track.id].add(track.samples)

    def read(self, moof: Node, file_bytes: int) -> bool:
        """Take one fragment. Return False, and take nothing, when its samples lie beyond the end of the file."""
        room = self._room
        ends = dict(self._ends)
        taken: dict[int, _Pile] = {}
        data_end = 0
        for track_id, run in self._runs(moof, ends):
            taken.setdefault(track_id, _Pile()).add(run)
            data_end = max(data_end, int((run.offset + run.size).max()))
        if data_end > file_bytes:
            self._room = room
            return False
        self._ends = ends
        for track_id, pile in taken.items():
            self._found[track_id].add(pile.whole())
        return True

    def finish(self) -> Movie:
        """Return the movie with the samples of its `moov` and of all fragments taken."""
        tracks = []
        for track in self._movie.tracks:
            samples = self._found[track.id].whole()
            if len(samples) and int(samples.durations.min()) < 0:
                raise Mp4Unreadable(f"track {track.id}", "a fragment begins before the one that stands before it")
            tracks.append(replace(track, samples=samples))
        return replace(self._movie, tracks=tuple(tracks))

    def _runs(self, moof: Node, ends: dict[int, int]) -> Iterator[tuple[int, SampleTable]]:
        """Give the runs that hold samples, by track id; `ends`, where each track's next sample begins, goes along."""
        moof_at = moof.base + moof.box.start
        earlier_end = moof_at
        for traf in moof.children():
            if traf.box.kind == b"traf":
                state = self._header(traf, moof_at, earlier_end, ends)
                for node in traf.children():
                    if node.box.kind == b"trun":
                        run = self._run(node.fields, state)
                        ends[state.track_id] = state.dts
                        if len(run):
                            yield state.track_id, run
                earlier_end = state.data_at

    def _header(self, traf: Node, moof_at: int, earlier_end: int, ends: dict[int, int]) -> _Run:
        inner = traf.by_kind()
        if b"tfhd" not in inner:
            raise traf.broken("no tfhd")
        fields = inner[b"tfhd"].fields
        _, flags = fields.version_flags()
        track_id = fields.u32()
        known = self._defaults.get(track_id)
        if track_id not in self._entries or known is None:
            raise fields.broken(f"a fragment of track {track_id}, which moov and mvex do not both know")
        base = moof_at if flags & BASE_IS_MOOF else earlier_end
        if flags & BASE_DATA_OFFSET:
            base = fields.u64()
        entry = fields.u32() - 1 if flags & ENTRY_INDEX else known.entry
        duration = fields.u32() if flags & DEFAULT_DURATION else known.duration
        size = fields.u32() if flags & DEFAULT_SIZE else known.size
        sample_flags = fields.u32() if flags & DEFAULT_FLAGS else known.flags
        if not 0 <= entry < self._entries[track_id]:
            raise fields.broken(f"sample description {entry + 1}, there are {self._entries[track_id]}")
        dts = ends[track_id]
        if b"tfdt" in inner:
            time = inner[b"tfdt"].fields
            version, _ = time.version_flags()
            dts = time.u64() if version == 1 else time.u32()
        if base >= FAR or dts >= FAR:
            raise fields.broken("a fragment's place or time beyond any file")
        return _Run(track_id, base, base, dts, FragmentDefaults(entry, duration, size, sample_flags))

    def _run(self, fields: Fields, state: _Run) -> SampleTable:
        _, flags = fields.version_flags()
        count = fields.u32()
        if count > self._room:
            raise fields.broken(f"{count} samples claimed, {self._room} allowed")
        if self._runs_left == 0:
            raise fields.broken("more runs of samples than allowed")
        self._runs_left -= 1
        if flags & DATA_OFFSET:
            state.data_at = state.base + fields.i32()
        first_flags = fields.u32() if flags & FIRST_FLAGS else None
        columns = [bit for bit in (DURATION, SIZE, FLAGS, COMPOSITION_OFFSET) if flags & bit]
        values = fields.array(">u4", count * len(columns)).reshape(count, len(columns))
        column = {bit: values[:, index] for index, bit in enumerate(columns)}
        defaults = state.defaults
        durations = _column(column.get(DURATION), defaults.duration, count)
        size = _column(column.get(SIZE), defaults.size, count)
        key = (_column(column.get(FLAGS), defaults.flags, count) & NON_SYNC) == 0
        if first_flags is not None and count:
            key[0] = first_flags & NON_SYNC == 0
        cts = _column(column.get(COMPOSITION_OFFSET), 0, count)
        # Version 0 is unsigned in the standard, yet written signed by QuickTime; no real offset reaches 2^31.
        cts[cts >= 2**31] -= 2**32
        times, places = _sums(durations, state.dts), _sums(size, state.data_at)
        state.dts, state.data_at = int(times[-1]), int(places[-1])
        if state.dts >= FAR or state.data_at >= FAR or places[0] < 0:
            raise fields.broken("a run of samples outside of any file or time")
        self._room -= count
        entry = np.full(count, defaults.entry, np.int32)
        return SampleTable(places[:-1], size, times[:-1], cts, key, entry, state.dts)


def _column(values: npt.NDArray[Any] | None, default: int, count: int) -> Int64:
    return np.full(count, default, np.int64) if values is None else values.astype(np.int64)


def _sums(steps: Int64, start: int) -> Int64:
    """Return the running sums before each step and after the last: shape (n + 1,)."""
    sums = np.empty(len(steps) + 1, np.int64)
    sums[0] = start
    np.cumsum(steps, out=sums[1:])
    sums[1:] += start
    return sums
