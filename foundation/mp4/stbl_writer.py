"""From a `SampleTable` to the boxes of `stbl` (clauses 8.5 to 8.7), run-length encoded with whole-array operations."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.tables import Int64, SampleTable

U32_MAX = 0xFFFFFFFF


def _u32(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def runs_of(values: npt.NDArray[Any]) -> tuple[Int64, npt.NDArray[Any]]:
    """Return the lengths of the runs of equal values, and the value of each run."""
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(values[1:] != values[:-1]) + 1))
    return np.diff(starts, append=np.int64(len(values))), values[starts]


def _pairs(values: Int64, kind: str) -> tuple[int, bytes]:
    """Return how many (run length, value) pairs there are, and their bytes; `kind` is the value's numpy type."""
    lengths, firsts = runs_of(values)
    pairs = np.empty(len(lengths), np.dtype([("length", ">u4"), ("value", kind)]))
    pairs["length"], pairs["value"] = lengths, firsts
    return len(pairs), pairs.tobytes()


def composition_version(cts: Int64) -> int:
    """Return the version of `ctts` or `trun` that holds these offsets: 1, which is signed, only where it is needed."""
    low, high = int(cts.min()), int(cts.max())
    if low < -(2**31) or high > 2**31 - 1:
        raise Mp4Unwritable(f"composition offsets from {low} to {high} ticks")
    return int(low < 0)


def checked_durations(samples: SampleTable) -> Int64:
    """Return the durations, each from 0 to 2^32 - 1 ticks, or raise `Mp4Unwritable`."""
    durations = samples.durations
    if int(durations.min()) < 0 or int(durations.max()) > U32_MAX:
        raise Mp4Unwritable(f"sample durations from {durations.min()} to {durations.max()} ticks")
    return durations


def checked_sizes(samples: SampleTable) -> Int64:
    if int(samples.size.min()) < 0 or int(samples.size.max()) > U32_MAX:
        raise Mp4Unwritable(f"sample sizes from {samples.size.min()} to {samples.size.max()} bytes")
    return samples.size


@dataclass(frozen=True, eq=False, slots=True)
class SampleBoxes:
    """The boxes of one `stbl` but `stco`, which waits until it is known how long the boxes before the samples are."""

    stsd: bytes
    tables: bytes
    chunk_offsets: Int64

    def stbl_bytes(self, large: bool) -> int:
        """Return the length of `stbl(..., large)` without building it."""
        return 8 + len(self.stsd) + len(self.tables) + 16 + len(self.chunk_offsets) * (8 if large else 4)

    def stbl(self, base: int, large: bool) -> bytes:
        """Return the `stbl`; `base` is added to the chunk offsets, `large` chooses `co64`."""
        offsets = self.chunk_offsets + base
        count = _u32(len(offsets))
        chunks = (
            full_box(b"co64", 0, 0, count, offsets.astype(">u8").tobytes())
            if large
            else full_box(b"stco", 0, 0, count, offsets.astype(">u4").tobytes())
        )
        return box(b"stbl", self.stsd, self.tables, chunks)


def sample_boxes(entries: tuple[bytes, ...], samples: SampleTable) -> SampleBoxes:
    """Return the boxes for `samples`; each run of samples that touch and share an entry is one chunk."""
    stsd = full_box(b"stsd", 0, 0, _u32(len(entries)), *entries)
    if not len(samples):
        nothing = (
            full_box(b"stts", 0, 0, _u32(0)),
            full_box(b"stsc", 0, 0, _u32(0)),
            full_box(b"stsz", 0, 0, _u32(0, 0)),
        )
        return SampleBoxes(stsd, b"".join(nothing), np.zeros(0, np.int64))
    if int(samples.entry.min()) < 0 or int(samples.entry.max()) >= len(entries):
        raise Mp4Unwritable(f"a sample of entry {samples.entry.max()}, there are {len(entries)}")
    if int(samples.offset.min()) < 0:
        raise Mp4Unwritable("a sample before the first byte")
    first, stsc = _chunks(samples)
    tables = b"".join((_stts(samples), _ctts(samples), _stss(samples), stsc, _stsz(samples)))
    return SampleBoxes(stsd, tables, samples.offset[first])


def _stts(samples: SampleTable) -> bytes:
    count, pairs = _pairs(checked_durations(samples), ">u4")
    return full_box(b"stts", 0, 0, _u32(count), pairs)


def _ctts(samples: SampleTable) -> bytes:
    if not samples.cts.any():
        return b""
    version = composition_version(samples.cts)
    count, pairs = _pairs(samples.cts, ">i4")
    return full_box(b"ctts", version, 0, _u32(count), pairs)


def _stss(samples: SampleTable) -> bytes:
    if samples.key.all():
        return b""
    numbers = np.flatnonzero(samples.key) + 1
    return full_box(b"stss", 0, 0, _u32(len(numbers)), numbers.astype(">u4").tobytes())


def _stsz(samples: SampleTable) -> bytes:
    sizes = checked_sizes(samples)
    first = int(sizes[0])
    if first and (sizes == first).all():
        return full_box(b"stsz", 0, 0, _u32(first, len(sizes)))
    return full_box(b"stsz", 0, 0, _u32(0, len(sizes)), sizes.astype(">u4").tobytes())


def _chunks(samples: SampleTable) -> tuple[Int64, bytes]:
    """Return the index of each chunk's first sample, and `stsc`."""
    ends = samples.offset + samples.size
    breaks = (samples.offset[1:] != ends[:-1]) | (samples.entry[1:] != samples.entry[:-1])
    first = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(breaks) + 1))
    held = np.diff(first, append=np.int64(len(samples)))
    entry = samples.entry[first].astype(np.int64)
    lengths, _ = runs_of(held << 32 | entry)
    at = np.cumsum(lengths) - lengths
    lines = np.stack((at + 1, held[at], entry[at] + 1), axis=1).astype(">u4")
    return first, full_box(b"stsc", 0, 0, _u32(len(lines)), lines.tobytes())
