"""Track fragments (clause 8.8): what all samples of one share goes to its head, the rest is a column of its run."""

import struct
from collections.abc import Iterator

import numpy as np

from foundation.mp4 import moof_reader as bits
from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.model import Track
from foundation.mp4.stbl_writer import U32_MAX, checked_durations, checked_sizes, composition_version, runs_of
from foundation.mp4.tables import Int64, SampleTable

SYNC = 0x02000000
"""sample_depends_on = 2 (clause 8.8.3.1): decoding may begin here."""
NON_SYNC = 0x01000000 | bits.NON_SYNC
"""sample_depends_on = 1, sample_is_non_sync_sample."""


def one_entry_each(samples: SampleTable) -> Iterator[SampleTable]:
    """Cut where the sample entry changes: a track fragment has only one (clause 8.8.7)."""
    if (samples.entry == samples.entry[:1]).all():
        yield from [samples] if len(samples) else []
        return
    lengths, _ = runs_of(samples.entry)
    ends = np.cumsum(lengths).tolist()
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        yield samples.take(slice(start, end))


class TrackFragment:
    """Samples of one entry, at least one. They are encoded once; their place is filled in last."""

    def __init__(self, track: Track, samples: SampleTable) -> None:
        start, entry = int(samples.dts[0]), int(samples.entry[0])
        if start < 0:
            raise Mp4Unwritable(f"a fragment at {start} ticks")
        if not 0 <= entry < len(track.sample_entries):
            raise Mp4Unwritable(f"a sample of entry {entry}, there are {len(track.sample_entries)}")
        self.payload = int(checked_sizes(samples).sum())
        self._count = len(samples)
        self._head_flags, self._run_flags = bits.BASE_IS_MOOF | bits.ENTRY_INDEX, bits.DATA_OFFSET
        self._defaults = [track.id, entry + 1]
        self._first_flags = b""
        self._version = 0
        # The order of the columns, and of the defaults, is that of clauses 8.8.7 and 8.8.8.
        columns = [
            *self._durations(checked_durations(samples)),
            *self._column(bits.SIZE, samples.size),
            *self._sample_flags(np.where(samples.key, SYNC, NON_SYNC).astype(np.int64)),
            *self._composition_offsets(samples.cts),
        ]
        self._rows = np.stack(columns, axis=1).astype(">u4").tobytes()
        tfhd = full_box(b"tfhd", 0, self._head_flags, struct.pack(f">{len(self._defaults)}I", *self._defaults))
        self._heads = tfhd + full_box(b"tfdt", 1, 0, start.to_bytes(8, "big"))

    def box(self, data_offset: int) -> bytes:
        """Return the `traf`; `data_offset` counts from the first byte of the `moof`. Its length is always the same."""
        place = struct.pack(">Ii", self._count, data_offset)
        return box(
            b"traf",
            self._heads,
            full_box(b"trun", self._version, self._run_flags, place, self._first_flags, self._rows),
        )

    def _column(self, bit: int, values: Int64) -> list[Int64]:
        self._run_flags |= bit
        return [values]

    def _default(self, bit: int, value: int) -> list[Int64]:
        self._head_flags |= bit
        self._defaults.append(value)
        return []

    def _durations(self, durations: Int64) -> list[Int64]:
        if (durations == durations[0]).all():
            return self._default(bits.DEFAULT_DURATION, int(durations[0]))
        return self._column(bits.DURATION, durations)

    def _sample_flags(self, flags: Int64) -> list[Int64]:
        if not (flags[1:] == flags[-1]).all():
            return self._column(bits.FLAGS, flags)
        if flags[0] != flags[-1]:
            self._run_flags |= bits.FIRST_FLAGS
            self._first_flags = int(flags[0]).to_bytes(4, "big")
        return self._default(bits.DEFAULT_FLAGS, int(flags[-1]))

    def _composition_offsets(self, cts: Int64) -> list[Int64]:
        if not cts.any():
            return []
        self._version = composition_version(cts)
        return self._column(bits.COMPOSITION_OFFSET, cts & U32_MAX)
