"""Readings of the machine, taken in one go, and the adapter that takes them on Linux. Nothing is judged here."""

import contextlib
import errno
import os
import re
import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from api.papers.printing import can_draw
from foundation.clock import Clock
from foundation.timebase import MICROSECONDS
from ingest.live.compiled import ReceivePath, receive_path
from matpho.doctor.kernel_clock import KernelClock, read_kernel_clock

_MIB = 2**20
_PIECE = 4 * _MIB  # about a fragment of each of some cameras
_PIECES = 16
_PATIENCE_US = 3 * MICROSECONDS
_KEEP_FREE = 2**30
_LOOPBACK = "772"  # ARPHRD_LOOPBACK


@dataclass(frozen=True)
class Folder:
    """A folder, or where it would be. `unwritable` says why nothing can be written there, and is empty when it can."""

    path: str
    exists: bool
    unwritable: str
    file_system: str
    free_bytes: int


@dataclass(frozen=True)
class DiskSpeed:
    """What was written and synced, piece by piece, and how long that took."""

    written_bytes: int
    took_us: int

    @property
    def bytes_per_s(self) -> float:
        return self.written_bytes * MICROSECONDS / max(1, self.took_us)


@dataclass(frozen=True)
class Interface:
    """A network interface that is no loopback; `mbps` is None where its driver does not know."""

    name: str
    up: bool
    mbps: int | None


@dataclass(frozen=True)
class Readings:
    """What a machine is like. `disk_speed`, `memory_bytes` and `catalogue_file_system` are None when not known."""

    data: Folder
    disk_speed: DiskSpeed | None
    catalogue_file_system: str | None
    clock: KernelClock
    open_files: int
    interfaces: tuple[Interface, ...]
    memory_bytes: int | None
    cores: float
    receive_path: ReceivePath
    draws_papers: bool


class Machine(Protocol):
    def read(self, data: Path, catalogue: Path | None) -> Readings:
        """Take the readings for this data folder, and for the file of the catalogue where it is one."""
        ...


class LinuxMachine:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def read(self, data: Path, catalogue: Path | None) -> Readings:
        mounts = _text(Path("/proc/mounts"))
        folder = _folder(data, mounts)
        return Readings(
            data=folder,
            disk_speed=None if folder.unwritable else self._disk_speed(_nearest(data), folder.free_bytes),
            catalogue_file_system=None if catalogue is None else file_system_of(mounts, catalogue.resolve()),
            clock=read_kernel_clock(),
            open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            interfaces=tuple(_interfaces(Path("/sys/class/net"))),
            memory_bytes=_memory(),
            cores=_cores(),
            receive_path=receive_path(),
            draws_papers=can_draw(),
        )

    def _disk_speed(self, folder: Path, free: int) -> DiskSpeed | None:
        """Write and sync 64 MB, or what fits into some seconds, into a file without a name: no crash leaves it behind."""
        if free < _KEEP_FREE:
            return None
        piece = os.urandom(_PIECE)  # what compresses would flatter some file systems
        written, began = 0, self._clock.steady_us()
        try:
            with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
                while written < _PIECES * _PIECE and self._clock.steady_us() - began < _PATIENCE_US:
                    written += file.write(piece)
                    os.fsync(file.fileno())
        except OSError:
            return None
        return DiskSpeed(written, self._clock.steady_us() - began)


def _nearest(path: Path) -> Path:
    """Return the nearest that is there: the folder itself, or where it would be made."""
    found = path.absolute()
    while not os.path.lexists(found) and found != found.parent:
        found = found.parent
    return found


def _folder(path: Path, mounts: str) -> Folder:
    nearest = _nearest(path)
    unwritable, free = "", 0
    try:
        if not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        found = os.statvfs(nearest)
        free = found.f_bavail * found.f_frsize
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"x")
    except OSError as error:
        unwritable = error.strerror or type(error).__name__
    kind = file_system_of(mounts, nearest.resolve())
    return Folder(str(path), nearest == path.absolute(), unwritable, kind, free)


def file_system_of(mounts: str, path: Path) -> str:
    """Return the kind of the file system that `path` lies on, from the text of /proc/mounts; empty when it is not there."""
    kind, depth = "", -1
    for line in mounts.splitlines():
        _, place, found, *_ = line.split()
        at = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place))
        if (at == path or at in path.parents) and len(
            at.parts
        ) >= depth:  # of two at one place the later hides the other
            kind, depth = found, len(at.parts)
    return kind


def _interfaces(root: Path) -> list[Interface]:
    found = []
    for folder in sorted(root.glob("*")):
        if _text(folder / "type").strip() == _LOOPBACK:
            continue
        speed = _text(folder / "speed").strip()
        up = _text(folder / "operstate").strip() in {"up", "unknown"}  # drivers of tunnels do not know
        found.append(Interface(folder.name, up, int(speed) if speed.isdecimal() and speed != "0" else None))
    return found


def _memory() -> int | None:
    """Return the bytes that this process may use: the machine's, or less where a control group has a limit."""
    known = re.search(r"^MemTotal: +(\d+) kB", _text(Path("/proc/meminfo")), re.MULTILINE)
    limits = [_text(Path("/sys/fs/cgroup", name)).strip() for name in ("memory.max", "memory/memory.limit_in_bytes")]
    amounts = [int(text) for text in limits if text.isdecimal()] + ([int(known[1]) * 1024] if known else [])
    return min(amounts, default=None)


def _cores() -> float:
    """Return the cores that this process may use, parts of one where a control group has a quota."""
    allowed = float(len(os.sched_getaffinity(0)))
    quota = re.fullmatch(r"(\d+) (\d+)", _text(Path("/sys/fs/cgroup/cpu.max")).strip())
    return min(allowed, int(quota[1]) / int(quota[2])) if quota else allowed


def _text(path: Path) -> str:
    """Return what the kernel says in a file, nothing when it does not."""
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    return ""
