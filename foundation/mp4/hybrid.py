"""Segment files: fragmented while they are written, plain once they are sealed, and playable at every moment.

    being written   ftyp  free(16)  moov(mvex)  moof mdat  moof mdat ...
    sealed          ftyp  mdat(everything up to here, 16-byte head)           moov

Sealing appends the final `moov` and then writes a head of `mdat` over `free`; a crash between the two leaves a file
whose last `moov` counts just as well.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.model import Track
from foundation.mp4.moof_writer import TrackFragment, one_entry_each
from foundation.mp4.moov_writer import init_moov, moov, prepare
from foundation.mp4.stbl_writer import U32_MAX
from foundation.mp4.tables import SampleTable
from foundation.timebase import MEDIA_TIMESCALE

FILE_TYPE = box(b"ftyp", b"isom", (0x200).to_bytes(4, "big"), b"isom", b"iso4", b"iso5", b"iso6", b"mp41")
"""iso5 stands for offsets that count from the moof, iso6 for `tfdt` (annex E)."""

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
    trafs = [TrackFragment(track, part) for track, samples in runs for part in one_entry_each(samples)]
    payload = sum(traf.payload for traf in trafs)
    mfhd = full_box(b"mfhd", 0, 0, sequence.to_bytes(4, "big"))
    head = struct.pack(">I4s", payload + 8, b"mdat") if payload + 8 <= U32_MAX else b""
    at = 8 + len(mfhd) + sum(len(traf.box(0)) for traf in trafs) + len(head)
    if at + payload > 2**31 - 1:
        raise Mp4Unwritable(f"a fragment of {payload} bytes")
    boxes = []
    for traf in trafs:
        boxes.append(traf.box(at))
        at += traf.payload
    return box(b"moof", mfhd, *boxes) + head
