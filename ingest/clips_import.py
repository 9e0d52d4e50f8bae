"""Import one recorded file: keep the original, make segments of it, and tell the catalogue, all or nothing.

    row "running" -> copy and hash -> segments into the store -> original into the store -> everything else and "done"

A crash at any point leaves only what `ingest.recovery` finds by the row and removes, and there is never a row of a
segment without its bytes. docs/design/recorded-clips.md.
"""

import errno
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path

import sqlalchemy as sa

from camera_registry.cameras import get_camera
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.identity import Actor, new_id
from foundation.storage import ObjectStore
from foundation.timebase import format_instant
from ingest import import_catalogue as catalogue
from ingest.imported import ClipImported, DiskFull, ImportCancelled, ImportProgress, StartInFuture
from ingest.index.recorder_clock import Comparison, CorrectedToCome
from ingest.index.tables import ClipImport
from ingest.notices import Notices
from ingest.recorded_file import FileEmpty, NoPicture, RecordedFile
from ingest.recovery import discard
from ingest.segment_writer import Step
from ingest.segments_of_file import Cutting, SegmentCutter
from ingest.staging import Staging
from ingest.start_time import Start, find_start

log = logging.getLogger(__name__)

_PIECE = 2**20
_DAY_US = 86_400_000_000
_SPARE_BYTES = 2**28
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,8})$", re.ASCII)


@dataclass
class _Work:
    """One import under way."""

    staging: Staging
    camera: catalogue.CameraRef
    name: str
    start: Start
    size: int
    progress: Callable[[ImportProgress], None]
    cancelled: Callable[[], bool]
    compared: Comparison | None = None
    notices: Notices = field(default_factory=Notices)
    sha256: bytes = b""

    @property
    def original(self) -> Path:
        return self.staging.folder / "original"

    @property
    def original_key(self) -> str:
        ending = _ENDING.search(self.name)
        return f"originals/{self.camera.id}/{self.staging.import_id}.{ending[1].lower() if ending else 'bin'}"

    def tell(self, stage: str, done: int) -> None:
        """Report, and stop here if the person does not want it any more."""
        self.progress(ImportProgress(stage, min(done, self.size), self.size))
        if self.cancelled():
            raise ImportCancelled(file=self.name)


class ClipImporter:
    """`step` is told the name of each step of the seal procedure when it is done."""

    def __init__(
        self,
        engine: sa.Engine,
        store: ObjectStore,
        clock: Clock,
        data: Path,
        zone: tzinfo,
        *,
        step: Step = lambda _name: None,
    ) -> None:
        self._engine = engine
        self._store = store
        self._clock = clock
        self._data = data
        self._zone = zone
        self._step = step

    def examine(
        self, path: Path, file_name: str, start_us: int | None = None, compared: Comparison | None = None
    ) -> Start:
        """Return when the recording truly began, having opened it. Raises what `run` raises of files that cannot be kept."""
        if not path.is_file() or path.stat().st_size == 0:
            raise FileEmpty(file=file_name)
        with RecordedFile(path, file_name, Notices()) as found:
            start = find_start(start_us, file_name, found.metadata, self._zone)
        if compared is not None:
            return replace(start, at_us=self._put_right(start.at_us, compared))
        if start.at_us > self._clock.now_us() + _DAY_US:
            raise StartInFuture(file=file_name, start=format_instant(start.at_us, self._zone))
        return start

    def _put_right(self, shown_us: int, compared: Comparison) -> int:
        try:
            return compared.true_us(shown_us, self._clock.now_us())
        except CorrectedToCome as error:  # kept with a job, where texts stay as they are
            at = format_instant(error.fields["at"].at_us, self._zone)
            raise CorrectedToCome(at=at) from error

    def run(
        self,
        path: Path,
        camera_code: str,
        *,
        actor: Actor,
        start_us: int | None = None,
        compared: Comparison | None = None,
        file_name: str | None = None,
        ours: bool = False,
        progress: Callable[[ImportProgress], None] = lambda _progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ClipImported:
        """Import the file at `path` as a recording of the camera; `ours` says that nobody will change the file.

        With `compared`, start and names of files are what the recorder's clock said, and it is put right by that; without it
        nobody knows how far times are off. `file_name` may have folders before it, which some recorders need for the date.
        The same bytes again are no error: the earlier import is returned. Raises `CameraUnknown`, `StartUnknown`, `FileUnreadable`,
        `CodecUnsupported`, `NoPicture`, `DiskFull` and others; then nothing of the file is kept.
        """
        name = path.name if file_name is None else file_name
        with unit_of_work(self._engine, writes=False) as session:
            found = get_camera(session, camera_code)
            assert found.id is not None
            camera = catalogue.CameraRef(found.id, found.code)
        start = self.examine(path, name, start_us, compared)
        size = path.stat().st_size
        self._need_room(name, size)
        staging = Staging.create(self._data, new_id())
        work = _Work(staging, camera, name.rsplit("/", 1)[-1], start, size, progress, cancelled, compared)
        try:
            done = self._work(work, path, actor, ours=ours)
        except BaseException as error:
            self._undo(work)
            if isinstance(error, OSError) and error.errno in _FULL:
                raise self._full(name, size) from error
            raise
        staging.remove()
        self._step("staging removed")
        return done

    def _need_room(self, name: str, size: int) -> None:
        if shutil.disk_usage(self._data).free < 2 * size + _SPARE_BYTES:
            raise self._full(name, size)

    def _full(self, name: str, size: int) -> DiskFull:
        free = shutil.disk_usage(self._data).free
        return DiskFull(file=name, needed=(2 * size + _SPARE_BYTES) // 10**6, free=free // 10**6)

    def _work(self, work: _Work, path: Path, actor: Actor, *, ours: bool) -> ClipImported:
        import_id = work.staging.import_id
        with unit_of_work(self._engine) as session:
            catalogue.begin(session, self._clock, import_id, work.camera, work.name, work.original_key)
        self._step("row begun")
        self._bring(work, path, ours=ours)
        self._step("original copied")
        again = self._again(work)
        if again is not None:
            discard(self._engine, self._store, import_id)
            return again
        made = self._cut(work)
        work.tell("store", work.size)
        self._store.put_file(work.original_key, work.original)
        self._step("original stored")
        return self._finish(work, made, actor)

    def _bring(self, work: _Work, path: Path, *, ours: bool) -> None:
        """Bring the original's bytes here and hash them: what is read afterwards is what was hashed."""
        digest, done = hashlib.sha256(), 0
        if ours:
            os.link(path, work.original)
        target = Path(os.devnull) if ours else work.original
        with path.open("rb", buffering=0) as source, target.open("wb", buffering=0) as copy:
            while piece := source.read(_PIECE):
                digest.update(piece)
                copy.write(piece)
                done += len(piece)
                work.tell("copy", done)
        work.size = done
        work.sha256 = digest.digest()

    def _again(self, work: _Work) -> ClipImported | None:
        with unit_of_work(self._engine, writes=False) as session:
            found = catalogue.find_again(
                session, work.camera, work.name, work.sha256, work.start, self._zone, work.compared
            )
            return None if found is None else catalogue.outcome(session, found, work.camera, already=True)

    def _cut(self, work: _Work) -> Cutting:
        folder = work.staging.folder
        prefix = f"segments/{work.camera.id}/{work.staging.import_id}/"
        cutter = SegmentCutter(self._store, folder, prefix, self._step, lambda done: work.tell("read", done))
        with RecordedFile(work.original, work.name, work.notices) as source:
            made = cutter.cut(source, work.notices)
        if not made.runs:
            raise NoPicture(file=work.name)
        return made

    def _finish(self, work: _Work, made: Cutting, actor: Actor) -> ClipImported:
        placed = catalogue.Placed(work.start.at_us, made.origin)
        with unit_of_work(self._engine) as session:
            catalogue.lock_camera(session, work.camera.id)
            found = catalogue.find_again(
                session, work.camera, work.name, work.sha256, work.start, self._zone, work.compared
            )
            row = session.get_one(ClipImport, work.staging.import_id if found is None else found.id)
            if found is None:
                row.sha256, row.size_bytes = work.sha256, work.size
                catalogue.finish(
                    session,
                    self._clock,
                    actor,
                    row,
                    work.camera,
                    work.start,
                    placed,
                    made.runs,
                    work.notices.all(),
                    work.compared,
                )
                session.flush()
                self._step("rows written")
            done = catalogue.outcome(session, row, work.camera, already=found is not None)
        self._step("committed")
        if found is not None:  # the same file went in beside this import and was done first
            discard(self._engine, self._store, work.staging.import_id)
        return done

    def _undo(self, work: _Work) -> None:
        try:
            discard(self._engine, self._store, work.staging.import_id)
        except MatPhoError:
            log.warning("import %s is left to the next start-up's recovery", work.staging.import_id, exc_info=True)
            work.staging.release()
            return
        work.staging.remove()
