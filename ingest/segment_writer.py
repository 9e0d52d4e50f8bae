"""Writes one segment file: fragments while it grows, a plain MP4 once sealed. docs/design/segment-lifecycle.md.

Whatever instant the process dies at, the file plays up to its last whole fragment.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from foundation.mp4.hybrid import closing, fragment, opening
from foundation.mp4.model import Edit, Track
from foundation.mp4.tables import Int64, SampleTable, concat
from foundation.timebase import MEDIA_TIMESCALE, rescale
from ingest.coding import Coding
from ingest.samples import Group, Sample
from ingest.segmenter import Opening

FRAGMENT_TICKS = 2 * MEDIA_TIMESCALE
_BUFFER = 2**20
Step = Callable[[str], None]
"""Told the name of each step when it is done; tests end the process there."""


@dataclass(frozen=True)
class SealedFile:
    """`index_offset` is where the final `moov` begins; `low` and `end` are ticks of the source."""

    path: Path
    size: int
    index_offset: int
    sha256: bytes
    frames: int
    low: int
    end: int
    coding: Coding
    sound: Coding | None


class SegmentWriter:
    """`append` groups, then `seal` or `abandon`. The bytes of a group are written once and then forgotten."""

    def __init__(self, path: Path, opened: Opening) -> None:
        self.opened = opened
        self._path = path
        self._tracks = _tracks(opened)
        self._file: BinaryIO = path.open("xb", buffering=_BUFFER)
        self._at = self._file.write(opening(self._tracks))
        self._tables: tuple[list[SampleTable], list[SampleTable]] = ([], [])
        self._fragments = 0
        self._end = opened.low

    def append(self, group: Group) -> None:
        """Write `group` and its sound as fragments of at most two seconds."""
        assert group.end is not None
        low, delay = self.opened.low, self.opened.delay
        dts = np.sort(group.pts) - low
        sizes = np.fromiter((len(data) for data in group.data), np.int64, len(group.data))
        key = np.zeros(len(dts), np.bool_)
        key[0] = True
        none = np.zeros(len(dts), np.int64)
        cts = group.pts - low + delay - dts
        table = SampleTable(none, sizes, dts, cts, key, none.astype(np.int32), group.end - low)
        sound = group.sound if self.opened.sound is not None else []
        for start, stop in _pieces(dts):
            last = stop == len(dts)
            until = None if last else int(dts[stop]) + low
            heard, sound = (sound, []) if until is None else _before(sound, until)
            self._fragment(table.take(slice(start, stop)), group.data[start:stop], heard)
        self._end = group.end

    def _fragment(self, pictures: SampleTable, data: list[bytes], sound: list[Sample]) -> None:
        self._fragments += 1
        runs = [(self._tracks[0], pictures)]
        if sound:
            runs.append((self._tracks[1], self._sound_table(sound)))
            data = [*data, *(sample.data for sample in sound)]
        head = fragment(self._fragments, runs)
        self._file.write(head)
        self._file.writelines(data)
        at = self._at + len(head)
        for kept, (_, table) in zip(self._tables, runs, strict=False):
            ends = np.cumsum(table.size)
            kept.append(replace(table, offset=at + ends - table.size))
            at += int(ends[-1])
        self._at = at

    def _sound_table(self, sound: list[Sample]) -> SampleTable:
        """Times of sound count from a second before the segment begins, for the first packet may begin before it."""
        rate = sound[0].coding.rate
        zero = rescale(self.opened.low, rate, MEDIA_TIMESCALE) - rate
        dts = np.fromiter((sample.pts or 0 for sample in sound), np.int64, len(sound)) - zero
        size = np.fromiter((len(sample.data) for sample in sound), np.int64, len(sound))
        none = np.zeros(len(sound), np.int64)
        end = int(dts[-1]) + max(sound[-1].duration, 1)
        return SampleTable(none, size, dts, none, np.ones(len(sound), np.bool_), none.astype(np.int32), end)

    def seal(self, step: Step) -> SealedFile:
        """Append the index, make the file plain, and bring it to the disk."""
        tracks = self._whole_tracks()
        index_offset = self._at
        end = closing(tracks, index_offset)
        self._file.write(end.moov)
        self._sync()
        step("segment written")
        self._file.seek(end.patch_at)
        self._file.write(end.patch)
        self._sync()
        self._file.close()
        step("segment plain")
        with self._path.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").digest()
        step("segment hashed")
        size = index_offset + len(end.moov)
        sound = self.opened.sound if len(tracks) > 1 else None
        frames = len(tracks[0].samples)
        opened = self.opened
        return SealedFile(self._path, size, index_offset, digest, frames, opened.low, self._end, opened.coding, sound)

    def abandon(self) -> None:
        """Close the file as it is."""
        self._file.close()

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def _whole_tracks(self) -> list[Track]:
        tracks = [replace(self._tracks[0], samples=concat(self._tables[0]))]
        if self._tables[1]:
            samples = concat(self._tables[1])
            first, zero = int(samples.dts[0]), self._tracks[1].timescale
            late = first - zero  # after the first picture, in 1/rate s
            edits: tuple[Edit, ...] = (Edit(0, zero),)
            if late > 0:
                edits = (Edit(rescale(late, MEDIA_TIMESCALE, self._tracks[1].timescale), -1), Edit(0, first))
            tracks.append(replace(self._tracks[1], samples=samples, edits=edits))
        return tracks


def _tracks(opened: Opening) -> list[Track]:
    picture, sound = opened.coding, opened.sound
    tracks = [
        Track(
            1,
            "video",
            MEDIA_TIMESCALE,
            (picture.entry,),
            edits=(Edit(0, opened.delay),),
            width=picture.width,
            height=picture.height,
            matrix=picture.matrix,
        )
    ]
    if sound is not None:
        tracks.append(Track(2, "audio", sound.rate, (sound.entry,), edits=(Edit(0, sound.rate),)))
    return tracks


def _pieces(dts: Int64) -> list[tuple[int, int]]:
    """Return index ranges of at most `FRAGMENT_TICKS` each."""
    cuts = np.flatnonzero(np.diff((dts - dts[0]) // FRAGMENT_TICKS)) + 1
    return list(zip([0, *cuts.tolist()], [*cuts.tolist(), len(dts)], strict=True))


def _before(sound: list[Sample], ticks: int) -> tuple[list[Sample], list[Sample]]:
    count = next(
        (
            number
            for number, sample in enumerate(sound)
            if (sample.pts or 0) * MEDIA_TIMESCALE >= ticks * sample.coding.rate
        ),
        len(sound),
    )
    return sound[:count], sound[count:]
