"""A small secret in a file of its own, made once."""

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
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, make())
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
