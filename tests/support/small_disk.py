"""A file system with little room, for whoever may have one: a mount that only its own process and its children see.

That needs CAP_SYS_ADMIN, or user namespaces. Where neither is allowed, a container usually still has a `/dev/shm` of 64 MB
that nobody else uses.
"""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEBIBYTE = 2**20
_MOST_SHARED = 128 * MEBIBYTE
_NEW_MOUNTS, _NEW_USERS = 0x0002_0000, 0x1000_0000  # CLONE_NEWNS, CLONE_NEWUSER
_PRIVATE, _RECURSIVE = 1 << 18, 1 << 14  # MS_PRIVATE, MS_REC
_BALLAST = "ballast"
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Give a folder of a file system that has about `size` bytes; this process must not have threads.

    The mount is at `folder`, where all others see an empty one.
    """
    try:
        _mount(folder, size)
    except PermissionError as error:
        if shutil.disk_usage("/dev/shm").total > _MOST_SHARED:
            raise RuntimeError("no small disk: neither mounts, nor user namespaces, nor a small /dev/shm") from error
        with tempfile.TemporaryDirectory(dir="/dev/shm") as shared:
            yield Path(shared)
    else:
        yield folder


def _mount(folder: Path, size: int) -> None:
    user, group = os.geteuid(), os.getegid()
    try:
        _done(_libc.unshare(_NEW_MOUNTS))
    except PermissionError:
        _done(_libc.unshare(_NEW_USERS | _NEW_MOUNTS))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _done(_libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None))
    _done(_libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, f"size={size}".encode()))


def _done(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def obey_modes() -> None:
    """Give up what lets root write wherever it likes (CAP_DAC_OVERRIDE)."""
    head = (ctypes.c_uint32 * 2)(0x2008_0522, 0)
    sets = (ctypes.c_uint32 * 6)()
    _done(_libc.capget(head, sets))
    for effective_or_permitted in (0, 1):
        sets[effective_or_permitted] &= ~2
    _done(_libc.capset(head, sets))


def forbid(folder: Path) -> None:
    """Let nobody make a file anywhere below."""
    for inner in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        inner.chmod(0o555)


def allow(folder: Path) -> None:
    for inner in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        inner.chmod(0o755)


def fill(disk: Path, leave: int) -> None:
    """Take all room of the disk but `leave` bytes."""
    with (disk / _BALLAST).open("ab") as ballast:
        room = shutil.disk_usage(disk).free - leave
        if room > 0:
            os.posix_fallocate(ballast.fileno(), ballast.tell(), room)


def keep_full(disk: Path) -> None:
    """Take whatever room there is, again and again, until killed."""
    with (disk / _BALLAST).open("ab", buffering=0) as ballast:
        while True:
            try:
                ballast.write(bytes(4096))
            except OSError:
                os.sched_yield()


def give_room(disk: Path) -> None:
    (disk / _BALLAST).unlink(missing_ok=True)


def free_bytes(disk: Path) -> int:
    return shutil.disk_usage(disk).free
