"""What the cameras of one recorder share: the pool that writes, the way of sealed files into the store, room on the disk.

    sealed in the spool -> linked as .kept -> put into the store -> row and event committed -> .kept removed

Until the row is there the bytes have a name in the spool, so that whatever a crash interrupts, recovery finds and finishes.
"""

import logging
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from foundation.storage import ObjectExists, ObjectStore, StoreUnavailable
from ingest.live.entries import Entry, Stored
from ingest.live.ledger import Ledger
from ingest.live.tape import Written
from ingest.segment_writer import Step

log = logging.getLogger(__name__)

KEPT = ".kept"
_RESERVE = ".reserve"
RESERVE_BYTES = 64 * 2**20
"""Laid aside for the moment the disk is full: enough to seal what is open and to commit its rows."""
_WRITERS, _SHIPPERS = 4, 2


class RecorderDesk:
    """`spool_bytes` bounds what may wait for the store."""

    def __init__(
        self,
        spool: Path,
        store: ObjectStore,
        ledger: Ledger,
        *,
        spool_bytes: int,
        reserve_bytes: int = RESERVE_BYTES,
        step: Step = lambda _name: None,
    ) -> None:
        self.spool = spool
        self.step = step
        self.pool = ThreadPoolExecutor(_WRITERS, "write")
        self._shippers = ThreadPoolExecutor(_SHIPPERS, "ship")
        self._store = store
        self._ledger = ledger
        self._spool_bytes = spool_bytes
        self._reserve_bytes = reserve_bytes
        self._lock = threading.Lock()
        self._waiting: dict[str, Written] = {}
        self._unshipped = 0  # bytes of what is sealed and not in the store
        self._trying = False
        self._in_hand: set[str] = set()
        self.left = False
        self.left_bytes = 0
        """What an earlier recorder left here and the store does not have yet, as recovery last saw it."""
        spool.mkdir(parents=True, exist_ok=True)
        self.take_reserve()

    def tell(self, entry: Entry) -> None:
        self._ledger.put(entry)

    def take_in_hand(self, key: str) -> None:
        """Say that a file of the spool is being worked on: recovery leaves it alone."""
        with self._lock:
            self._in_hand.add(key)

    def let_go(self, key: str) -> None:
        with self._lock:
            self._in_hand.discard(key)

    def leave(self, key: str) -> None:
        """Say that a file could not be sealed: recovery is to do it, soon."""
        self.let_go(key)
        self.left = True

    def in_hand(self, key: str) -> bool:
        with self._lock:
            return key in self._in_hand

    def ship(self, written: Written) -> None:
        with self._lock:
            self._unshipped += written.file.size
            if self._waiting:
                self._waiting[written.key] = written  # the store is away; `ship_waiting` tries again
                return
        self._shippers.submit(self._ship, written)

    @property
    def spool_full(self) -> bool:
        """Tell whether too much waits for the store, be that because it refuses, or because it does not answer."""
        return self._unshipped + self.left_bytes > self._spool_bytes

    def ship_waiting(self) -> None:
        """Try the oldest of what waits, and when the store takes it, all the rest."""
        with self._lock:
            if self._trying or not self._waiting:
                return
            self._trying = True
        self._shippers.submit(self._try_waiting)

    def _try_waiting(self) -> None:
        try:
            while True:
                with self._lock:
                    written = next(iter(self._waiting.values()), None)
                if written is None or not self._put(written):
                    return
                with self._lock:
                    del self._waiting[written.key]
        finally:
            self._trying = False

    def _ship(self, written: Written) -> None:
        if not self._put(written):
            with self._lock:
                self._waiting[written.key] = written

    def _put(self, written: Written) -> bool:
        try:
            done = put_kept(self._store, written.key, written.file.path)
        except (StoreUnavailable, OSError) as error:
            log.warning("the object store does not take %s yet: %s", written.key, error)
            return False
        except Exception:
            log.exception("the object store refuses %s", written.key)
            return False
        file = written.file
        with self._lock:
            self._unshipped -= file.size

        def indexed() -> None:
            done.unlink(missing_ok=True)
            self.let_go(written.key)

        self.tell(
            Stored(
                written.run,
                written.start_us,
                written.end_us,
                file.end - file.low,
                file.coding,
                file.sound,
                written.key,
                file.size,
                file.index_offset,
                file.sha256,
                file.frames,
                indexed,
            )
        )
        self.step("segment stored")
        return True

    def make_room(self) -> None:
        (self.spool / _RESERVE).unlink(missing_ok=True)

    def take_reserve(self) -> bool:
        """Lay the reserve aside if there is room for it; return whether recording may go on."""
        path = self.spool / _RESERVE
        if path.exists():
            return True
        if shutil.disk_usage(self.spool).free < 2 * self._reserve_bytes:
            return False
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(handle, 0, self._reserve_bytes)
            finally:
                os.close(handle)
        except OSError as error:
            log.warning("no room can be laid aside: %s", error)
            path.unlink(missing_ok=True)
            return False
        return True

    def close(self) -> None:
        """Wait until everything that was handed over is written, and put into the store if that is there."""
        self.pool.shutdown()
        self._shippers.shutdown()


def put_kept(store: ObjectStore, key: str, path: Path) -> Path:
    """Put the file at `path` into the store; return the name under which its bytes are still in the spool.

    Doing it again after a crash at any point ends the same. Raises `StoreUnavailable`, and `ObjectExists` if the store
    has another object of that key.
    """
    kept = path.with_name(path.name + KEPT)
    if not kept.exists():
        os.link(path, kept)
    if not path.exists():
        os.link(kept, path)
    try:
        store.put_file(key, path)
    except ObjectExists:
        if store.size(key) != kept.stat().st_size:
            raise
        path.unlink()
    return kept
