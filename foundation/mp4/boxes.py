"""Boxes of ISO/IEC 14496-12 clause 4.2: walk them, read their fields within bounds, write them.

Every read is checked against the bytes that are there before anything is allocated, so that a declared size or count
is only ever a claim.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from foundation.mp4.errors import Mp4Unreadable

MAX_CHILDREN = 10_000
"""Boxes beside each other in one parent. A moov has tens; only a bomb has more."""

_PLAIN = struct.Struct(">I4s")
_U16, _U32, _I32, _U64 = (struct.Struct(">" + code) for code in "HIiQ")


class Box(NamedTuple):
    """`[start, end)` of a box within the data it was found in; its payload begins at `start + header`."""

    kind: bytes
    start: int
    header: int
    end: int


def walk(data: bytes, start: int = 0, end: int | None = None, path: str = "", base: int = 0) -> Iterator[Box]:
    """Give the boxes that lie beside each other in `data[start:end]`.

    `path` and `base` (the file offset of `data[0]`) serve the message of `Mp4Unreadable`, raised when a box is shorter
    than its header or longer than its parent. A size of 0 means: up to the end of the parent. Fewer than 8 bytes left
    over are taken as padding, which QuickTime writes (a 32-bit zero at the end of `udta`).
    """
    stop = len(data) if end is None else end
    at, seen = start, 0
    while stop - at >= 8:
        size, kind = _PLAIN.unpack_from(data, at)
        header = 8
        if size == 1:
            header = 16
            size = _U64.unpack_from(data, at + 8)[0] if stop - at >= 16 else 0
        elif size == 0:
            size = stop - at
        if size < header or size > stop - at:
            raise Mp4Unreadable(place(path, kind, base + at), f"a size of {size} in a space of {stop - at} bytes")
        seen += 1
        if seen > MAX_CHILDREN:
            raise Mp4Unreadable(place(path, kind, base + at), f"more than {MAX_CHILDREN} boxes beside each other")
        yield Box(kind, at, header, at + size)
        at += size


def place(path: str, kind: bytes, offset: int) -> str:
    """Return the box path and offset that an error names; a kind is printed as ASCII whatever its bytes are."""
    return f"{path}/{_name(kind)} (byte {offset})" if path else f"{_name(kind)} (byte {offset})"


@lru_cache(maxsize=256)
def _name(kind: bytes) -> str:
    return "".join(chr(code) if 32 <= code < 127 else "?" for code in kind)


_dtype = lru_cache(maxsize=64)(np.dtype)
"""numpy parses the text of a compound type anew each time, which costs as much as reading a small table."""


class Fields:
    """Read the fields of one box in order; reading past its end raises `Mp4Unreadable`."""

    __slots__ = ("_base", "at", "data", "end", "path")

    def __init__(self, data: bytes, at: int, end: int, path: str, base: int) -> None:
        self.data, self.at, self.end, self.path, self._base = data, at, end, path, base

    @property
    def left(self) -> int:
        return self.end - self.at

    def broken(self, why: str) -> Mp4Unreadable:
        return Mp4Unreadable(f"{self.path} (byte {self._base + self.at})", why)

    def skip(self, count: int) -> int:
        """Step over `count` bytes and return where they begin."""
        at = self.at
        if count > self.end - at:
            raise self.broken(f"{count} bytes wanted, {self.left} left")
        self.at = at + count
        return at

    def u8(self) -> int:
        return self.data[self.skip(1)]

    def u16(self) -> int:
        return int(_U16.unpack_from(self.data, self.skip(2))[0])

    def u32(self) -> int:
        return int(_U32.unpack_from(self.data, self.skip(4))[0])

    def i32(self) -> int:
        return int(_I32.unpack_from(self.data, self.skip(4))[0])

    def u64(self) -> int:
        return int(_U64.unpack_from(self.data, self.skip(8))[0])

    def take(self, count: int) -> bytes:
        at = self.skip(count)
        return self.data[at : at + count]

    def version_flags(self) -> tuple[int, int]:
        """Read the head of a full box (clause 4.2.2)."""
        word = self.u32()
        return word >> 24, word & 0xFFFFFF

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        """Return a view of the next `count` elements, without a copy; `count` is a claim until checked here."""
        kind: np.dtype[Any] = _dtype(dtype)
        if count > self.left // kind.itemsize:
            raise self.broken(f"{count} entries of {kind.itemsize} bytes claimed, {self.left} bytes left")
        return np.frombuffer(self.data, kind, count, self.skip(count * kind.itemsize))


@dataclass(frozen=True, slots=True)
class Node:
    """One box together with its data and its path, for readers of trees."""

    data: bytes
    box: Box
    path: str
    base: int = 0

    @property
    def fields(self) -> Fields:
        return Fields(self.data, self.box.start + self.box.header, self.box.end, self.path, self.base)

    @property
    def raw(self) -> bytes:
        return self.data[self.box.start : self.box.end]

    def broken(self, why: str) -> Mp4Unreadable:
        return Mp4Unreadable(f"{self.path} (byte {self.base + self.box.start})", why)

    def children(self, skip: int = 0) -> "list[Node]":
        """Return the boxes inside; `skip` steps over the fields that stand before them."""
        first = self.box.start + self.box.header + skip
        if first > self.box.end:
            raise self.broken(f"{skip} bytes wanted before the inner boxes")
        return [
            Node(self.data, box, f"{self.path}/{_name(box.kind)}", self.base)
            for box in walk(self.data, first, self.box.end, self.path, self.base)
        ]

    def by_kind(self) -> "dict[bytes, Node]":
        """Return the inner boxes by kind; of several of one kind, the first."""
        found: dict[bytes, Node] = {}
        for node in self.children():
            found.setdefault(node.box.kind, node)
        return found


def box(kind: bytes, *payload: bytes) -> bytes:
    """Return a box with a 32-bit size: nothing that is built in memory needs more."""
    return b"".join((_PLAIN.pack(8 + sum(map(len, payload)), kind), *payload))


def full_box(kind: bytes, version: int, flags: int, *payload: bytes) -> bytes:
    return box(kind, _U32.pack(version << 24 | flags), *payload)
