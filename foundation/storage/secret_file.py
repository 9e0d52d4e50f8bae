"""A small secret in a file of its own: made once, and replaced whole."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def secret_of(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what is in the file; when there is none, it is made with mode 0600. Raises `OSError`.

    It is written under another name and linked, so that of two processes at once only one secret is ever seen.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        _write(fresh, make())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        _sync_folder(path.parent)
    return path.read_bytes()


def replace_secret(path: Path, secret: bytes) -> None:
    """Put another secret into the file, which keeps its owner. At no moment is there half of one. Raises `OSError`.

    One at a time: what a crash left of an earlier attempt is removed.
    """
    path = path.resolve()
    fresh = path.with_name(f"{path.name}.next")
    fresh.unlink(missing_ok=True)
    _write(fresh, secret, path.stat())
    fresh.replace(path)
    _sync_folder(path.parent)


def _write(path: Path, secret: bytes, owner: os.stat_result | None = None) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if owner is not None and (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, owner.st_uid, owner.st_gid)  # a command of root must not lock the service out
        os.write(handle, secret)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """A name is lost with its folder otherwise, and with the key all that it seals."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
