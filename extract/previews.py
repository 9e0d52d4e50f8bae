"""Key frames as small pictures, for scrubbing: each is made once and kept in a folder, bounded in bytes."""

import hashlib
import json
import logging
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import sqlalchemy as sa
from sqlmodel import Session

from extract.frames import first_picture, jpeg_of, planned_at
from extract.plan import Plan
from foundation.database import DatabaseUnavailable, unit_of_work
from foundation.errors import N_, Unavailable
from foundation.storage import ObjectStore
from ingest.index.queries import segments_of

log = logging.getLogger(__name__)

WIDTH = 320
ROOM_BYTES = 200 * 2**20
_CODING_VERSION = 1
_TURN_WAIT_S = 10.0
_SWEEP_S = 60.0
_SWEPT_AT_ONCE = 500

SegmentName = tuple[int, int]
"""Stream id and start, as the index names segments."""


class PreviewsBusy(Unavailable):
    code = "previews_busy"
    message = N_("Other previews are being made, as many at once as this machine can take")
    mend = N_("Try again in a few seconds")


@dataclass(frozen=True)
class KeyFrame:
    """A key frame that is found but not decoded. `name` is the opaque part of a strong entity tag of its preview."""

    name: str
    time_us: int
    segment: SegmentName
    planned: Plan


def key_frame_at(session: Session, store: ObjectStore, camera_code: str, at_us: int) -> KeyFrame:
    """Return the key frame shown at `at_us` or before it. Raises `CameraUnknown`, `GapNotRecorded`, `SegmentDamaged`."""
    planned, time_us = planned_at(session, store, camera_code, at_us, "keyframe")
    cut = planned.parts[0].cuts[0]
    place = int(cut.owner[cut.seen][0])
    source = cut.footage[place]
    named = [source.sha256.hex(), source.stream_id, source.start_us, cut.first - cut.bases[place]]
    text = json.dumps([_CODING_VERSION, av.__version__, WIDTH, named])
    name = hashlib.sha256(text.encode()).hexdigest()[:40]
    return KeyFrame(name, time_us, (source.stream_id, source.start_us), planned)


class Previews:
    """The folder of previews; it is emptied at the start, so what lies in it is whole and known."""

    def __init__(
        self, engine: sa.Engine, folder: Path, room_bytes: int = ROOM_BYTES, decoders: int | None = None
    ) -> None:
        self._engine, self._folder, self._room = engine, folder, room_bytes
        self._decoders = decoders or max(1, (os.cpu_count() or 1) // 2)
        self._changed = threading.Condition()
        self._held: OrderedDict[str, tuple[int, tuple[SegmentName, ...]]] = OrderedDict()
        self._bytes = 0
        self._busy: set[str] = set()
        self._ending = threading.Event()
        self._sweeper: threading.Thread | None = None

    def start(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._ending.clear()
        self._sweeper = threading.Thread(target=self._sweep, name="previews", daemon=True)
        self._sweeper.start()

    def stop(self) -> None:
        self._ending.set()
        if self._sweeper is not None:
            self._sweeper.join()

    def preview(self, found: KeyFrame, store: ObjectStore) -> bytes:
        """Return the JPEG of a key frame, made now if it is not there. Raises `PreviewsBusy`, `SegmentDamaged`."""
        return self.made(found.name, [found.segment], lambda: jpeg_of(first_picture(found.planned, store), WIDTH)[0])

    def made(self, name: str, segments: Sequence[SegmentName], make: Callable[[], bytes]) -> bytes:
        """Return what `make` made of these segments, now or before. `make` has a turn and must not ask for another.

        Raises `PreviewsBusy` and what `make` raises.
        """
        jpeg = self.kept(name)
        if jpeg is None:
            with self._turn(name):
                jpeg = self.kept(name)  # somebody else may have made it while this one waited
                if jpeg is None:
                    jpeg = make()
                    self._keep(name, tuple(segments), jpeg)
        return jpeg

    def kept(self, name: str) -> bytes | None:
        """Return what was made under this name, if it is still there."""
        with self._changed:
            if name not in self._held:
                return None
            self._held.move_to_end(name)
            try:
                return self._path(name).read_bytes()
            except FileNotFoundError:  # somebody tidied the data folder
                self._drop(name)
                return None

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        with self._changed:
            free = self._changed.wait_for(
                lambda: name not in self._busy and len(self._busy) < self._decoders, _TURN_WAIT_S
            )
            if not free:
                raise PreviewsBusy
            self._busy.add(name)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(name)
                self._changed.notify_all()

    def _keep(self, name: str, segments: tuple[SegmentName, ...], jpeg: bytes) -> None:
        with self._changed:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._path(name).write_bytes(jpeg)
            except OSError as error:  # it is shown all the same
                log.warning("a preview cannot be kept: %s", error.strerror)
                self._path(name).unlink(missing_ok=True)
                return
            self._held[name] = (len(jpeg), segments)
            self._bytes += len(jpeg)
            while self._bytes > self._room:
                self._drop(next(iter(self._held)))

    def _drop(self, name: str) -> None:
        size, _ = self._held.pop(name, (0, ()))
        self._bytes -= size
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.jpg"

    def _sweep(self) -> None:
        while not self._ending.wait(_SWEEP_S):
            try:
                self.sweep()
            except DatabaseUnavailable:
                continue

    def sweep(self) -> None:
        """Let go of previews whose segment is no longer kept, or still grows: sealed, it has another name."""
        with self._changed:
            names = {name: segments for name, (_, segments) in self._held.items()}
        segments = sorted({segment for one in names.values() for segment in one})
        there: set[SegmentName] = set()
        for at in range(0, len(segments), _SWEPT_AT_ONCE):
            with unit_of_work(self._engine, writes=False) as session:
                found = segments_of(session, segments[at : at + _SWEPT_AT_ONCE])
            there |= {(record.stream_id, record.start_us) for record in found}
        with self._changed:
            for name, those in names.items():
                if not there.issuperset(those):
                    self._drop(name)
