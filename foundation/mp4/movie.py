"""Read a movie: its `moov`, wherever it stands, and its fragments. This is the door of the package for readers.

Only `Mp4Unreadable` escapes, whatever the bytes are; what `read` itself raises passes through.
"""

import struct
from collections.abc import Callable
from dataclasses import replace

from foundation.mp4.boxes import Box, Node, place, walk
from foundation.mp4.errors import Mp4Unreadable
from foundation.mp4.model import UPRIGHT, Edit, Limits, Media, Movie, Track
from foundation.mp4.moof_reader import FragmentReader
from foundation.mp4.moov_reader import read_moov

__all__ = ["UPRIGHT", "Edit", "Limits", "Media", "Movie", "Track", "parse_moov", "read_movie"]

DEFAULT_LIMITS = Limits()
_HEADER = struct.Struct(">I4s")


def parse_moov(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Movie:
    """Return the movie of `data`, which is one whole `moov` box; its sample offsets are compared with nothing.

    Without the file there is no telling whether as many bytes exist as samples are claimed: for a `moov` that is not
    of our own making, give `Limits.samples` the size of its file.
    """
    if len(data) > limits.moov_bytes:
        raise Mp4Unreadable("moov (byte 0)", f"{len(data)} bytes, {limits.moov_bytes} allowed")
    found = next(walk(data), None)
    if found is None or found.kind != b"moov" or found.end != len(data):
        raise Mp4Unreadable("byte 0", "not one whole moov box")
    return read_moov(Node(data, found, "moov"), limits)[0]


def read_movie(read: Callable[[int, int], bytes], size: int, limits: Limits = DEFAULT_LIMITS) -> Movie:
    """Return the movie in a file of `size` bytes, of which `read(offset, length)` gives any part.

    The last whole `moov` counts; fragments count if it has an `mvex` box, and are appended to its own samples. A file
    that breaks off within a fragment ends at its last whole fragment (`Movie.whole_bytes`). All samples returned lie
    within the file.
    """
    return _Scan(read, size, limits).movie()


class _Scan:
    """Goes over the top-level boxes once."""

    def __init__(self, read: Callable[[int, int], bytes], size: int, limits: Limits) -> None:
        self._read, self._size = read, size
        # A file cannot hold more samples than bytes, however cheaply a table claims millions of one size.
        self._limits = replace(limits, samples=min(limits.samples, size))
        self._found: Movie | None = None
        self._fragments: FragmentReader | None = None
        self._whole, self._torn = 0, False

    def movie(self) -> Movie:
        at = 0
        for _ in range(self._limits.top_boxes):
            box = self._box_at(at)
            if box is None:
                break
            self._take(box)
            at = box.end
        else:
            raise Mp4Unreadable(f"byte {at}", f"more than {self._limits.top_boxes} boxes")
        found = self._fragments.finish() if self._fragments else self._found
        if found is None:
            raise Mp4Unreadable(f"byte {at}", f"no whole moov box in {self._size} bytes")
        for track in found.tracks:
            samples = track.samples
            if len(samples) and int((samples.offset + samples.size).max()) > self._size:
                raise Mp4Unreadable(
                    f"track {track.id}", f"samples beyond the end of the file, which has {self._size} bytes"
                )
        return replace(found, whole_bytes=self._whole)

    def _bytes(self, at: int, length: int) -> bytes:
        data = self._read(at, length)
        if len(data) != length:
            raise Mp4Unreadable(f"byte {at}", f"{length} bytes wanted, {len(data)} read")
        return data

    def _box_at(self, at: int) -> Box | None:
        """Return the box at `at`; None at the end, which is also where a torn or padded tail begins."""
        left = self._size - at
        if left < 8:
            return None
        head = self._bytes(at, min(16, left))
        size, kind = _HEADER.unpack_from(head)
        if self._found and kind == bytes(4):
            return None  # space laid out ahead and never written
        header = 8
        if size == 1:
            header = 16
            size = int.from_bytes(head[8:], "big") if len(head) == 16 else left + 1
        elif size == 0:
            size = left
        if size < header:
            if self._found:
                return None
            raise Mp4Unreadable(place("", kind, at), f"a size of {size}")
        return Box(kind, at, header, at + size) if size <= left else None

    def _take(self, box: Box) -> None:
        if box.kind == b"moov":
            node = self._node(box, self._limits.moov_bytes)
            self._fragments, self._torn = None, False
            self._found, defaults = read_moov(node, self._limits)
            if defaults is not None:
                self._fragments = FragmentReader(self._found, defaults, self._limits)
        elif box.kind == b"moof" and self._fragments:
            if self._torn:
                raise Mp4Unreadable(place("", box.kind, box.start), "the fragment before it lies beyond the file")
            self._torn = not self._fragments.read(self._node(box, self._limits.moof_bytes), self._size)
        if not self._torn:
            self._whole = box.end

    def _node(self, box: Box, allowed: int) -> Node:
        length = box.end - box.start
        name = box.kind.decode()
        if length > allowed:
            raise Mp4Unreadable(place("", box.kind, box.start), f"{length} bytes, {allowed} allowed")
        data = self._bytes(box.start, length)
        return Node(data, Box(box.kind, 0, box.header, length), name, box.start)
