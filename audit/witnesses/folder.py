"""A folder that somebody else holds: a share of the ward committee, a disk that is taken away.

    <folder>/latest.checkpoint
    <folder>/00000012/000000123456.checkpoint      of the log with 123456 leaves

At most 10,000 lie in one folder, which the file system of a USB stick takes.
"""

import os
import secrets
from pathlib import Path

from audit.note import MOST_BYTES
from audit.witnesses.port import WitnessDisagrees, WitnessSilent

_IN_A_FOLDER = 10_000
LATEST = "latest.checkpoint"


class FolderWitness:
    """The folder must be there: one that is made where a disk should be would be kept by nobody else."""

    def __init__(self, path: Path, every_us: int) -> None:
        self._path = path
        self.name = f"folder:{path}"
        self.every_us = every_us

    def tell(self, size: int, note: str) -> str:
        """Write the checkpoint under its size, never over another, and as the latest. Raises as the port says."""
        file = self._path / f"{size // _IN_A_FOLDER:08}" / f"{size:012}.checkpoint"
        data = note.encode()
        try:
            self._refuse_another(file, size, data)
            if not file.exists():
                file.parent.mkdir(exist_ok=True)  # not its parents
                _write(file, data)
            _write(self._path / LATEST, data)
        except OSError as error:
            raise WitnessSilent(witness=self.name, why=error.strerror or type(error).__name__) from error
        return str(file)

    def _refuse_another(self, file: Path, size: int, data: bytes) -> None:
        kept = _read(file)
        if kept not in {None, data}:
            raise WitnessDisagrees(witness=self.name, size=size)
        newest = _size_in(_read(self._path / LATEST) or b"")
        if newest > size:
            raise WitnessDisagrees(witness=self.name, size=newest)


def _read(file: Path) -> bytes | None:
    try:
        with file.open("rb") as found:
            return found.read(MOST_BYTES)
    except FileNotFoundError:
        return None


def _size_in(note: bytes) -> int:
    lines = note.split(b"\n")
    return int(lines[1]) if len(lines) > 2 and lines[1].isdigit() else -1


def _write(file: Path, data: bytes) -> None:
    """Put the file there whole or not at all, and on the disk before anybody is told that it is kept."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
