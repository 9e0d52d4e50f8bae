"""Uploads that go on where they broke off: a folder each, bounded in size, in number and by the disk, and forgotten in time.

    uploads/<id>/info.json   whose it is, how long it will be, what its client says of it; written before the id is told
    uploads/<id>/offset      how many bytes are durable, and until when it is kept: one write of sixteen bytes
    uploads/<id>/data        the bytes; what lies beyond the offset was never told to anybody and is cut off

A lock of the file system guards each, so one request at a time writes, and the end of its process frees it.
"""

import fcntl
import json
import os
import re
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from api.uploads import DiskFull, UploadTooLarge
from foundation.clock import Clock
from foundation.errors import N_, Conflict, NotFound, TooMany
from foundation.identity import new_id
from foundation.timebase import MICROSECONDS

KEPT_US = 24 * 3600 * MICROSECONDS
"""How long an upload waits for its next byte, and then for its import."""
MOST_EACH = 20
MOST_OF_ALL = 1000
_ID = re.compile(r"[0-9a-z]{26}", re.ASCII)
_OFFSET = struct.Struct(">QQ")


class UploadUnknown(NotFound):
    code = "upload_unknown"
    message = N_("There is no upload “{name}”")
    mend = N_("Uploads are forgotten a day after their last byte; begin it again")


class UploadHeld(Conflict):
    code = "upload_held"
    message = N_("Another request is just sending this upload")
    mend = N_("Ask for its offset in a moment, and go on from there")


class UploadsTooMany(TooMany):
    code = "uploads_too_many"
    message = N_("There are {count} uploads that are not imported yet, and no more may be begun")
    mend = N_("Import those that are whole, or remove some")


@dataclass(frozen=True)
class Upload:
    id: str
    owner: str
    length: int
    metadata: str
    file_name: str
    offset: int
    expires_us: int

    @property
    def whole(self) -> bool:
        return self.offset == self.length


class Uploads:
    def __init__(self, folder: Path, limit: int, keep_free: int, clock: Clock) -> None:
        self._folder, self._limit, self._keep_free, self._clock = folder, limit, keep_free, clock
        self._creating = Lock()

    @property
    def limit(self) -> int:
        return self._limit

    def create(self, owner: str, length: int, metadata: str, file_name: str) -> Upload:
        """Return a new upload without bytes; it is durable. Raises `UploadTooLarge`, `UploadsTooMany`, `DiskFull`."""
        if length > self._limit:
            raise UploadTooLarge(what=N_("The upload"), size=length, limit=self._limit)
        with self._creating:
            self._folder.mkdir(parents=True, exist_ok=True)
            there = self.sweep()
            mine = sum(upload.owner == owner for upload in there)
            if mine >= MOST_EACH or len(there) >= MOST_OF_ALL:
                raise UploadsTooMany(count=mine)
            # What others still have to send is theirs already.
            self.room(length + sum(upload.length - upload.offset for upload in there))
            upload = Upload(new_id(), owner, length, metadata, file_name, 0, self._clock.now_us() + KEPT_US)
            self._write(upload)
        return upload

    def room(self, further: int) -> None:
        """Raises `DiskFull` where `further` bytes would take what must stay free."""
        free = shutil.disk_usage(self._folder).free
        if free - further < self._keep_free:
            raise DiskFull(needed=further, free=free, keep=self._keep_free)

    def find(self, owner: str, upload_id: str) -> Upload:
        """Return an upload of `owner`; what is somebody else's is not there. Raises `UploadUnknown`."""
        upload = self._read(upload_id) if _ID.fullmatch(upload_id) else None
        if upload is None or upload.owner != owner or upload.expires_us <= self._clock.now_us():
            raise UploadUnknown(name=upload_id[:40])
        return upload

    @contextmanager
    def held(self, owner: str, upload_id: str) -> Iterator["HeldUpload"]:
        """Have an upload for oneself. Raises `UploadUnknown`, `UploadHeld`."""
        self.find(owner, upload_id)
        try:
            descriptor = os.open(self.data_of(upload_id), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError as error:  # it was handed over or removed just now
            raise UploadUnknown(name=upload_id) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadHeld from error
            upload = self.find(owner, upload_id)
            yield HeldUpload(upload, descriptor, self._folder / upload_id, self._clock)
        finally:
            os.close(descriptor)

    def remove(self, owner: str, upload_id: str) -> None:
        """Raises `UploadUnknown`, `UploadHeld`."""
        with self.held(owner, upload_id):
            self.forget(upload_id)

    def forget(self, upload_id: str) -> None:
        shutil.rmtree(self._folder / upload_id, ignore_errors=True)

    def sweep(self) -> list[Upload]:
        """Remove what is past its time or was never told to anybody; return the rest."""
        there = []
        now = self._clock.now_us()
        for path in self._folder.glob("*"):
            upload = self._read(path.name)
            if upload is None or upload.expires_us <= now:
                shutil.rmtree(path, ignore_errors=True)
            else:
                there.append(upload)
        return there

    def all(self) -> list[Upload]:
        return [upload for path in self._folder.glob("*") if (upload := self._read(path.name)) is not None]

    def data_of(self, upload_id: str) -> Path:
        return self._folder / upload_id / "data"

    def _read(self, upload_id: str) -> Upload | None:
        folder = self._folder / upload_id
        try:
            info = json.loads((folder / "info.json").read_bytes())
            offset, expires_us = _OFFSET.unpack((folder / "offset").read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Upload(upload_id, offset=offset, expires_us=expires_us, **info)

    def _write(self, upload: Upload) -> None:
        """Make the folder under another name first, so that one with an id is whole."""
        making = self._folder / f".{upload.id}"
        making.mkdir()
        info = {name: getattr(upload, name) for name in ("owner", "length", "metadata", "file_name")}
        parts = {"info.json": json.dumps(info).encode(), "offset": _OFFSET.pack(0, upload.expires_us), "data": b""}
        for name, data in parts.items():
            with (making / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(making)
        making.rename(self._folder / upload.id)
        sync_folder(self._folder)


class HeldUpload:
    """An upload that nobody else writes to. Bytes count once `sync` has returned."""

    def __init__(self, upload: Upload, descriptor: int, folder: Path, clock: Clock) -> None:
        self.upload, self.offset, self.expires_us = upload, upload.offset, upload.expires_us
        self.data = folder / "data"
        self._descriptor, self._folder, self._clock = descriptor, folder, clock
        os.ftruncate(descriptor, upload.offset)

    def write(self, data: bytes | bytearray) -> None:
        """Append. Raises `UploadTooLarge` for what goes beyond the declared length; nothing of it is written then."""
        if self.offset + len(data) > self.upload.length:
            raise UploadTooLarge(what=N_("The upload"), size=self.offset + len(data), limit=self.upload.length)
        left = memoryview(data)
        while left:
            written = os.pwrite(self._descriptor, left, self.offset)
            self.offset, left = self.offset + written, left[written:]

    def sync(self) -> None:
        """Make what was written durable, and then that it was; its time begins anew."""
        os.fsync(self._descriptor)
        self.expires_us = self._clock.now_us() + KEPT_US
        descriptor = os.open(self._folder / "offset", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(descriptor, _OFFSET.pack(self.offset, self.expires_us), 0)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def take_back(self) -> None:
        """Forget what was written and not synced."""
        self.offset = self.upload.offset
        os.ftruncate(self._descriptor, self.offset)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
