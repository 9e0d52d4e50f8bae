"""The files of one camera: what the event loop hands over is written here by a pool of threads, in order, never two at once.

Disk and hashing never hold up the event loop, and one camera's slow write holds up no other. What waits is counted, so that
the loop can stop taking more from a camera than the disk carries.
"""

import errno
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from foundation.timebase import datetime_from_us
from ingest.coding import Coding
from ingest.index.records import GapReason
from ingest.live.entries import Entry, Grown, RunEnded, RunToken
from ingest.live.gathering import Piece
from ingest.samples import Sample
from ingest.segment_writer import SealedFile, SegmentWriter, Step
from ingest.segmenter import Opening

log = logging.getLogger(__name__)

_MARGIN = 45_000
_TURN = 8
"""Orders of one camera in a row; one that has ever more to do must not keep a thread of the pool for itself."""
_ORDER_BYTES = 4096
"""What an order takes beside its pictures. It counts, for a camera may send pictures of a few bytes each."""


@dataclass(frozen=True)
class Write:
    """A piece, on the wall in `[start_us, end_us)`."""

    run: RunToken
    piece: Piece
    coding: Coding
    sound_coding: Coding | None
    sound: list[Sample]
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Finish:
    """The run ends: seal what is open."""

    run: RunToken
    reason: GapReason


@dataclass(frozen=True)
class Sync:
    """Bring to the disk what was written so far."""


Order = Write | Finish | Sync


@dataclass(frozen=True)
class Written:
    """A sealed file in the spool, on its way into the store."""

    run: RunToken
    file: SealedFile
    key: str
    start_us: int
    end_us: int


class Desk(Protocol):
    """What the tapes of a recorder share."""

    @property
    def pool(self) -> ThreadPoolExecutor: ...

    @property
    def spool(self) -> Path: ...

    @property
    def step(self) -> Step: ...

    def tell(self, entry: Entry) -> None: ...

    def take_in_hand(self, key: str) -> None: ...

    def let_go(self, key: str) -> None: ...

    def leave(self, key: str) -> None: ...

    def ship(self, written: Written) -> None:
        """Put a sealed file into the store, now or when the store is there again."""
        ...

    def make_room(self) -> None:
        """The disk is full: give up the reserve, so that what is open can be sealed."""
        ...


def key_of(camera_id: int, stream_id: int, start_us: int) -> str:
    """Return the key of a live segment; recovery reads it back."""
    return f"segments/{camera_id}/live/{stream_id}/{datetime_from_us(start_us):%Y-%m-%d}/{start_us}.mp4"


def _cost(order: Order) -> int:
    return _ORDER_BYTES + (order.piece.size if isinstance(order, Write) else 0)


class Tape:
    """`failed` is called in a thread of the pool, once for each run that cannot be written on."""

    def __init__(
        self,
        desk: Desk,
        camera_id: int,
        failed: Callable[[RunToken, GapReason, str], None],
        retrievable: Callable[[int], None],
    ) -> None:
        self._desk = desk
        self._camera_id = camera_id
        self._failed = failed
        self._retrievable = retrievable
        self._lock = threading.Lock()
        self._orders: deque[Order] = deque()
        self._busy = False
        self._writer: SegmentWriter | None = None
        self._key = ""
        self._start_us = self._end_us = 0
        self._given_up: RunToken | None = None
        self.backlog = 0
        """Bytes that were handed over and are not written yet, and what orders take beside them."""

    def put(self, order: Order) -> None:
        with self._lock:
            self._orders.append(order)
            self.backlog += _cost(order)
            if self._busy:
                return
            self._busy = True
        self._desk.pool.submit(self._work)

    @property
    def idle(self) -> bool:
        with self._lock:
            return not self._busy

    def _work(self) -> None:
        """Do some of what was ordered, then let other cameras have the thread."""
        while True:
            for _ in range(_TURN):
                if not self._next():
                    return
            try:
                self._desk.pool.submit(self._work)
            except RuntimeError:
                continue  # it is being shut down, and waits for us
            return

    def _next(self) -> bool:
        """Do what was ordered next; False if there is nothing."""
        with self._lock:
            if not self._orders:
                self._busy = False
                return False
            order = self._orders.popleft()
        try:
            self._do(order)
        except Exception:
            log.exception("writing the footage of camera %d failed", self._camera_id)
            self._give_up(order, GapReason.FAILED, "an error of the recorder itself, which its log tells")
        with self._lock:
            self.backlog -= _cost(order)
        return True

    def _do(self, order: Order) -> None:
        try:
            if isinstance(order, Write):
                self._write(order)
            elif isinstance(order, Finish):
                self._finish(order)
            elif self._writer is not None:
                self._writer.sync()
                self._desk.step("segment synced")
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            if full:
                self._desk.make_room()
            self._give_up(order, GapReason.DISK_FULL if full else GapReason.DISK_FAILED, error.strerror or str(error))

    def _write(self, order: Write) -> None:
        if order.run is self._given_up:
            return
        piece = order.piece
        pts = np.array(piece.pts, np.int64)
        if piece.opens or self._writer is None:
            self._seal(order.run)
            self._begin(order, pts)
        assert self._writer is not None
        keys = np.array(piece.keys, np.bool_)
        self._writer.add(pts, keys, piece.data, piece.end, order.sound)
        self._end_us = order.end_us
        self._desk.step("fragment written")
        writer = self._writer
        self._desk.tell(
            Grown(
                order.run,
                self._start_us,
                order.end_us,
                writer.end - writer.opened.low,
                order.coding,
                writer.opened.sound,
                self._key,
                writer.size,
                writer.frames,
                piece.first_came_us,
                self._retrievable,
            )
        )

    def _begin(self, order: Write, pts: "np.typing.NDArray[np.int64]") -> None:
        delay = int((np.sort(pts) - pts).max())
        low = int(pts.min())
        opened = Opening(
            low, 2 * delay + _MARGIN if delay else 0, order.coding, order.sound_coding, order.piece.begins_run
        )
        self._key = key_of(self._camera_id, order.run.stream_id, order.start_us)
        self._desk.take_in_hand(self._key)
        path = self._desk.spool / self._key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = SegmentWriter(path, opened)
        except OSError:
            self._desk.let_go(self._key)
            raise
        self._start_us = order.start_us
        self._desk.step("segment begun")

    def _seal(self, run: RunToken) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        if not writer.frames:
            writer.abandon()
            (self._desk.spool / self._key).unlink(missing_ok=True)
            self._desk.let_go(self._key)
            return
        try:
            sealed = writer.seal(self._desk.step)
        except OSError:
            writer.abandon()
            self._desk.leave(self._key)
            raise
        self._desk.ship(Written(run, sealed, self._key, self._start_us, self._end_us))

    def _finish(self, order: Finish) -> None:
        if order.run is self._given_up:
            return
        self._seal(order.run)
        self._desk.tell(RunEnded(order.run, order.reason))

    def _give_up(self, order: Order, reason: GapReason, detail: str) -> None:
        """Write no more of this run. What is whole of it is sealed if that can be; else recovery does it later."""
        run = None if isinstance(order, Sync) else order.run
        if run is None or run is self._given_up:
            return
        self._given_up = run
        try:
            self._seal(run)
        except (OSError, ValueError) as error:
            log.warning("camera %d: %s is left to be sealed later: %s", self._camera_id, self._key, error)
        self._desk.tell(RunEnded(run, reason))
        self._failed(run, reason, detail)
