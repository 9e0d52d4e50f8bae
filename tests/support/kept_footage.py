"""Cameras with small made-up segments in a real catalogue and store, for tests of what is kept and what goes.

Retention never looks into a segment, so a few bytes stand for it; `check` proves them all the same.
"""

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.tables import Camera, Ownership, Stream
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import ObjectStore
from foundation.timebase import TimeRange
from ingest.check import check
from ingest.index.holds import HoldAnswer, place_hold
from ingest.index.queries import add_run, add_segments, config_id
from ingest.index.records import SegmentRecord
from ingest.index.tables import ClipImport, Garbage, OpenSegment, Run, Segment
from ingest.index.timeline import CameraTimeline, timeline
from ingest.retention import Retained, retain

MINUTE = 60_000_000
DAY = 1440 * MINUTE


@dataclass(frozen=True)
class Eye:
    id: int
    code: str
    stream_id: int


@dataclass
class Ward:
    """`record` and `bring` put footage in, `retain` lets it go; times are given in full."""

    engine: sa.Engine
    store: ObjectStore
    clock: ManualClock
    data: Path
    actor: Actor
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def camera(self, days: int | None = None, kind: str = "main") -> Eye:
        code = f"C{next(self.numbers)}"
        with unit_of_work(self.engine) as session:
            camera = Camera(code=code, name=code, folded=code.lower(), status="active", registered_us=0)
            session.add(camera)
            session.flush()
            assert camera.id is not None
            session.add(Ownership(camera_id=camera.id, valid_from_us=0, retention_days=days))
            stream = Stream(camera_id=camera.id, kind=kind)
            session.add(stream)
            session.flush()
            assert stream.id is not None
            return Eye(camera.id, code, stream.id)

    def record(
        self,
        eye: Eye,
        start_us: int,
        lengths: Sequence[int],
        *,
        reason: str | None = "stopped",
        import_id: str | None = None,
        open_us: int = 0,
    ) -> list[SegmentRecord]:
        """Put a run of segments of these lengths into catalogue and store; one of `open_us` is still being written."""
        end_us = start_us + sum(lengths)
        with unit_of_work(self.engine) as session:
            config = config_id(session, "video", "avc1.640028", b"entry", width=64, height=48)
            span = TimeRange(start_us, end_us + open_us)
            source = "receiver" if import_id is None else "given"
            run = add_run(session, eye.stream_id, span, clock_source=source, end_reason=reason, import_id=import_id)
            rows, at = [], start_us
            for length in lengths:
                rows.append(self._segment(eye, at, length, run, config))
                at += length
            add_segments(session, rows)
            if open_us:
                session.add(_open(eye, end_us, open_us, run, config))
        return rows

    def _segment(self, eye: Eye, start_us: int, length: int, run: int, config: int) -> SegmentRecord:
        key = f"segments/{eye.id}/{eye.stream_id}-{start_us}.mp4"
        data = key.encode() * 3
        self.put(key, data)
        digest = hashlib.sha256(data).digest()
        return SegmentRecord(
            eye.stream_id, start_us, start_us + length, length, run, config, None, key, len(data), 9, digest, 10
        )

    def put(self, key: str, data: bytes) -> None:
        path = self.store.local_path(key)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            return
        incoming = self.data / "incoming"
        incoming.write_bytes(data)
        self.store.put_file(key, incoming)

    def bring(self, eye: Eye, start_us: int, runs: Sequence[Sequence[int]], created_us: int) -> str:
        """Put an import into catalogue and store, its runs a minute apart; return its id."""
        name = f"import-{next(self.numbers)}"
        original = f"originals/{eye.id}/{name}.mp4"
        self.put(original, original.encode())
        with unit_of_work(self.engine) as session:
            session.add(
                ClipImport(
                    id=name,
                    camera_id=eye.id,
                    stream_id=eye.stream_id,
                    state="done",
                    file_name=f"{name}.mp4",
                    sha256=hashlib.sha256(original.encode()).digest(),
                    size_bytes=len(original.encode()),
                    original_key=original,
                    start_us=start_us,
                    created_us=created_us,
                )
            )
        for lengths in runs:
            self.record(eye, start_us, lengths, reason="file_end", import_id=name)
            start_us += sum(lengths) + MINUTE
        return name

    def retain(
        self,
        *,
        step: Callable[[str], None] = lambda _name: None,
        batch: int = 500,
        room: int | None = None,
        free: Callable[[], int | None] | None = None,
        keep_free: int = 0,
    ) -> Retained:
        """Run retention; with `room` the store has room for so many bytes in all, else `free` tells what is free."""
        return retain(
            self.engine,
            self.store,
            self.clock,
            self.actor,
            free_bytes=free or (lambda: None if room is None else room - self.stored_bytes()),
            keep_free_bytes=keep_free,
            step=step,
            batch=batch,
        )

    def hold(self, eye: Eye, start_us: int, end_us: int, until_us: int | None = None) -> HoldAnswer:
        with unit_of_work(self.engine) as session:
            span = TimeRange(start_us, end_us)
            (answer,) = place_hold(session, self.clock, self.actor, [eye.id], span, until_us=until_us)
        return answer

    def stored(self) -> set[str]:
        return {key for key, _ in self.store.keys("")}

    def stored_bytes(self) -> int:
        return sum(size for _, size in self.store.keys(""))

    def starts(self, eye: Eye) -> list[int]:
        question = sa.select(col(Segment.start_us)).where(col(Segment.stream_id) == eye.stream_id)
        with unit_of_work(self.engine, writes=False) as session:
            return sorted(session.execute(question).scalars())

    def runs(self, eye: Eye) -> list[tuple[int, int, int, str | None]]:
        """Return (id, start, end, reason) of the camera's runs."""
        question = (
            sa.select(col(Run.id), col(Run.start_us), col(Run.end_us), col(Run.end_reason))
            .where(col(Run.stream_id) == eye.stream_id)
            .order_by(col(Run.start_us))
        )
        with unit_of_work(self.engine, writes=False) as session:
            return [(row[0], row[1], row[2], row[3]) for row in session.execute(question)]

    def timeline(self, eye: Eye, span: TimeRange) -> CameraTimeline:
        with unit_of_work(self.engine, writes=False) as session:
            return timeline(session, [eye.stream_id], span, self.clock.now_us(), 0)

    def ask(self, question: Callable[[Session], int]) -> int:
        with unit_of_work(self.engine, writes=False) as session:
            return question(session)

    def prove(self) -> None:
        """Every row has its bytes, every object its row, runs are their segments, and nothing is left half done."""
        assert check(self.engine, self.store, "hash").problems == ()
        assert self.ask(lambda session: session.execute(sa.select(sa.func.count(col(Garbage.key)))).scalar_one()) == 0


def _open(eye: Eye, start_us: int, length: int, run: int, config: int) -> OpenSegment:
    return OpenSegment(
        stream_id=eye.stream_id,
        start_us=start_us,
        end_us=start_us + length,
        media_ticks=length,
        run_id=run,
        video_config_id=config,
        key=f"segments/{eye.id}/{eye.stream_id}-{start_us}.mp4",
        size_bytes=1,
        frames=1,
    )
