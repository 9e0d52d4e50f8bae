"""Cameras of a live street in a registry, and what of them is where: in the index, in the store, in the spool."""

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import sqlalchemy as sa
from sqlmodel import col

from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.tables import Camera, Stream
from camera_registry.units import import_units
from foundation.clock import SystemClock
from foundation.database import unit_of_work
from foundation.identity import SERVICE
from foundation.storage import ObjectStore, Spooled
from foundation.timebase import TimeRange
from ingest.check import MISSING, OVERLAP, WRONG_HASH, WRONG_SIZE, check
from ingest.index.records import Gap
from ingest.index.tables import OpenSegment, Outage, RecorderCamera, Run, Segment
from ingest.index.timeline import timeline
from sample_clips import live_mark

_UNITS = b"code,name,kind\nKP1,Khu pho 1,neighbourhood\n"

CatalogueIn = Callable[[Path], AbstractContextManager[sa.Engine]]
_HARM = frozenset((MISSING, OVERLAP, WRONG_HASH, WRONG_SIZE))


@dataclass(frozen=True)
class Recorded:
    """A run: `numbers` are the frames in its segments, as they were marked when they were sent."""

    start_us: int
    end_us: int
    reason: str | None
    numbers: list[int]


@dataclass(frozen=True)
class Ward:
    """Cameras by their number in the street."""

    engine: sa.Engine
    store: ObjectStore
    spool: Path
    cameras: tuple[int, ...]

    def runs(self, camera: int) -> list[Recorded]:
        """Return the runs of a camera in their order, frames and all. Frames of another camera are an error."""
        with unit_of_work(self.engine, writes=False) as session:
            found = [
                (run, [row.key for row in session.execute(_keys(run.id))])
                for run in session.execute(_of_camera(Run, camera)).scalars().all()
            ]
            session.expunge_all()
        return [
            Recorded(run.start_us, run.end_us, run.end_reason, [n for key in keys for n in self.numbers(camera, key)])
            for run, keys in found
        ]

    def numbers(self, camera: int, key: str) -> list[int]:
        """Return the marks of an object's frames, as libav takes it apart."""
        data = self.store.read(key, 0, self.store.size(key))
        return marks_of(camera, data)

    def camera_id(self, camera: int) -> int:
        with unit_of_work(self.engine, writes=False) as session:
            question = sa.select(col(Camera.id)).where(col(Camera.code) == code_of(camera))
            return int(session.execute(question).scalar_one() or 0)

    def waiting(self, camera: int) -> list[Path]:
        """Return the files of a camera in the spool, but for those that were set aside."""
        found = (self.spool / "segments" / str(self.camera_id(camera))).rglob("*.mp4*")
        return sorted({path.with_name(path.name.removesuffix(".kept")) for path in found if path.suffix != ".damaged"})

    def in_spool(self, camera: int) -> set[int]:
        """Return the frames that are whole in files of the spool."""
        numbers: set[int] = set()
        for path in self.waiting(camera):
            there = path if path.exists() else path.with_name(path.name + ".kept")
            numbers |= set(marks_of(camera, whole_fragments(there.read_bytes())))
        return numbers

    def open_rows_have_bytes(self) -> None:
        """Prove that what the index says of segments still being written can be read, wherever it is now."""
        with unit_of_work(self.engine, writes=False) as session:
            rows = [(row.key, row.size_bytes) for row in session.execute(sa.select(OpenSegment)).scalars()]
        for key, size in rows:
            assert Spooled(self.store, self.spool).size(key) >= size, key

    def gaps(self, camera: int) -> list[Gap]:
        """Return the gaps between the first and the last of what was recorded."""
        with unit_of_work(self.engine, writes=False) as session:
            streams = list(session.execute(_streams(camera)).scalars())
            runs = session.execute(_of_camera(Run, camera)).scalars().all()
            span = TimeRange(runs[0].start_us, max(run.end_us for run in runs))
            return list(timeline(session, streams, span, SystemClock().now_us(), 0).gaps)

    def outages(self, camera: int) -> list[tuple[int, int, str]]:
        with unit_of_work(self.engine, writes=False) as session:
            rows = session.execute(_of_camera(Outage, camera)).scalars()
            return [(row.start_us, row.end_us, row.reason) for row in rows]

    def state(self, camera: int) -> dict[str, Any]:
        """Return what the recorder last said of a camera."""
        with unit_of_work(self.engine, writes=False) as session:
            question = sa.select(RecorderCamera).join(Camera, col(Camera.id) == col(RecorderCamera.camera_id))
            row = session.execute(question.where(col(Camera.code) == code_of(camera))).scalar_one_or_none()
            return {} if row is None else row.model_dump()

    def problems(self) -> list[str]:
        """Return what `matpho check --level hash` would complain of."""
        return [f"{one.what}: {one.message} {one.fields}" for one in check(self.engine, self.store, "hash").problems]

    def harmed(self) -> list[str]:
        """Return what is wrong with footage that is in the index; objects may still wait for their rows."""
        found = check(self.engine, self.store, "hash").problems
        return [f"{one.what}: {one.message}" for one in found if one.message in _HARM]

    def count(self, table: Any) -> int:
        with unit_of_work(self.engine, writes=False) as session:
            return int(session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def furnish(engine: sa.Engine, data: Path, port: int, cameras: Iterable[int]) -> None:
    """Register cameras of the street at `port`."""
    rows = "".join(f"{code_of(n)},Camera {n},KP1,10.77,106.7,rtsp://127.0.0.1:{port}/camera/{n}\n" for n in cameras)
    vault, clock = Vault.open(data / "keys" / "camera.key"), SystemClock()
    with unit_of_work(engine) as session:
        import_units(session, clock, SERVICE, "units.csv", _UNITS)
        table = f"code,name,unit,lat,lon,source\n{rows}".encode()
        import_cameras(session, clock, vault, SERVICE, "cameras.csv", table)


def code_of(camera: int) -> str:
    return f"C{camera}"


def samples_of(data: bytes) -> Iterator[bytes]:
    """Yield the coded frames of a file, as libav takes it apart."""
    if data:
        with av.open(io.BytesIO(data), "r") as file:
            yield from (bytes(packet) for packet in file.demux(video=0) if packet.size)


def marks_of(camera: int, data: bytes) -> list[int]:
    """Return the numbers that the frames of a file are marked with; all of them are of this camera."""
    marks = [live_mark.find(sample) for sample in samples_of(data)]
    assert all(mark is not None and mark.camera == camera for mark in marks)
    return [mark.number for mark in marks if mark is not None]


def whole_fragments(data: bytes) -> bytes:
    """Return a file up to its last whole fragment, nothing if there is none; one that is sealed as it is."""
    at, whole = _box(data, 0)[1], 0
    if _box(data, at)[0] == b"mdat":
        return data
    while (box := _box(data, at))[1] <= len(data):
        kind, at = box
        whole = at if kind == b"mdat" else whole
    return data[:whole]


def _box(data: bytes, at: int) -> tuple[bytes, int]:
    """Return kind and end of the box at `at`; the end is beyond the data where there is none."""
    size = int.from_bytes(data[at : at + 4], "big")
    return data[at + 4 : at + 8], at + size if size >= 8 and at + 8 <= len(data) else len(data) + 1


def _keys(run_id: int | None) -> "sa.Select[str]":
    return sa.select(col(Segment.key)).where(col(Segment.run_id) == run_id).order_by(col(Segment.start_us))


def _streams(camera: int) -> "sa.Select[int | None]":
    return (
        sa.select(col(Stream.id))
        .join(Camera, col(Camera.id) == col(Stream.camera_id))
        .where(col(Camera.code) == code_of(camera))
    )


def _of_camera(table: Any, camera: int) -> "sa.Select[Any]":
    return sa.select(table).where(table.stream_id.in_(_streams(camera))).order_by(table.start_us)
