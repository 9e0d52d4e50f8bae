"""Segments as a recorder that died leaves them: written by the segment writer, of footage that live cameras send."""

from pathlib import Path

import numpy as np

from foundation.timebase import MEDIA_TIMESCALE
from ingest.coding import Coding, coding_from_units
from ingest.segment_writer import SegmentWriter
from ingest.segmenter import Opening
from sample_clips import live_mark
from sample_clips.live_footage import Coded
from tests.support.quick_street import RATE

FRAMES, FRAGMENT = 60, 20
MEDIA_US = FRAMES * 1_000_000 // RATE
_FILLER = 12  # a NAL unit that decoders pass over (ITU-T H.264, 7.3.2.7)


def coding_of(loop: Coded) -> Coding:
    return coding_from_units("h264", b"".join(b"\0\0\0\1" + unit for unit in (loop.sps, loop.pps, loop.frames[0][0])))


def frames_of(loop: Coded, padding: int = 0) -> list[bytes]:
    """Return frames of camera 1, marked, as samples; the first is longer by a filler of so many bytes."""
    filler = bytes([_FILLER]) + b"\xff" * padding
    marked = [[live_mark.unit(1, number, 0), *units] for number, units in enumerate(loop.frames[:FRAMES])]
    marked[0].append(filler)
    return [b"".join(len(unit).to_bytes(4, "big") + unit for unit in units) for units in marked]


def open_segment(path: Path, loop: Coded, padding: int = 0) -> bytes:
    """Write an open segment of three fragments; return its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = SegmentWriter(path, Opening(0, 0, coding_of(loop), None, True))
    frames, step = frames_of(loop, padding), MEDIA_TIMESCALE // RATE
    for begin in range(0, FRAMES, FRAGMENT):
        pts = np.arange(begin, begin + FRAGMENT, dtype=np.int64) * step
        writer.add(pts, np.arange(FRAGMENT) == 0, frames[begin : begin + FRAGMENT], (begin + FRAGMENT) * step, [])
    writer.abandon()
    return path.read_bytes()
