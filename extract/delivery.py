"""Bytes of a virtual file: to disk by the kernel, or in chunks for whoever sends them. The media is never held whole."""

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from extract.virtual_file import Extent, VirtualFile
from foundation.storage import ObjectDamaged, ObjectMissing, ObjectStore

CHUNK_BYTES = 1 << 20
_REMOTE_READ_BYTES = 8 << 20
_NOT_BY_KERNEL = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF})


class _Sources:
    """Holds one local file open: extents come in the order of the files, so more would not help.

    Of a remote object it reads ahead, over what lies between the extents, but never beyond what is asked of it.
    """

    def __init__(self, store: ObjectStore, pieces: Sequence[bytes | Extent]) -> None:
        self._store = store
        self._key: str | None = None
        self._descriptor = -1
        self._ends: dict[str, int] = {}
        self._ahead: tuple[str, int, memoryview] = ("", 0, memoryview(b""))
        for piece in pieces:
            if isinstance(piece, Extent):
                self._ends[piece.key] = max(self._ends.get(piece.key, 0), piece.offset + piece.length)

    def remote(self, key: str, begin: int, length: int) -> memoryview:
        """Return 1 to `length` bytes of a remote object from `begin` on."""
        held, start, data = self._ahead
        if held != key or not start <= begin < start + len(data):
            start = begin
            data = memoryview(self._store.read(key, begin, min(_REMOTE_READ_BYTES, self._ends[key] - begin)))
            self._ahead = (key, start, data)
        return data[begin - start : begin - start + length]

    def open(self, key: str) -> int | None:
        """Return a descriptor to read `key` by; None when the store is remote."""
        if key == self._key:
            return self._descriptor
        self.close()
        for _ in range(2):  # what the recorder seals meanwhile is moved from its spool into the store
            path = self._store.local_path(key)
            if path is None:
                return None
            try:
                self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            self._key = key
            return self._descriptor
        raise ObjectMissing(key=key)

    def close(self) -> None:
        if self._key is not None:
            os.close(self._descriptor)
            self._key = None


def write_to(virtual: VirtualFile, store: ObjectStore, path: Path) -> None:
    """Write the file to `path`, whole and durable or not at all; an existing file is replaced.

    Raises `ObjectMissing` or `ObjectDamaged`, which names the segment.
    """
    part = path.with_name(f".{path.name}.part")
    pieces = list(virtual.pieces(0, virtual.size))
    sources = _Sources(store, pieces)
    try:
        with part.open("wb", buffering=0) as out:
            for piece in pieces:
                if isinstance(piece, bytes):
                    _write(out.fileno(), piece)
                else:
                    _copy(sources, piece, out.fileno())
            os.fsync(out.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    finally:
        sources.close()
        part.unlink(missing_ok=True)


def _write(out: int, data: bytes | memoryview) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(out, left) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(sources: _Sources, extent: Extent, out: int) -> None:
    source = sources.open(extent.key)
    if source is None:
        done = 0
        while done < extent.length:
            data = sources.remote(extent.key, extent.offset + done, extent.length - done)
            _write(out, data)
            done += len(data)
        return
    at, left = extent.offset, extent.length
    while left:
        done = _copy_some(source, at, left, out)
        if done == 0:
            raise ObjectDamaged(key=extent.key, start=at, end=at + left)
        at, left = at + done, left - done


def _copy_some(source: int, at: int, length: int, out: int) -> int:
    """Copy up to `length` bytes by the best means the file systems offer; return how many, 0 at the end."""
    try:
        return os.copy_file_range(source, out, length, at)
    except OSError as error:
        if error.errno not in _NOT_BY_KERNEL:
            raise
    try:
        return os.sendfile(out, source, at, length)
    except OSError as error:
        if error.errno not in _NOT_BY_KERNEL:
            raise
    data = os.pread(source, min(length, CHUNK_BYTES), at)
    _write(out, data)
    return len(data)


def read_chunks(
    virtual: VirtualFile, store: ObjectStore, start: int, end: int, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[bytes]:
    """Yield bytes `[start, end)` in pieces of `chunk_bytes`, the last one shorter. One file is open at a time.

    Close the iterator when its reader goes away. Raises `ObjectMissing` or `ObjectDamaged`.
    """
    pieces = list(virtual.pieces(start, end))
    sources = _Sources(store, pieces)
    chunk = memoryview(bytearray(chunk_bytes))
    filled = 0
    try:
        for piece in pieces:
            at, length = 0, len(piece) if isinstance(piece, bytes) else piece.length
            while at < length:
                taken = min(length - at, chunk_bytes - filled)
                _fill(sources, piece, at, chunk[filled : filled + taken])
                at, filled = at + taken, filled + taken
                if filled == chunk_bytes:
                    yield bytes(chunk)
                    filled = 0
        if filled:
            yield bytes(chunk[:filled])
    finally:
        sources.close()


def _fill(sources: _Sources, piece: bytes | Extent, at: int, into: memoryview) -> None:
    if isinstance(piece, bytes):
        into[:] = piece[at : at + len(into)]
        return
    source = sources.open(piece.key)
    begin = piece.offset + at
    done = 0
    while source is None and done < len(into):
        data = sources.remote(piece.key, begin + done, len(into) - done)
        into[done : done + len(data)] = data
        done += len(data)
    while source is not None and done < len(into):
        got = os.preadv(source, [into[done:]], begin + done)
        if got == 0:
            raise ObjectDamaged(key=piece.key, start=begin + done, end=begin + len(into))
        done += got
