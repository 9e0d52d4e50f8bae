"""A virtual file as something that libav reads and seeks in; a megabyte of it is held, or less."""

import io

from extract.delivery import CHUNK_BYTES, read_chunks
from extract.virtual_file import VirtualFile
from foundation.storage import ObjectStore


class VirtualReader(io.RawIOBase):
    def __init__(self, virtual: VirtualFile, store: ObjectStore, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._virtual, self._store, self._chunk = virtual, store, chunk_bytes
        self._at = 0
        self._held = (0, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._virtual.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, none at the end."""
        start, data = self._held
        if not start <= self._at < start + len(data):
            end = min(self._at + self._chunk, self._virtual.size)
            data = b"".join(read_chunks(self._virtual, self._store, self._at, end)) if end > self._at else b""
            start = self._at
            self._held = (start, data)
        begin = self._at - start
        found = data[begin:] if size < 0 else data[begin : begin + size]
        self._at += len(found)
        return found
