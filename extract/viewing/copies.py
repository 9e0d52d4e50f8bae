"""Copies that are being made and those that are kept: one for all who ask for the same, bounded in number and bytes.

A copy is a file of the folder that grows while it is made, and who watches reads behind. What a process left is removed when
the next begins, so a copy that looks whole is whole.
"""

import hashlib
import logging
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from io import FileIO
from itertools import count
from pathlib import Path

from extract.viewing.coding import Sink, ViewingStopped
from foundation.database import DatabaseUnavailable
from foundation.errors import N_, MatPhoError, Unavailable

log = logging.getLogger(__name__)

READ_BYTES = 256 * 1024
_SLOT_WAIT_S = 5.0
_FIRST_WAIT_S = 30.0
_MOST_WAITING = 8
_SWEEP_S = 60.0

Make = Callable[[Sink, Callable[[], bool]], None]
"""Writes the copy, and asks before each picture whether it is still wanted."""


class ViewingBusy(Unavailable):
    code = "viewing_busy"
    message = N_("Other viewing copies are being made, as many at once as this machine can take")
    mend = N_("Try again in a few seconds")


class ViewingNoRoom(Unavailable):
    code = "viewing_no_room"
    message = N_("There is no room for the viewing copy")
    mend = N_("Ask for a shorter clip, or give the copies more room (MATPHO_VIEWING_CACHE_BYTES)")


class ViewingFailed(Unavailable):
    code = "viewing_failed"
    message = N_("The viewing copy could not be made")
    mend = N_("The clip itself is whole: download it, and play it with a player of your own")


class Copy:
    """One copy. All of it is guarded by the condition of its `Copies`."""

    def __init__(self, path: Path, kept: Callable[[], bool]) -> None:
        self.path, self.kept = path, kept
        self.size = 0
        self.begun = self.done = self.stopped = False
        self.error: MatPhoError | None = None
        self.watchers = 0
        self.digest = hashlib.sha256()

    @property
    def etag(self) -> str:
        return self.digest.hexdigest()[:40]


class Copies:
    def __init__(self, folder: Path, room_bytes: int, keep_free_bytes: int, encoders: int | None = None) -> None:
        self._folder, self._room, self._keep_free = folder, room_bytes, keep_free_bytes
        self._encoders = encoders or max(1, (os.cpu_count() or 1) // 2)
        self._changed = threading.Condition()
        self._copies: OrderedDict[str, Copy] = OrderedDict()
        self._makers: set[threading.Thread] = set()
        self._waiting = 0
        self._numbers = count()
        self._ending = threading.Event()
        self._sweeper: threading.Thread | None = None

    def start(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._ending.clear()
        self._sweeper = threading.Thread(target=self._sweep, name="viewing copies", daemon=True)
        self._sweeper.start()

    def stop(self) -> None:
        self._ending.set()
        with self._changed:
            for name in list(self._copies):
                self._drop(name)
            makers = list(self._makers)
            self._changed.notify_all()
        for thread in (*makers, self._sweeper):
            if thread is not None:
                thread.join()

    def watch(self, name: str, make: Make, kept: Callable[[], bool]) -> "Watch":
        """Return the copy `name`, made by `make` unless it is there or under way; its first fragment is there.

        `kept` tells later whether the footage is still kept; if not, neither is the copy. Close what is returned.
        Raises `ViewingBusy` and what `make` raises before the first fragment.
        """
        with self._changed:
            copy = self._copies.get(name)
            if copy is None:
                self._take_turn(name)
                copy = self._copies.get(name) or self._begin(name, make, kept)
            self._copies.move_to_end(name)
            copy.watchers += 1
            watch = Watch(self, name, copy)
            self._changed.wait_for(lambda: copy.begun or copy.error is not None, _FIRST_WAIT_S)
            if copy.begun:
                return watch
        watch.close()
        raise copy.error or ViewingBusy

    def _take_turn(self, name: str) -> None:
        """Wait until one more may be made, or somebody else has begun this one. Raises `ViewingBusy`."""
        if len(self._makers) < self._encoders:
            return
        if self._waiting >= _MOST_WAITING:
            raise ViewingBusy
        self._waiting += 1
        try:
            free = self._changed.wait_for(
                lambda: name in self._copies or len(self._makers) < self._encoders, _SLOT_WAIT_S
            )
            if not free:
                raise ViewingBusy
        finally:
            self._waiting -= 1

    def _begin(self, name: str, make: Make, kept: Callable[[], bool]) -> Copy:
        self._folder.mkdir(parents=True, exist_ok=True)
        copy = Copy(self._folder / f"{name}-{next(self._numbers)}.mp4", kept)
        self._copies[name] = copy
        thread = threading.Thread(target=self._make, args=(name, copy, make), name="viewing copy", daemon=True)
        self._makers.add(thread)
        thread.start()
        return copy

    def _make(self, name: str, copy: Copy, make: Make) -> None:
        error: MatPhoError | None = None
        try:
            with copy.path.open("xb", buffering=0) as file:
                make(_Growing(self, copy, file.fileno()), lambda: not copy.stopped)
        except MatPhoError as found:
            error = found
        except OSError as found:
            log.warning("a viewing copy cannot be written: %s", found.strerror)
            error = ViewingNoRoom()
        except Exception:
            log.exception("a viewing copy failed")
            error = ViewingFailed()
        with self._changed:
            self._makers.discard(threading.current_thread())
            if copy.stopped and error is None:
                error = ViewingStopped()
            copy.error, copy.done = error, error is None
            if error is not None:
                copy.path.unlink(missing_ok=True)
                if self._copies.get(name) is copy:
                    del self._copies[name]
            self._changed.notify_all()

    def grown(self, copy: Copy, data: bytes, *, begun: bool) -> None:
        """Count what was written, and make room for it by letting go of what was watched longest ago."""
        with self._changed:
            copy.size += len(data)
            copy.digest.update(data)
            copy.begun = copy.begun or begun
            others = [name for name, other in self._copies.items() if other.done]
            while sum(other.size for other in self._copies.values()) > self._room:
                if not others:
                    raise ViewingNoRoom
                self._drop(others.pop(0))
            self._changed.notify_all()
        if shutil.disk_usage(self._folder).free < self._keep_free:
            raise ViewingNoRoom

    def left(self, name: str, copy: Copy) -> None:
        """One watcher less; what nobody waits for is not made any further."""
        with self._changed:
            copy.watchers -= 1
            if copy.watchers == 0 and not copy.done and self._copies.get(name) is copy:
                self._drop(name)

    def _drop(self, name: str) -> None:
        copy = self._copies.pop(name)
        copy.stopped = True
        if copy.done:
            copy.path.unlink(missing_ok=True)  # one that is being made is removed by its maker

    def wait_beyond(self, copy: Copy, at: int) -> bool:
        """Wait for bytes from `at` on; return whether there are any, and raise what the making ended with."""
        with self._changed:
            self._changed.wait_for(lambda: copy.size > at or copy.done or copy.error is not None)
            if copy.size <= at and copy.error is not None:
                raise copy.error
            return copy.size > at

    def _sweep(self) -> None:
        while not self._ending.wait(_SWEEP_S):
            self.sweep()

    def sweep(self) -> None:
        """Let go of copies whose footage is no longer kept."""
        with self._changed:
            known = list(self._copies.items())
        for name, copy in known:
            try:
                gone = not copy.kept()
            except DatabaseUnavailable:
                continue
            with self._changed:
                if gone and self._copies.get(name) is copy:
                    self._drop(name)


class _Growing:
    def __init__(self, copies: Copies, copy: Copy, descriptor: int) -> None:
        self._copies, self._copy, self._descriptor = copies, copy, descriptor

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]
        self._copies.grown(self._copy, data, begun=b"mdat" in data)
        return len(data)


class Watch:
    """Somebody who reads a copy from its beginning, also while it grows. An iterator of bytes, to be closed."""

    def __init__(self, copies: Copies, name: str, copy: Copy) -> None:
        self._copies, self._name, self._copy = copies, name, copy
        self._open = True
        self._read = self._chunks()

    @property
    def whole(self) -> tuple[int, str] | None:
        """Return size and entity tag once the copy is whole."""
        return (self._copy.size, self._copy.etag) if self._copy.done else None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._read)

    def close(self) -> None:
        self._read.close()
        if self._open:
            self._open = False
            self._copies.left(self._name, self._copy)

    def _chunks(self) -> Generator[bytes]:
        at = 0
        with self._opened() as file:
            while self._copies.wait_beyond(self._copy, at):
                data = file.read(READ_BYTES)
                at += len(data)
                yield data

    def _opened(self) -> FileIO:
        """Return the file; of one that went before anybody read it, because its making failed, raise what it failed with."""
        try:
            return self._copy.path.open("rb", buffering=0)
        except FileNotFoundError:
            if self._copy.error is not None:
                raise self._copy.error from None
            raise

    def part(self, start: int, end: int) -> Iterator[bytes]:
        """Yield bytes `[start, end)` of a copy that is whole."""
        with self._opened() as file:
            file.seek(start)
            while start < end and (data := file.read(min(READ_BYTES, end - start))):
                start += len(data)
                yield data
