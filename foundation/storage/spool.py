"""A store before which newest objects may still lie in a local folder: with whoever writes them, or waiting to be put.

An object has the same key in the folder and in the store, so readers need not know where it is, and nothing changes for them
while it moves. Only reading looks into the folder; what is put, listed and deleted is the store's.
"""

from collections.abc import Iterator
from pathlib import Path

from foundation.storage.local import LocalFiles
from foundation.storage.port import ObjectMissing, ObjectStore


class Spooled:
    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self.store = store
        self.spool = LocalFiles(folder)

    def put_file(self, key: str, path: Path) -> None:
        self.store.put_file(key, path)

    def read(self, key: str, start: int, length: int) -> bytes:
        try:
            return self.spool.read(key, start, length)
        except ObjectMissing:
            return self.store.read(key, start, length)

    def local_path(self, key: str) -> Path | None:
        """Return where the object lies now. It may be moved into the store before it is opened: ask again then."""
        path = self.spool.local_path(key)
        return path if path is not None and path.exists() else self.store.local_path(key)

    def size(self, key: str) -> int:
        try:
            return self.spool.size(key)
        except ObjectMissing:
            return self.store.size(key)

    def delete(self, key: str) -> None:
        self.store.delete(key)

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        yield from self.store.keys(prefix)
