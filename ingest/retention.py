"""Retention: deletes what policy lets go, by age and for space, and nothing that is held or being read.

docs/design/retention.md. It may run in several processes at once, and be killed at any point.
"""

import heapq
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.cameras import streams_of
from camera_registry.duties import kept_days, rules_of_cameras
from camera_registry.reads import valid_at
from camera_registry.tables import Camera, Ownership
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles, ObjectStore, Spooled
from foundation.timebase import MICROSECONDS
from ingest.due import CameraRef, ages, due_segments, kept_us, protected, stretches
from ingest.index.tables import ReadingLease
from ingest.purge import BATCH, Gone, Purger, Why
from ingest.segment_writer import Step

DAY_US = 86_400 * MICROSECONDS
FreeBytes = Callable[[], int | None]


@dataclass(frozen=True)
class Retained:
    """`age` and `space` went for these reasons; `left_over` objects are from an earlier run that did not end.

    `held_us` and `read_us` are recorded time that would have gone, and is there only for a hold or a reader.
    `free_bytes` is what is free now, None where nobody can tell; with `exhausted` there is nothing more that may go.
    """

    age: Gone
    space: Gone
    left_over: int
    held_us: int
    read_us: int
    free_bytes: int | None
    keep_free_bytes: int
    exhausted: bool

    @property
    def enough(self) -> bool:
        """Tell whether as much is free as there should be; where nobody can tell, nothing is missed."""
        return self.free_bytes is None or self.free_bytes >= self.keep_free_bytes


def free_on_disk(store: ObjectStore) -> FreeBytes:
    """Return what tells the free bytes of the store's file system, or None where it has none of ours."""
    behind = store.store if isinstance(store, Spooled) else store
    if isinstance(behind, LocalFiles):
        root = behind.root
        return lambda: shutil.disk_usage(root).free
    return lambda: None


def retain(
    engine: sa.Engine,
    store: ObjectStore,
    clock: Clock,
    actor: Actor,
    *,
    free_bytes: FreeBytes,
    keep_free_bytes: int,
    progress: Callable[[int], None] = lambda _segments: None,
    step: Step = lambda _name: None,
    batch: int = BATCH,
) -> Retained:
    """Delete what is older than its camera's days; then, while too little is free, the oldest of all cameras.

    `progress` is told the segments of each batch, `step` the name of each step when it is done. Raises
    `StoreUnavailable` and `DatabaseUnavailable`; what was begun is then finished by the next run.
    """
    run = _Run(Purger(engine, store, clock, actor, batch, step, progress), free_bytes, keep_free_bytes)
    left_over = run.purger.sweep()
    run.end_leases()
    age = run.by_age()
    space = run.by_space()
    spared = run.spared.values()
    return Retained(
        age,
        space,
        left_over,
        sum(held for held, _ in spared),
        sum(read for _, read in spared),
        free_bytes(),
        keep_free_bytes,
        run.exhausted,
    )


class _Run:
    def __init__(self, purger: Purger, free_bytes: FreeBytes, keep_free_bytes: int) -> None:
        self.purger = purger
        self._engine, self._clock = purger.engine, purger.clock
        self._free_bytes, self._keep_free_bytes = free_bytes, keep_free_bytes
        self.spared: dict[int, tuple[int, int]] = {}
        self.exhausted = False

    def end_leases(self) -> None:
        """Remove the rows of leases that expired: their readers have gone without a word."""
        with unit_of_work(self._engine) as session:
            session.execute(sa.delete(ReadingLease).where(col(ReadingLease.until_us) <= self._clock.now_us()))

    def by_age(self) -> Gone:
        now = self._clock.now_us()
        with unit_of_work(self._engine, writes=False) as session:
            cameras = _cameras(session)
            days = _days(session, cameras, now)
            found = [camera for camera in cameras if camera.id in days]
        return self._purge({camera: now - days[camera.id] * DAY_US for camera in found}, "age")

    def by_space(self) -> Gone:
        """Delete as many bytes as are missing now, and no more: a file system may tell of what it got back late."""
        gone = Gone()
        free = self._free_bytes()
        missing = 0 if free is None else self._keep_free_bytes - free
        while gone.bytes < missing and self._short():
            with unit_of_work(self._engine, writes=False) as session:
                cameras = _cameras(session)
                cutoff_us = _cutoff(session, cameras, missing - gone.bytes, self._clock.now_us())
            if cutoff_us is None:
                self.exhausted = True
                break
            gone += self._purge(dict.fromkeys(cameras, cutoff_us), "space")
        if self.exhausted:
            self._tell_spared()
        return gone

    def _short(self) -> bool:
        free = self._free_bytes()
        return free is not None and free < self._keep_free_bytes

    def _tell_spared(self) -> None:
        """All that is held or read would have gone, had it not been."""
        now = self._clock.now_us()
        with unit_of_work(self._engine, writes=False) as session:
            cameras = _cameras(session)
            kept = protected(session, [camera.id for camera in cameras], now)
            for camera in cameras:
                self._spare(camera, kept_us(session, camera, now, kept[camera.id]))

    def _spare(self, camera: CameraRef, kept: tuple[int, int]) -> None:
        before = self.spared.get(camera.id, (0, 0))
        self.spared[camera.id] = (max(before[0], kept[0]), max(before[1], kept[1]))

    def _purge(self, cutoffs: dict[CameraRef, int], why: Why) -> Gone:
        """Delete what is before the cutoffs. Who has nothing due is found by reading, which keeps no writer waiting."""
        total, due = Gone(), []
        now = self._clock.now_us()
        with unit_of_work(self._engine, writes=False) as session:
            kept = protected(session, [camera.id for camera in cutoffs], now)
            for camera, cutoff_us in cutoffs.items():
                if due_segments(session, stretches(session, camera, cutoff_us, kept[camera.id]), 1):
                    due.append(camera)
                self._spare(camera, kept_us(session, camera, cutoff_us, kept[camera.id]))
        for camera in due:
            total += self.purger.purge(camera, cutoffs[camera], why)
        return total


def _days(session: Session, cameras: Sequence[CameraRef], now_us: int) -> dict[int, int]:
    """Return of each camera how many days its footage is kept, where it or the rules of its unit say that now."""
    question = sa.select(col(Ownership.camera_id), col(Ownership.retention_days)).where(valid_at(Ownership, now_us))
    asked = {row[0]: row[1] for row in session.execute(question)}
    rules = rules_of_cameras(session, [camera.id for camera in cameras], now_us)
    days = {camera.id: kept_days(asked.get(camera.id), rules[camera.id]) for camera in cameras}
    return {camera_id: kept for camera_id, kept in days.items() if kept is not None}


def _cameras(session: Session) -> list[CameraRef]:
    rows = session.execute(sa.select(col(Camera.id), col(Camera.code)).order_by(col(Camera.id))).all()
    streams = streams_of(session, [row.id for row in rows])
    return [
        CameraRef(row.id, row.code, tuple(sorted(item.id for item in streams[row.id] if item.id is not None)))
        for row in rows
        if row.id in streams
    ]


def _cutoff(session: Session, cameras: list[CameraRef], need: int, now_us: int) -> int | None:
    """Return the time before which enough has come here, of all cameras together; None if nothing may go.

    Where all that may go is not enough, it is the time of the last of it.
    """
    kept = protected(session, [camera.id for camera in cameras], now_us)
    found = [stretch for camera in cameras for stretch in stretches(session, camera, now_us, kept[camera.id])]
    cutoff_us = None
    for at_us, size in heapq.merge(*(ages(session, stretch) for stretch in found)):
        cutoff_us = at_us
        need -= size
        if need <= 0:
            break
    return cutoff_us
