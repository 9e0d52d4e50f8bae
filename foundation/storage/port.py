"""What the rest of the house expects of an object store, and how it fails. Both stores pass one contract test."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from foundation.errors import N_, BadInput, Conflict, Corrupt, ErrorKind, MatPhoError, Unavailable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*", re.ASCII)
_LONGEST_KEY = 512


class ObjectMissing(MatPhoError):
    kind = ErrorKind.CORRUPT
    code = "object_missing"
    message = N_("The object store has no “{key}”")
    mend = N_("Run `matpho check` to see what else is missing, then restore it from the backup")


class ObjectExists(Conflict):
    code = "object_exists"
    message = N_("The object store already has “{key}”; objects are never overwritten")


class ObjectDamaged(Corrupt):
    code = "object_damaged"
    message = N_("“{key}” is shorter than recorded: bytes {start} to {end} are not there")
    mend = N_("Run `matpho check --level hash`, then restore the file from the backup")


class StoreUnavailable(Unavailable):
    code = "store_unavailable"
    message = N_("The object store does not answer: {why}")


class StoreUnusable(BadInput):
    code = "store_unusable"
    message = N_("The object store “{url}” cannot be used: {why}")
    mend = N_("Leave MATPHO_STORE_URL empty for files, or write s3://bucket/prefix")


class KeyRefused(BadInput):
    code = "object_key_refused"
    message = N_("“{key}” is not a key of the object store")


class ObjectStore(Protocol):
    """Immutable objects under keys like `segments/3/2026-03-07/….mp4`."""

    def put_file(self, key: str, path: Path) -> None:
        """Take over the finished local file at `path`; durable when it returns, and `path` is gone.

        Raises `ObjectExists`; the file then stays where it is.
        """
        ...

    def read(self, key: str, start: int, length: int) -> bytes:
        """Return exactly `length` bytes from `start`. Raises `ObjectMissing` or `ObjectDamaged`."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Return the path for kernel copies, or None when the store is remote. The object may be missing."""
        ...

    def size(self, key: str) -> int:
        """Return the length in bytes. Raises `ObjectMissing`."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; one that is missing is removed already."""
        ...

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield `(key, bytes)` of all objects whose key begins with `prefix`, in no order."""
        ...


def checked(key: str) -> str:
    """Return `key` if it can neither leave the store's folder nor mean two things. Raises `KeyRefused`."""
    if len(key) > _LONGEST_KEY or not all(_NAME.fullmatch(name) for name in key.split("/")):
        raise KeyRefused(key=key[:80])
    return key
