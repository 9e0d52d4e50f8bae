"""From the boxes of `stbl` (clause 8.5 to 8.7) to a `SampleTable`, with whole-array operations only.

Counts are claims: the number of samples is checked against `room` (what the limits still allow) before an array of
that length exists, and run lengths are cut to the number of samples before they are expanded.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from foundation.mp4.boxes import Fields, Node
from foundation.mp4.tables import Flags, Int32, Int64, SampleTable

FAR = 2**62
"""No time and no offset reaches this, so sums of two stay within 64 bits."""


def read_stbl(stbl: Node, room: int) -> SampleTable:
    """Return the samples of one track; decode times begin at 0. Offsets are not compared with any file size here."""
    boxes = stbl.by_kind()
    size_box = boxes.get(b"stsz") or boxes.get(b"stz2")
    if size_box is None:
        raise stbl.broken("neither stsz nor stz2")
    size = _sizes(size_box, room)
    count = len(size)
    if not count:
        return SampleTable.empty()
    for kind in (b"stts", b"stsc"):
        if kind not in boxes:
            raise stbl.broken(f"{count} samples but no {kind.decode()}")
    chunk_box = boxes.get(b"stco") or boxes.get(b"co64")
    if chunk_box is None:
        raise stbl.broken(f"{count} samples but neither stco nor co64")
    dts, end_dts = _decode_times(boxes[b"stts"].fields, count)
    offset, entry = _places(boxes[b"stsc"].fields, _chunk_offsets(chunk_box, count), size)
    cts = _composition_offsets(boxes[b"ctts"].fields, count) if b"ctts" in boxes else np.zeros(count, np.int64)
    key = _key_frames(boxes[b"stss"].fields, count) if b"stss" in boxes else np.ones(count, np.bool_)
    return SampleTable(offset, size, dts, cts, key, entry, end_dts)


def _sizes(node: Node, room: int) -> Int64:
    """Clause 8.7.3: `stsz` holds one size for all or one for each, `stz2` fields of 4, 8 or 16 bits."""
    fields = node.fields
    fields.version_flags()
    uniform = fields.u32()  # in stz2: 24 reserved bits and the field size
    count = fields.u32()
    if count > room:
        raise fields.broken(f"{count} samples claimed, {room} allowed")
    if node.box.kind == b"stsz":
        if uniform:
            return np.full(count, uniform, np.int64)
        return fields.array(">u4", count).astype(np.int64)
    bits = uniform & 0xFF
    if bits == 4:
        pairs = fields.array("u1", (count + 1) // 2)
        return np.stack((pairs >> 4, pairs & 15), axis=1).reshape(-1)[:count].astype(np.int64)
    if bits not in {8, 16}:
        raise fields.broken(f"sample sizes of {bits} bits")
    return fields.array("u1" if bits == 8 else ">u2", count).astype(np.int64)


def _runs(fields: Fields, count: int, value: str) -> tuple[Int64, Int64]:
    """Read (run length, value) pairs and cut the run lengths to `count` samples in all."""
    pairs = fields.array(f">u4,{value}", fields.u32())
    ends = np.cumsum(pairs["f0"], dtype=np.int64)
    told = int(ends[-1]) if len(ends) else 0
    if told < count:
        raise fields.broken(f"{told} samples told of, there are {count}")
    return np.diff(np.minimum(ends, count), prepend=np.int64(0)), pairs["f1"].astype(np.int64)


def _decode_times(fields: Fields, count: int) -> tuple[Int64, int]:
    fields.version_flags()
    runs, deltas = _runs(fields, count, ">u4")
    dts = np.zeros(count + 1, np.int64)
    np.cumsum(np.repeat(deltas, runs), out=dts[1:])  # at most 2^32 times Limits.samples: far below 2^63
    return dts[:-1], int(dts[-1])


def _composition_offsets(fields: Fields, count: int) -> Int64:
    # Version 0 should be unsigned, but QuickTime writes negative offsets with it, and no real offset reaches 2^31.
    fields.version_flags()
    runs, offsets = _runs(fields, count, ">i4")
    return np.repeat(offsets, runs)


def _key_frames(fields: Fields, count: int) -> Flags:
    fields.version_flags()
    numbers = fields.array(">u4", fields.u32()).astype(np.int64) - 1
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < count):
        raise fields.broken(f"a key frame outside of 1 to {count}")
    key = np.zeros(count, np.bool_)
    key[numbers] = True
    return key


def _chunk_offsets(node: Node, count: int) -> Int64:
    fields = node.fields
    fields.version_flags()
    offsets: npt.NDArray[Any] = fields.array(">u4" if node.box.kind == b"stco" else ">u8", fields.u32())
    offsets = offsets[:count]  # each chunk holds a sample, so the rest holds none of ours
    if len(offsets) and int(offsets.max()) >= FAR:
        raise fields.broken("a chunk offset beyond any file")
    return offsets.astype(np.int64)


def _places(fields: Fields, chunks: Int64, size: Int64) -> tuple[Int64, Int32]:
    """Clause 8.7.4: runs of chunks with equally many samples. Return each sample's offset and entry (from 0)."""
    fields.version_flags()
    lines = fields.array(">u4", fields.u32() * 3).astype(np.int64).reshape(-1, 3)
    count = len(size)
    first, held = lines[:, 0] - 1, lines[:, 1]
    if not len(lines) or not len(chunks) or first[0] != 0 or (np.diff(first) <= 0).any():
        raise fields.broken("the runs of chunks do not begin at 1 and rise")
    if held.min() < 1:
        raise fields.broken("a chunk without samples")
    lengths = np.diff(np.minimum(first, len(chunks)), append=np.int64(len(chunks)))
    ends = np.cumsum(np.repeat(held, lengths))
    if ends[-1] < count:
        raise fields.broken(f"{len(chunks)} chunks hold {ends[-1]} samples, there are {count}")
    ends = np.minimum(ends, count)
    held = np.diff(ends, prepend=np.int64(0))  # 0 for the chunks after the last sample
    before = np.zeros(count + 1, np.int64)
    np.cumsum(size, out=before[1:])
    offset = before[:-1] + np.repeat(chunks - before[ends - held], held)
    entry = np.repeat(np.repeat(lines[:, 2] - 1, lengths), held)
    if entry.min() < 0 or entry.max() > 0x7FFFFFFF:
        raise fields.broken("a sample description index out of range")
    return offset, entry.astype(np.int32)
