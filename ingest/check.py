"""Prove the stored invariants: every row has its bytes, every object its row, and no stream overlaps itself.

Levels: presence (objects are there), size (and as long as recorded), hash (and their bytes are what was written).
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.tables import Camera, Stream
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.storage import ObjectStore
from foundation.storage.port import ObjectDamaged, ObjectMissing
from ingest.index.tables import ClipImport, Garbage, OpenSegment, Run, Segment

Level = Literal["presence", "size", "hash"]

MISSING = N_("The footage is not in the store")
WRONG_SIZE = N_("The object has {found} bytes, {recorded} were recorded")
WRONG_HASH = N_("The bytes are not those that were written")
NO_ROW = N_("An object that nothing refers to")
OVERLAP = N_("Footage of one stream overlaps itself at this segment")
RUN_DIFFERS = N_("The run says {start_us} to {end_us}, its segments {first_us} to {last_us}")

_PIECE = 2**20
_ROWS = 1000


@dataclass(frozen=True)
class CheckProblem:
    """`what` is a key of the store, or names a row; `message` is a template over `fields`."""

    camera: str
    what: str
    message: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Checked:
    """How much was looked at, and what is wrong."""

    objects: int
    problems: tuple[CheckProblem, ...]


class _Expected(NamedTuple):
    key: str
    size: int
    sha256: bytes


def check(
    engine: sa.Engine, store: ObjectStore, level: Level, progress: Callable[[int], None] = lambda _objects: None
) -> Checked:
    """Check camera by camera; `progress` is told how many objects were looked at.

    Imports that run at the moment are left out: their objects have no rows yet. Raises `StoreUnavailable`.
    """
    problems: list[CheckProblem] = []
    count = 0
    with unit_of_work(engine, writes=False) as session:
        cameras = session.execute(sa.select(col(Camera.id), col(Camera.code)).order_by(col(Camera.id))).all()
    for camera_id, code in cameras:
        with unit_of_work(engine, writes=False) as session:
            problems += _rows(session, camera_id, code)
            expected = {item.key: item for item in _expected(session, camera_id)}
            running = _running(session, camera_id)
            going = set(session.execute(sa.select(col(Garbage.key))).scalars())
        for found in _objects(store, expected, camera_id, running, level):
            if found is not None and found[1] is NO_ROW and found[0] in going:
                continue  # its row is gone already, and its bytes are about to
            problems += [CheckProblem(code, *found)] if found is not None else []
            count += 1
            progress(count)
    return Checked(count, tuple(problems))


def _expected(session: Session, camera_id: int) -> Iterator[_Expected]:
    segments = (
        sa.select(col(Segment.key), col(Segment.size_bytes), col(Segment.sha256))
        .join(Stream, col(Stream.id) == col(Segment.stream_id))
        .where(col(Stream.camera_id) == camera_id)
    )
    originals = sa.select(col(ClipImport.original_key), col(ClipImport.size_bytes), col(ClipImport.sha256)).where(
        col(ClipImport.camera_id) == camera_id, col(ClipImport.state) == "done"
    )
    for question in (segments, originals):
        for row in session.execute(question.execution_options(yield_per=_ROWS)):
            yield _Expected(*row)


def _running(session: Session, camera_id: int) -> tuple[str, ...]:
    question = sa.select(col(ClipImport.id)).where(
        col(ClipImport.camera_id) == camera_id, col(ClipImport.state) == "running"
    )
    return tuple(session.execute(question).scalars())


def _rows(session: Session, camera_id: int, code: str) -> Iterator[CheckProblem]:
    """What the catalogue alone can prove of a camera."""
    streams = sa.select(col(Stream.id)).where(col(Stream.camera_id) == camera_id)
    before = sa.func.lag(col(Segment.end_us)).over(partition_by=col(Segment.stream_id), order_by=col(Segment.start_us))
    ordered = (
        sa.select(col(Segment.key), col(Segment.start_us), before.label("before_us"))
        .where(col(Segment.stream_id).in_(streams))
        .subquery()
    )
    for row in session.execute(sa.select(ordered.c.key).where(ordered.c.before_us > ordered.c.start_us)):
        yield CheckProblem(code, row.key, OVERLAP, {})
    tables: tuple[Any, Any] = (Segment, OpenSegment)
    files = sa.union_all(
        *(sa.select(one.run_id, one.start_us, one.end_us).where(one.stream_id.in_(streams)) for one in tables)
    ).subquery()
    first, last = sa.func.min(files.c.start_us), sa.func.max(files.c.end_us)
    question = (
        sa.select(col(Run.id), col(Run.start_us), col(Run.end_us), first.label("first_us"), last.label("last_us"))
        .join(files, files.c.run_id == col(Run.id))
        .where(col(Run.stream_id).in_(streams))
        .group_by(col(Run.id), col(Run.start_us), col(Run.end_us))
        .having(sa.or_(first != col(Run.start_us), last != col(Run.end_us)))
    )
    for row in session.execute(question):
        fields = {name: getattr(row, name) for name in ("start_us", "end_us", "first_us", "last_us")}
        yield CheckProblem(code, f"run {row.id}", RUN_DIFFERS, fields)


_Finding = tuple[str, str, dict[str, Any]]


def _objects(
    store: ObjectStore, expected: dict[str, _Expected], camera_id: int, running: tuple[str, ...], level: Level
) -> Iterator[_Finding | None]:
    """Yield for each object what is wrong with it, or None."""
    left = dict(expected)
    for prefix in (f"segments/{camera_id}/", f"originals/{camera_id}/"):
        for key, size in store.keys(prefix):
            item = left.pop(key, None)
            if item is None:
                ours = not any(f"/{import_id}" in key for import_id in running)
                yield (key, NO_ROW, {}) if ours else None
            elif level != "presence" and size != item.size:
                yield key, WRONG_SIZE, {"found": size, "recorded": item.size}
            elif level == "hash" and _hash(store, item) != item.sha256:
                yield key, WRONG_HASH, {}
            else:
                yield None
    for key in left:
        yield key, MISSING, {}


def _hash(store: ObjectStore, item: _Expected) -> bytes | None:
    digest = hashlib.sha256()
    try:
        for start in range(0, item.size, _PIECE):
            digest.update(store.read(item.key, start, min(_PIECE, item.size - start)))
    except (ObjectMissing, ObjectDamaged):
        return None
    return digest.digest()
