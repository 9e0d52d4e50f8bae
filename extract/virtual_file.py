"""A clip as a file that does not exist: a header that is computed, then byte ranges of the segment files. Pure.

The bytes depend on the segments, the range, the options and `FORMAT_VERSION` alone. Golden tests hold them; whoever
changes them raises the version, because the ETag and the receipts of evidence rely on it.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cached_property
from typing import Any

import numpy as np

from extract.footage import Footage
from extract.layout import TEXT_ID, Lane, Layout, lay_out
from extract.plan import Mode, Part
from extract.times import lines, passages
from foundation.mp4.header import build_header
from foundation.mp4.model import Track
from foundation.mp4.tables import Int64
from foundation.mp4.text import wall_clock_track

FORMAT_VERSION = 1
MEDIA_TYPE = "video/mp4"


@dataclass(frozen=True, slots=True)
class Extent:
    """`length` bytes of the stored object `key`, from `offset` on."""

    key: str
    offset: int
    length: int


@dataclass(frozen=True, eq=False)
class VirtualFile:
    """`header` and then `extents`, `size` bytes in all. `etag` is the opaque part of a strong entity tag."""

    header: bytes
    extents: tuple[Extent, ...]
    size: int
    etag: str
    duration_ticks: int = 0
    media_type: str = MEDIA_TYPE

    @cached_property
    def _starts(self) -> list[int]:
        lengths = [len(self.header), *(extent.length for extent in self.extents)]
        return [0, *np.cumsum(lengths).tolist()]

    def pieces(self, start: int, end: int) -> Iterator[bytes | Extent]:
        """Yield what makes up bytes `[start, end)`, in order; none of it is empty. Bounds beyond the file are cut."""
        start, end = max(0, start), min(end, self.size)
        if start < len(self.header) and start < end:
            yield self.header[start:end]
            start = len(self.header)
        place = bisect_right(self._starts, start) - 2
        while start < end:
            extent = self.extents[place]
            skipped = start - self._starts[place + 1]
            length = min(extent.length - skipped, end - start)
            yield extent if length == extent.length else Extent(extent.key, extent.offset + skipped, length)
            start += length
            place += 1


@dataclass(frozen=True)
class Packed:
    """Where samples lie in a payload: one array of offsets for each lane, and the payload's extents."""

    offsets: tuple[Int64, ...]
    extents: tuple[Extent, ...]
    size: int


def identity(footage: Sequence[Footage], part: int, **asked: Any) -> str:
    """Return the ETag of a clip's part: it changes with whatever may change a byte, and with nothing else."""
    named = [[item.sha256.hex(), item.start_us, item.end_us, item.media_ticks, item.stream_id] for item in footage]
    text = json.dumps([FORMAT_VERSION, part, asked, named], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def build(
    part: Part, mode: Mode, etag: str, zone: tzinfo | None = None, *, layout: Layout | None = None
) -> VirtualFile:
    """Return a part of a clip as a file; with a text track of the wall clock in `zone` if one is given.

    `layout` is `lay_out(part, mode)`, from those who have it already.
    """
    layout = layout or lay_out(part, mode)
    texts, text_bytes = _texts(part, layout, zone)
    packed = pack(layout.footage, layout.lanes, len(text_bytes))
    tracks = [
        replace(lane.track, samples=replace(lane.track.samples, offset=offset))
        for lane, offset in zip(layout.lanes, packed.offsets, strict=True)
    ]
    header = build_header([*tracks, *texts], packed.size) + text_bytes
    size = len(header) + packed.size - len(text_bytes)
    return VirtualFile(header, packed.extents, size, etag, layout.duration_ticks)


def _texts(part: Part, layout: Layout, zone: tzinfo | None) -> tuple[list[Track], bytes]:
    if zone is None:
        return [], b""
    picture = layout.video.track
    track, data = wall_clock_track(
        lines(passages(part), zone), track_id=TEXT_ID, width=picture.width, height=picture.height, language="und"
    )
    return [track], data


def pack(footage: Sequence[Footage], lanes: Sequence[Lane], begin: int = 0, *, as_filed: bool = True) -> Packed:
    """Lay the samples of all lanes one after the other, from payload byte `begin` on; neighbours become one extent.

    `as_filed`: in the order of their files, so that sound stays beside the picture it was recorded with. Otherwise
    in the order given.
    """
    owner = np.concatenate([lane.owner for lane in lanes])
    offset = np.concatenate([lane.track.samples.offset for lane in lanes])
    size = np.concatenate([lane.track.samples.size for lane in lanes])
    order = np.arange(len(owner))
    in_order = (owner[1:] > owner[:-1]) | ((owner[1:] == owner[:-1]) & (offset[1:] >= offset[:-1]))
    if as_filed and not in_order.all():
        order = np.lexsort((offset, owner))
    owner, offset, sizes = owner[order], offset[order], size[order]
    ends = np.cumsum(sizes)
    placed = np.empty(len(order), np.int64)
    placed[order] = begin + ends - sizes
    starts = np.flatnonzero(
        np.concatenate(([True], (owner[1:] != owner[:-1]) | (offset[1:] != offset[:-1] + sizes[:-1])))
    )
    lengths = np.add.reduceat(sizes, starts)
    extents = tuple(
        Extent(footage[place].key, at, length)
        for place, at, length in zip(owner[starts].tolist(), offset[starts].tolist(), lengths.tolist(), strict=True)
        if length
    )
    bounds = np.cumsum([len(lane.owner) for lane in lanes])[:-1]
    return Packed(tuple(np.split(placed, bounds)), extents, begin + int(ends[-1]))
