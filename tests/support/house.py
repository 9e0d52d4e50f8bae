"""A ward with cameras and an importer on a real catalogue and a real store, for tests of what goes in and comes out."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import av
import sqlalchemy as sa
from sqlmodel import col, select

from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.units import import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import ObjectStore
from ingest.clips_import import ClipImporter
from ingest.imported import ClipImported
from ingest.index.tables import Run, Segment
from ingest.segment_writer import Step
from sample_clips import barcode
from tests.support.luma import luma

UNITS = b"code,name,kind\nKP1,Khu pho 1,neighbourhood\n"
CAMERAS = 12
START_US = 1_772_892_300_000_000  # 2026-03-07T21:05:00+07:00


@dataclass
class House:
    """Cameras C1 to C12; `bring` imports a file."""

    engine: sa.Engine
    store: ObjectStore
    clock: ManualClock
    data: Path
    actor: Actor

    def importer(self, step: Step = lambda _name: None) -> ClipImporter:
        return ClipImporter(self.engine, self.store, self.clock, self.data, UTC, step=step)

    def bring(self, path: Path, camera: str = "C1", start_us: int | None = START_US) -> ClipImported:
        return self.importer().run(path, camera, actor=self.actor, start_us=start_us)

    def segments(self) -> list[Segment]:
        with unit_of_work(self.engine, writes=False) as session:
            found = session.exec(select(Segment).order_by(col(Segment.stream_id), col(Segment.start_us))).all()
            session.expunge_all()
        return list(found)

    def runs(self) -> list[Run]:
        with unit_of_work(self.engine, writes=False) as session:
            found = session.exec(select(Run).order_by(col(Run.stream_id), col(Run.start_us))).all()
            session.expunge_all()
        return list(found)

    def count(self, table: str) -> int:
        with unit_of_work(self.engine, writes=False) as session:
            return int(session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())

    def bytes_of(self, key: str) -> bytes:
        return self.store.read(key, 0, self.store.size(key))

    def is_empty(self) -> bool:
        """Tell whether nothing at all is left of any import."""
        tables = ("clip_import", "segment", "run")
        return (
            not any(self.count(table) for table in tables)
            and not list(self.store.keys(""))
            and not list((self.data / "staging").glob("*"))
        )


def furnish(engine: sa.Engine, store: ObjectStore, clock: ManualClock, data: Path, actor: Actor) -> House:
    rows = "".join(
        f"C{number},Camera {number},KP1,10.77,106.7,90,90,40,clips,yes\n" for number in range(1, CAMERAS + 1)
    )
    table = f"code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,source,sound_agreed\n{rows}".encode()
    vault = Vault.open(data / "keys" / "camera.key")
    with unit_of_work(engine) as session:
        import_units(session, clock, actor, "units.csv", UNITS)
        import_cameras(session, clock, vault, actor, "cameras.csv", table)
    return House(engine, store, clock, data, actor)


def shown(data: bytes) -> Iterator[tuple[int, int | None]]:
    """Yield (media time in 1/90000 s, milliseconds of the bar code) of every frame that libav shows of a file."""
    with av.open(io.BytesIO(data), "r") as found:
        stream: Any = found.streams.video[0]
        for frame in found.decode(stream):
            assert frame.pts is not None
            base = stream.time_base
            yield frame.pts * base.numerator * 90_000 // base.denominator, barcode.read(luma(frame))
