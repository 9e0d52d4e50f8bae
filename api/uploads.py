"""Take a body of any length onto the disk: bounded in memory, by a limit, and by the disk that must stay free."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import Request

from foundation.errors import N_, BadInput, TooLarge, Unavailable
from foundation.identity import new_id

_WRITE_BYTES = 1 << 20
_DAY_US = 86_400 * 1_000_000


class UploadEmpty(BadInput):
    code = "upload_empty"
    message = N_("The request has no body")
    mend = N_("Send the file itself as the body, for example with curl --upload-file FILE -X POST")


class UploadNotRaw(BadInput):
    code = "upload_not_raw"
    message = N_("The body is a form, not the file itself")
    mend = N_("Send the file itself as the body, for example with curl --upload-file FILE -X POST")


class UploadTooLarge(TooLarge):
    code = "upload_too_large"


class DiskFull(Unavailable):
    code = "disk_full"
    message = N_("The disk has not enough room: {needed} bytes needed, {free} free, {keep} of them reserved")
    mend = N_("Free some room on the disk of the data folder, then send the file again")


class _Room:
    """Refuses what is larger than `limit` bytes or would leave less than `keep_free` bytes on the disk of `folder`."""

    def __init__(self, folder: Path, limit: int, keep_free: int) -> None:
        self.folder = folder
        self.limit = limit
        self.keep_free = keep_free

    def check(self, size: int, further: int) -> None:
        if size > self.limit:
            raise UploadTooLarge(what=N_("The upload"), size=size, limit=self.limit)
        free = shutil.disk_usage(self.folder).free
        if free - further < self.keep_free:
            raise DiskFull(needed=further, free=free, keep=self.keep_free)


async def to_disk(
    request: Request,
    folder: Path,
    name: str,
    *,
    limit: int,
    keep_free: int,
    look: Callable[[bytes | bytearray], None] = lambda _: None,
) -> Path:
    """Write the body to a new file of `folder` and return its path once it is durable; on any failure nothing is left.

    Of `name` only the ending is used. `look` is handed the first bytes and may refuse the rest.
    Raises `UploadEmpty`, `UploadNotRaw`, `UploadTooLarge`, `DiskFull`, and what `look` raises.
    """
    _refuse_form(request)
    await run_sync(lambda: folder.mkdir(parents=True, exist_ok=True))
    room = _Room(folder, limit, keep_free)
    declared = _declared(request)
    await run_sync(room.check, declared, declared)
    ending = re.sub(r"[^.a-z0-9]", "", Path(name).suffix.lower())[:10]
    path = folder / f"{new_id()}{ending}"
    part = path.with_name(path.name + ".part")
    file = await run_sync(part.open, "xb")
    try:
        await _copy(request, file, room, look)
        await run_sync(_finish, file, part, path)
    finally:
        with CancelScope(shield=True):
            await run_sync(file.close)
            await run_sync(lambda: part.unlink(missing_ok=True))
    return path


async def _copy(request: Request, file: BinaryIO, room: _Room, look: Callable[[bytes | bytearray], None]) -> None:
    held, total = bytearray(), 0
    async for piece in request.stream():
        held += piece
        if len(held) >= _WRITE_BYTES:
            if not total:
                look(held)
            total += len(held)
            await run_sync(room.check, total, len(held))
            await run_sync(file.write, held)
            held = bytearray()
    if not total:
        look(held)
    total += len(held)
    if total == 0:
        raise UploadEmpty
    await run_sync(room.check, total, len(held))
    await run_sync(file.write, held)


def _finish(file: BinaryIO, part: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def to_memory(request: Request, *, limit: int) -> bytes:
    """Return a small body whole. Raises `UploadEmpty`, `UploadNotRaw`, `UploadTooLarge`."""
    _refuse_form(request)
    held, size = bytearray(), _declared(request)
    if size <= limit:
        async for piece in request.stream():
            held += piece
            size = max(size, len(held))
            if len(held) > limit:
                break
    if size > limit:
        raise UploadTooLarge(what=N_("The upload"), size=size, limit=limit)
    if not held:
        raise UploadEmpty
    return bytes(held)


def remove_abandoned(folder: Path, now_us: int) -> None:
    """Remove what uploads of a killed process left more than a day ago; a younger one may be of a live process."""
    for part in folder.glob("*.part"):
        if now_us - part.stat().st_mtime_ns // 1000 > _DAY_US:
            part.unlink(missing_ok=True)


def _declared(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _refuse_form(request: Request) -> None:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise UploadNotRaw
