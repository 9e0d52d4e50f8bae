"""Segment files: fragmented while they are written, plain once they are sealed, and playable at every moment.

    being written   ftyp  free(16)  moov(mvex)  moof mdat  moof mdat ...
    sealed          ftyp  mdat(everything up to here, 16-byte head)           moov

Sealing appends the final `moov` and then writes a head of `mdat` over `free`; a crash between the two leaves a file
whose last `moov` counts just as well.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.model import Track
from foundation.mp4.moov_writer import init_moov, moov, prepare
from foundation.mp4.stbl_writer import U32_MAX, checked_durations, checked_sizes, composition_version, runs_of
from foundation.mp4.tables import SampleTable
from foundation.timebase import MEDIA_TIMESCALE

FILE_TYPE = box(b"ftyp", b"isom", (0x200).to_bytes(4, "big"), b"isom", b"iso4", b"iso5", b"iso6", b"mp41")
"""iso5 stands for offsets that count from the moof, iso6 for `tfdt` (annex E)."""

SYNC = 0x02000000
"""sample_depends_on = 2 (clause 8.8.3.1): decoding may begin here."""
NON_SYNC = 0x01010000
"""sample_depends_on = 1, sample_is_non_sync_sample."""

_MEDIA_HEAD = 16


class Closing(NamedTuple):
    """Append `moov` at the end of the file, then write `patch` over the bytes at `patch_at`."""

    moov: bytes
    patch_at: int
    patch: bytes


def opening(tracks: Sequence[Track]) -> bytes:
    """Return the first bytes of a segment file; of `tracks` the samples are ignored.

    Edits that show media count until the end of the file, whatever duration they have.
    """
    return FILE_TYPE + box(b"free", bytes(_MEDIA_HEAD - 8)) + init_moov(tracks, MEDIA_TIMESCALE)


def init_segment(tracks: Sequence[Track]) -> bytes:
    """Return the initialisation segment of `tracks` for HLS and MSE, whose media segments are `fragment`s."""
    return FILE_TYPE + init_moov(tracks, MEDIA_TIMESCALE)


def closing(tracks: Sequence[Track], file_bytes: int) -> Closing:
    """Return what seals a file of `file_bytes` that holds `tracks`; `samples.offset` counts from the file's start.

    The file's length does not change between this call and the writing of `Closing.moov` at its end.
    """
    end = max((int((t.samples.offset + t.samples.size).max()) for t in tracks if len(t.samples)), default=0)
    if end > file_bytes:
        raise Mp4Unwritable(f"samples up to byte {end} of a file of {file_bytes} bytes")
    prepared = [prepare(track, MEDIA_TIMESCALE) for track in tracks]
    index = moov(prepared, MEDIA_TIMESCALE, 0, large=file_bytes > U32_MAX)
    return Closing(index, len(FILE_TYPE), struct.pack(">I4sQ", 1, b"mdat", file_bytes - len(FILE_TYPE)))


def fragment(sequence: int, runs: Sequence[tuple[Track, SampleTable]]) -> bytes:
    """Return a `moof` and the head of its `mdat`; the samples' bytes follow in the order of `runs`.

    `SampleTable.offset` is ignored; `dts` is absolute, in the track's ticks, from 0 up. Raises `Mp4Unwritable`.
    """
    parts = [(track, part) for track, samples in runs for part in _by_entry(samples)]
    trafs = [_Traf(track, part) for track, part in parts]
    payload = sum(traf.payload for traf in trafs)
    mfhd = full_box(b"mfhd", 0, 0, sequence.to_bytes(4, "big"))
    head = struct.pack(">I4s", payload + 8, b"mdat")
    at = 8 + len(mfhd) + sum(len(traf.box(0)) for traf in trafs) + len(head)
    if payload + 8 > U32_MAX or at + payload > 2**31 - 1:
        raise Mp4Unwritable(f"a fragment of {payload} bytes")
    boxes = []
    for traf in trafs:
        boxes.append(traf.box(at))
        at += traf.payload
    return box(b"moof", mfhd, *boxes) + head


def _by_entry(samples: SampleTable) -> Iterator[SampleTable]:
    """A track fragment has one sample entry (clause 8.8.7), so a change of entry begins another."""
    if not len(samples):
        return
    lengths, _ = runs_of(samples.entry)
    ends = np.cumsum(lengths).tolist()
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        yield samples.take(slice(start, end))


class _Traf:
    """One track fragment; its columns are encoded once, its data offset is filled in last."""

    def __init__(self, track: Track, samples: SampleTable) -> None:
        if int(samples.dts[0]) < 0:
            raise Mp4Unwritable(f"a fragment at {samples.dts[0]} ticks")
        entry = int(samples.entry[0])
        if not 0 <= entry < len(track.sample_entries):
            raise Mp4Unwritable(f"a sample of entry {entry}, there are {len(track.sample_entries)}")
        self.payload = int(checked_sizes(samples).sum())
        self._count = len(samples)
        durations = checked_durations(samples)
        same_duration = bool((durations == durations[0]).all())
        same_flags = bool((samples.key[1:] == samples.key[-1]).all())
        self._first_flags = b""
        columns = [samples.size]
        run_flags, head_flags = 0x1 | 0x200, 0x020000 | 0x2
        defaults = struct.pack(">II", track.id, entry + 1)
        if same_duration:
            head_flags |= 0x8
            defaults += int(durations[0]).to_bytes(4, "big")
        else:
            run_flags |= 0x100
            columns.insert(0, durations)
        flags = np.where(samples.key, SYNC, NON_SYNC).astype(np.int64)
        if same_flags:
            head_flags |= 0x20
            defaults += int(flags[-1]).to_bytes(4, "big")
            if flags[0] != flags[-1]:
                run_flags |= 0x4
                self._first_flags = int(flags[0]).to_bytes(4, "big")
        else:
            run_flags |= 0x400
            columns.append(flags)
        version = 0
        if samples.cts.any():
            run_flags |= 0x800
            version = composition_version(samples.cts)
            columns.append(samples.cts & U32_MAX)
        self._run_version, self._run_flags = version, run_flags
        self._rows = np.stack(columns, axis=1).astype(">u4").tobytes()
        tfdt = full_box(b"tfdt", 1, 0, int(samples.dts[0]).to_bytes(8, "big"))
        self._heads = full_box(b"tfhd", 0, head_flags, defaults) + tfdt

    def box(self, data_offset: int) -> bytes:
        numbers = struct.pack(">Ii", self._count, data_offset)
        trun = full_box(b"trun", self._run_version, self._run_flags, numbers, self._first_flags, self._rows)
        return box(b"traf", self._heads, trun)
