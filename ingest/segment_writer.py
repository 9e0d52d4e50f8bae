"""Writes one segment file: fragments while it grows, a plain MP4 once sealed. docs/design/segment-lifecycle.md.

Whatever instant the process dies at, the file plays up to its last whole fragment.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from foundation.mp4.hybrid import closing, fragment, opening
from foundation.mp4.model import Edit, Track
from foundation.mp4.tables import Flags, Int64, SampleTable, concat
from foundation.timebase import MEDIA_TIMESCALE, rescale
from ingest.coding import Coding
from ingest.samples import Group, Sample
from ingest.segmenter import Opening

FRAGMENT_TICKS = 2 * MEDIA_TIMESCALE
_MOST_PIECES = 512
"""Of one `writev`; Linux takes 1024."""
_HASHED_AT_ONCE = 2**20
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
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self._at = 0
        self._synced = 0
        try:
            self._write([opening(self._tracks)])
        except OSError:
            os.close(self._file)
            path.unlink()  # it holds nothing
            raise
        self._tables: tuple[list[SampleTable], list[SampleTable]] = ([], [])
        self._fragments = 0
        self._end = opened.low

    @property
    def size(self) -> int:
        """Bytes of whole fragments; a write that failed may have left a part of one behind them."""
        return self._at

    @property
    def end(self) -> int:
        """Ticks of the source at which the last picture so far ends."""
        return self._end

    @property
    def frames(self) -> int:
        return sum(len(table) for table in self._tables[0])

    def append(self, group: Group) -> None:
        """Write `group` and its sound as fragments of at most two seconds."""
        assert group.end is not None
        key = np.zeros(len(group.pts), np.bool_)
        key[0] = True
        self.add(group.pts, key, group.data, group.end, group.sound)

    def add(self, pts: Int64, key: Flags, data: Sequence[bytes | bytearray], end: int, sound: list[Sample]) -> None:
        """Write pictures in the order of decoding, on display until `end`, and their sound."""
        low, delay = self.opened.low, self.opened.delay
        dts = np.sort(pts) - low
        sizes = np.fromiter(map(len, data), np.int64, len(data))
        none = np.zeros(len(dts), np.int64)
        table = SampleTable(none, sizes, dts, pts - low + delay - dts, key, none.astype(np.int32), end - low)
        sound = sound if self.opened.sound is not None else []
        for start, stop in _pieces(dts):
            last = stop == len(dts)
            until = None if last else int(dts[stop]) + low
            heard, sound = (sound, []) if until is None else _before(sound, until)
            whole = last and not start
            self._fragment(*((table, data) if whole else (table.take(slice(start, stop)), data[start:stop])), heard)
        self._end = end

    def _fragment(self, pictures: SampleTable, data: Sequence[bytes | bytearray], sound: list[Sample]) -> None:
        runs = [(self._tracks[0], pictures)]
        if sound:
            runs.append((self._tracks[1], self._sound_table(sound)))
            data = [*data, *(sample.data for sample in sound)]
        head = fragment(self._fragments + 1, runs)
        at = self._at + len(head)
        self._write([head, *data])
        self._fragments += 1
        for kept, (_, table) in zip(self._tables, runs, strict=False):
            ends = np.cumsum(table.size)
            kept.append(replace(table, offset=at + ends - table.size))
            at += int(ends[-1])

    def _write(self, pieces: Sequence[bytes | bytearray]) -> None:
        """Append all or nothing: what was written in part is written over by the next, or cut off by the seal."""
        at = self._at
        for first in range(0, len(pieces), _MOST_PIECES):
            at = _write_at(self._file, pieces[first : first + _MOST_PIECES], at)
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
        size = _close(self._file, tracks, index_offset, step)
        os.close(self._file)
        digest = digest_of(self._path)
        step("segment hashed")
        sound = self.opened.sound if len(tracks) > 1 else None
        frames = len(tracks[0].samples)
        opened = self.opened
        return SealedFile(self._path, size, index_offset, digest, frames, opened.low, self._end, opened.coding, sound)

    def abandon(self) -> None:
        """Close the file as it is."""
        os.close(self._file)

    def sync(self) -> int:
        """Bring what was written to the disk; return up to which byte a power cut can no longer take it."""
        at = self._at
        if at > self._synced:
            os.fdatasync(self._file)
            self._synced = at
        return at

    def _whole_tracks(self) -> list[Track]:
        tracks = [replace(self._tracks[0], samples=concat(self._tables[0]))]
        if self._tables[1]:
            tracks.append(placed_sound(replace(self._tracks[1], samples=concat(self._tables[1]))))
        return tracks


def placed_sound(track: Track) -> Track:
    """Return the track with the edit list that tells how its sound lies to the first picture; see `_sound_table`."""
    first, zero = int(track.samples.dts[0]), track.timescale
    late = first - zero  # after the first picture, in 1/rate s
    edits: tuple[Edit, ...] = (Edit(0, zero),)
    if late > 0:
        edits = (Edit(rescale(late, MEDIA_TIMESCALE, track.timescale), -1), Edit(0, first))
    return replace(track, edits=edits)


def close_file(path: Path, tracks: Sequence[Track], at: int, step: Step) -> int:
    """Seal the file at `path`, whose whole fragments end at `at`; return its size. What a crash left ends up like this."""
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        return _close(file, tracks, at, step)
    finally:
        os.close(file)


def _close(file: int, tracks: Sequence[Track], at: int, step: Step) -> int:
    os.ftruncate(file, at)
    end = closing(tracks, at)
    size = _write_at(file, [end.moov], at)
    os.fsync(file)
    step("segment written")
    _write_at(file, [end.patch], end.patch_at)
    os.fsync(file)
    step("segment plain")
    return size


def digest_of(path: Path) -> bytes:
    """Return the SHA-256 of a sealed file, which mostly comes out of the page cache.

    In large pieces: each is two occasions at which all threads of the process look for a turn.
    """
    digest, room = hashlib.sha256(), memoryview(bytearray(_HASHED_AT_ONCE))
    with path.open("rb", buffering=0) as written:
        while count := written.readinto(room):
            digest.update(room[:count])
    return digest.digest()


def _write_at(file: int, pieces: Sequence[bytes | bytearray | memoryview], at: int) -> int:
    """Write all of `pieces` at `at`; return where they end. Raises `OSError`."""
    left = list(pieces)
    while left:
        written = os.pwritev(file, left, at)
        at += written
        if written == sum(map(len, left)):
            break  # as nearly always
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = memoryview(left[0])[written:]
    return at


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
    if dts[-1] - dts[0] < FRAGMENT_TICKS:
        return [(0, len(dts))]
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
