"""The folder in which one import works. Its lock tells the living from what a crash left. docs/design/recorded-clips.md."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Self

_LOCK = "lock"


class Staging:
    """`<data>/staging/<import id>/`, locked while this object lives; the lock ends with the process."""

    def __init__(self, folder: Path, handle: int) -> None:
        self.folder = folder
        self._handle = handle

    @property
    def import_id(self) -> str:
        return self.folder.name

    @classmethod
    def create(cls, data: Path, import_id: str) -> Self:
        folder = data / "staging" / import_id
        folder.mkdir(parents=True)
        taken = cls._take(folder)
        assert taken is not None
        return taken

    @classmethod
    def abandoned(cls, data: Path) -> Iterator[Self]:
        """Take and yield the folders that no living process holds."""
        for folder in sorted((data / "staging").glob("*")):
            taken = cls._take(folder)
            if taken is not None:
                yield taken

    @classmethod
    def _take(cls, folder: Path) -> Self | None:
        try:
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            return None  # its owner has just removed it
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return cls(folder, handle)

    def remove(self) -> None:
        """Remove the folder, then let go of the lock."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.release()

    def release(self) -> None:
        os.close(self._handle)
