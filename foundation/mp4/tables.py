"""The sample table: where each sample lies, how long it lasts and when it is shown, as one numpy array per property."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class SampleTable:
    """One element per sample, in decode order; all arrays have shape (n,).

    `offset` (bytes) and `size` (bytes) say where the sample lies, `dts` (ticks of the track) when it is decoded,
    `cts` what is to be added for the time it is shown (pts = dts + cts), `key` whether decoding may begin there,
    `entry` which of the track's sample entries describes it. `end_dts` is the end of the last sample.
    """

    offset: Int64
    size: Int64
    dts: Int64
    cts: Int64
    key: Flags
    entry: Int32
    end_dts: int

    def __len__(self) -> int:
        return len(self.size)

    @property
    def count(self) -> int:
        return len(self.size)

    @property
    def pts(self) -> Int64:
        return self.dts + self.cts

    @property
    def durations(self) -> Int64:
        """Ticks until the next sample's dts, for the last one until `end_dts`."""
        lasting = np.empty_like(self.dts)
        np.subtract(self.dts[1:], self.dts[:-1], out=lasting[:-1])
        lasting[-1:] = self.end_dts - self.dts[-1:]
        return lasting

    def take(self, which: slice | npt.NDArray[Any]) -> "SampleTable":
        """Return the samples of a slice, a mask or an array of indices.

        Their decode times stay as they are; the last one keeps the duration that it has here.
        """
        dts = self.dts[which]
        if not len(dts):
            return SampleTable.empty()
        last = int(np.arange(len(self))[which][-1])
        end = self.end_dts if last == len(self) - 1 else int(self.dts[last + 1])
        return SampleTable(
            self.offset[which], self.size[which], dts, self.cts[which], self.key[which], self.entry[which], end
        )

    @classmethod
    def empty(cls) -> "SampleTable":
        none = np.zeros(0, np.int64)
        return cls(none, none, none, none, np.zeros(0, np.bool_), np.zeros(0, np.int32), 0)


def concat(tables: Sequence[SampleTable]) -> SampleTable:
    """Return the samples of all `tables`, one after the other; times and entries are not changed."""
    filled = [table for table in tables if len(table)]
    if len(filled) < 2:
        return filled[0] if filled else SampleTable.empty()
    return SampleTable(
        np.concatenate([table.offset for table in filled]),
        np.concatenate([table.size for table in filled]),
        np.concatenate([table.dts for table in filled]),
        np.concatenate([table.cts for table in filled]),
        np.concatenate([table.key for table in filled]),
        np.concatenate([table.entry for table in filled]),
        filled[-1].end_dts,
    )


def increasing_dts(dts: Int64, pts: Int64) -> Int64:
    """Return decode times as near to `dts` as can be that strictly increase and are never after `pts`.

    Presentation times stay what they are: write `pts - result` as composition offsets, all of them >= 0. The result
    may begin before 0. Both bounds have slope one, so that their minimum strictly increases too.
    """
    index = np.arange(len(dts), dtype=np.int64)
    late_enough = np.maximum.accumulate(dts - index)
    early_enough = np.minimum.accumulate((pts - index)[::-1])[::-1]
    return np.minimum(late_enough, early_enough) + index
