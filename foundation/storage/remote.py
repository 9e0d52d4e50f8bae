"""Objects in an S3 store, through obstore. Endpoint and keys come from the usual `AWS_*` names."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import S3Store

from foundation.storage.port import ObjectDamaged, ObjectExists, ObjectMissing, StoreUnavailable, checked

Answer = TypeVar("Answer")

_ONE_REQUEST = 64 * 2**20  # above it in parts; only a single request can be conditional on every store


class RemoteObjects:
    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put_file(self, key: str, path: Path) -> None:
        if path.stat().st_size <= _ONE_REQUEST:
            self._call(key, lambda: obstore.put(self._store, checked(key), path, mode="create", use_multipart=False))
        else:
            if self._exists(key):
                raise ObjectExists(key=key)
            self._call(key, lambda: obstore.put(self._store, checked(key), path, chunk_size=16 * 2**20))
        path.unlink()

    def _exists(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def read(self, key: str, start: int, length: int) -> bytes:
        if length == 0:
            self.size(key)
            return b""
        try:
            data = bytes(
                self._call(key, lambda: obstore.get_range(self._store, checked(key), start=start, length=length))
            )
        except StoreUnavailable as error:
            # A range wholly beyond the end is refused by the store; the reader is to hear that the object is short.
            if self.size(key) <= start:
                raise ObjectDamaged(key=key, start=start, end=start + length) from error
            raise
        if len(data) != length:
            raise ObjectDamaged(key=key, start=start, end=start + length)
        return data

    def local_path(self, key: str) -> Path | None:
        checked(key)
        return None

    def size(self, key: str) -> int:
        return int(self._call(key, lambda: obstore.head(self._store, checked(key)))["size"])

    def delete(self, key: str) -> None:
        try:
            self._call(key, lambda: obstore.delete(self._store, checked(key)))
        except ObjectMissing:
            return

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        folder = prefix.rpartition("/")[0]  # the store lists by folders, the port by any beginning
        batches = iter(self._call(prefix, lambda: obstore.list(self._store, folder or None)))
        while (batch := self._call(prefix, lambda: next(batches, None))) is not None:  # each is a request of its own
            for item in batch:
                if item["path"].startswith(prefix):
                    yield item["path"], item["size"]

    def _call(self, key: str, request: Callable[[], Answer]) -> Answer:
        try:
            return request()
        except (NotFoundError, FileNotFoundError) as error:
            raise ObjectMissing(key=key) from error
        except (AlreadyExistsError, PreconditionError) as error:
            raise ObjectExists(key=key) from error
        except (BaseError, OSError) as error:
            raise StoreUnavailable(why=_first_line(error)) from error


def _first_line(error: BaseException) -> str:
    """Return what happened without the request's headers, which carry a signature."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
