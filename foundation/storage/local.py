"""Objects as files of one folder. What was put is on the disk, with its name, when `put_file` returns."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from foundation.storage.port import ObjectDamaged, ObjectExists, ObjectMissing, StoreUnavailable, checked

_INCOMING = ".incoming"


class LocalFiles:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def put_file(self, key: str, path: Path) -> None:
        target = self.root / checked(key)
        _make_folders(target.parent, self.root)
        if target.exists():
            raise ObjectExists(key=key)
        source = path if path.stat().st_dev == target.parent.stat().st_dev else self._bring_over(path)
        with source.open("rb") as file:
            os.fsync(file.fileno())
        try:
            os.link(source, target)  # unlike rename, a link never replaces what somebody else put there meanwhile
        except FileExistsError as error:
            raise ObjectExists(key=key) from error
        _sync_folder(target.parent)
        source.unlink()
        path.unlink(missing_ok=True)

    def _bring_over(self, path: Path) -> Path:
        folder = self.root / _INCOMING
        folder.mkdir(exist_ok=True)
        copy = folder / f"{os.getpid()}-{path.name}"
        shutil.copyfile(path, copy)
        return copy

    def read(self, key: str, start: int, length: int) -> bytes:
        try:
            with (self.root / checked(key)).open("rb", buffering=0) as file:
                data = os.pread(file.fileno(), length, start)
                while 0 < len(data) < length:
                    more = os.pread(file.fileno(), length - len(data), start + len(data))
                    if not more:
                        break
                    data += more
        except FileNotFoundError as error:
            raise ObjectMissing(key=key) from error
        except OSError as error:
            raise StoreUnavailable(why=error.strerror or str(error)) from error
        if len(data) != length:
            raise ObjectDamaged(key=key, start=start, end=start + length)
        return data

    def local_path(self, key: str) -> Path | None:
        return self.root / checked(key)

    def size(self, key: str) -> int:
        try:
            return (self.root / checked(key)).stat().st_size
        except FileNotFoundError as error:
            raise ObjectMissing(key=key) from error

    def delete(self, key: str) -> None:
        target = self.root / checked(key)
        target.unlink(missing_ok=True)
        if target.parent.is_dir():
            _sync_folder(target.parent)

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        below = self.root / prefix.rpartition("/")[0]  # not the whole store for the few objects of one import
        for folder, _, names in os.walk(below):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self.root).as_posix()
                if key.startswith(prefix) and not key.startswith(_INCOMING):
                    yield key, path.stat().st_size


def _make_folders(folder: Path, root: Path) -> None:
    """Make `folder` and sync every folder above it up to `root`, as a new name is lost with its folder otherwise."""
    if folder.is_dir():
        return
    _make_folders(folder.parent, root)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
