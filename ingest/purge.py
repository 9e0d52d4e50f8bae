"""One batch of deletion: rows first, in one transaction with all that tells of them, then the bytes. docs/design/retention.md.

Between the two there is a row of `garbage` for every object, so whatever a crash leaves is found and finished.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import ObjectStore, StoreUnavailable
from foundation.timebase import TimeRange, merge
from ingest.due import EVER, CameraRef, DueSegment, due_segments, protected, stretches
from ingest.index.holds import lock_footage
from ingest.index.tables import ClipImport, Deletion, Garbage, Run, Segment
from ingest.run_remains import cut_runs, lock_runs
from ingest.segment_writer import Step

Why = Literal["age", "space"]
BATCH = 500
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Gone:
    """What went: segments, originals of imports, and the bytes of both."""

    segments: int = 0
    originals: int = 0
    bytes: int = 0

    def __add__(self, other: "Gone") -> "Gone":
        return Gone(self.segments + other.segments, self.originals + other.originals, self.bytes + other.bytes)


@dataclass(frozen=True)
class Purger:
    """Deletes footage of one camera after another, `batch` segments to a transaction."""

    engine: sa.Engine
    store: ObjectStore
    clock: Clock
    actor: Actor
    batch: int = BATCH
    step: Step = lambda _name: None
    progress: Callable[[int], None] = lambda _segments: None

    def purge(self, camera: CameraRef, cutoff_us: int, why: Why) -> Gone:
        """Delete what the camera has from before the cutoff and nothing protects. Raises `StoreUnavailable`."""
        total = Gone()
        after = (0, EVER.start_us)
        while True:
            with unit_of_work(self.engine) as session:
                due, went, keys = self._rows(session, camera, cutoff_us, why, after)
                self.step("rows written")
            self.step("committed")
            self._unlink(keys)
            total += went
            self.progress(went.segments)
            if len(due) < self.batch:
                return total
            after = (due[-1].stream_id, due[-1].start_us)

    def sweep(self) -> int:
        """Finish what an earlier deletion did not; return how many objects went."""
        count = 0
        while True:
            with unit_of_work(self.engine, writes=False) as session:
                keys = list(session.execute(sa.select(col(Garbage.key)).limit(self.batch)).scalars())
            if not keys:
                return count
            self._unlink(keys)
            count += len(keys)

    def _unlink(self, keys: Sequence[str]) -> None:
        if not keys:
            return
        for key in keys:
            try:
                self.store.delete(key)
            except OSError as error:
                raise StoreUnavailable(why=error.strerror or type(error).__name__) from error
            self.step("object deleted")
        with unit_of_work(self.engine) as session:
            session.execute(sa.delete(Garbage).where(col(Garbage.key).in_(keys)))
        self.step("garbage cleared")

    def _rows(
        self, session: Session, camera: CameraRef, cutoff_us: int, why: Why, after: tuple[int, int]
    ) -> tuple[list[DueSegment], Gone, list[str]]:
        """Delete the rows of one batch and tell of it; return the segments, the count, and the keys that must go."""
        lock_footage(session, [camera.id])
        now = self.clock.now_us()  # and not before: a hold that was waited for is seen, and counts from then
        kept = protected(session, [camera.id], now)[camera.id]
        due = due_segments(session, stretches(session, camera, cutoff_us, kept), self.batch, after)
        if not due:
            return due, Gone(), []
        runs = lock_runs(session, due)
        _delete_segments(session, due)
        originals = _forget_imports(session, cut_runs(session, runs, due))
        for stream_id in sorted({segment.stream_id for segment in due}):
            mine = [item for item in due if item.stream_id == stream_id]
            for part in merge([TimeRange(item.start_us, item.end_us) for item in mine]):
                size = sum(item.size_bytes for item in mine if part.start_us <= item.start_us < part.end_us)
                _tell_deleted(session, Deletion(**_gone(stream_id, part), at_us=now, reason=why, size_bytes=size))
        keys = [*(segment.key for segment in due), *(key for key, _ in originals)]
        session.execute(sa.insert(Garbage), [{"key": key, "at_us": now} for key in keys])
        size = sum(segment.size_bytes for segment in due) + sum(size for _, size in originals)
        went = Gone(len(due), len(originals), size)
        start, end = min(item.start_us for item in due), max(item.end_us for item in due)
        told: dict[str, Any] = {"count": went.segments, "originals": went.originals, "bytes": went.bytes, "why": why}
        clock, actor = self.clock, self.actor
        record(session, clock, actor, "retention:delete", "camera", camera.code, from_us=start, to_us=end, **told)
        return due, went, keys


def _delete_segments(session: Session, due: Sequence[DueSegment]) -> None:
    """Delete exactly these rows: on PostgreSQL an import may put others between them meanwhile."""
    for stream_id in sorted({segment.stream_id for segment in due}):
        starts = [segment.start_us for segment in due if segment.stream_id == stream_id]
        session.execute(
            sa.delete(Segment)
            .where(
                col(Segment.stream_id) == stream_id,
                col(Segment.start_us).between(starts[0], starts[-1]),  # for PostgreSQL to leave other weeks alone
                col(Segment.start_us).in_(starts),
            )
            .execution_options(synchronize_session=False)
        )


def _forget_imports(session: Session, import_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Delete the rows of imports without runs; return (key, bytes) of their originals.

    The same file may then be imported again, for nothing says any more that it is here.
    """
    used = sa.exists().where(col(Run.stream_id) == col(ClipImport.stream_id), col(Run.import_id) == col(ClipImport.id))
    statement = (
        sa.delete(ClipImport)
        .where(col(ClipImport.id).in_(import_ids), col(ClipImport.state) == "done", ~used)
        .returning(col(ClipImport.original_key), col(ClipImport.size_bytes))
        .execution_options(synchronize_session=False)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def _gone(stream_id: int, part: TimeRange) -> dict[str, int]:
    return {"stream_id": stream_id, "start_us": part.start_us, "end_us": part.end_us}


def _tell_deleted(session: Session, told: Deletion) -> None:
    """Store that this was deleted, in one row with what was deleted beside it on the same day: a row a batch would be too many."""
    day = told.at_us // _DAY_US * _DAY_US
    beside = sa.select(Deletion).where(
        col(Deletion.stream_id) == told.stream_id,
        col(Deletion.reason) == told.reason,
        col(Deletion.at_us) >= day,
        col(Deletion.at_us) < day + _DAY_US,
    )
    start = col(Deletion.start_us)
    before = session.execute(beside.where(start < told.start_us).order_by(start.desc()).limit(1)).scalar_one_or_none()
    behind = session.execute(beside.where(start == told.end_us).limit(1)).scalar_one_or_none()
    for other in (before if before is not None and before.end_us == told.start_us else None, behind):
        if other is not None:
            told.start_us, told.end_us = min(told.start_us, other.start_us), max(told.end_us, other.end_us)
            known = other.size_bytes is not None and told.size_bytes is not None
            told.size_bytes = other.size_bytes + told.size_bytes if known else None
            session.delete(other)
    session.add(told)
    session.flush()
