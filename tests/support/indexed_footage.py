"""Coded footage put into a catalogue and a store, as an import would leave it: rows only with their bytes."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from camera_registry.tables import Camera, Ownership, Stream
from foundation.database import unit_of_work
from foundation.mp4.sample_entries import codec_string, dimensions
from foundation.storage import LocalFiles, ObjectStore
from foundation.timebase import TimeRange
from ingest.index.queries import add_run, add_segments, config_id
from ingest.index.records import SegmentRecord
from ingest.index.tables import ClipImport
from tests.support.coded_footage import RATE, Recording


@dataclass
class Scene:
    """A camera whose footage is in the catalogue and the store."""

    engine: sa.Engine
    store: LocalFiles
    recording: Recording
    camera: str = "C001"

    def numbers(self, span: TimeRange) -> list[int]:
        """Return the numbers of the frames captured in `span`."""
        return sorted(number for number, at in self.recording.captured.items() if span.contains(at))


def add_camera(engine: sa.Engine, code: str, registered_us: int) -> tuple[int, int]:
    """Return the ids of a new camera and of its stream for clips."""
    with unit_of_work(engine) as session:
        camera = Camera(
            code=code, name=f"Ngõ {code}", folded=code.lower(), status="active", registered_us=registered_us
        )
        session.add(camera)
        session.flush()
        assert camera.id is not None
        stream = Stream(camera_id=camera.id, kind="clips", ordinal=0)
        session.add(stream)
        session.add(Ownership(camera_id=camera.id, valid_from_us=registered_us, sound_agreed=1))
        session.flush()
        assert stream.id is not None
        return camera.id, stream.id


def index(engine: sa.Engine, store: ObjectStore, recording: Recording, stream: tuple[int, int], folder: Path) -> None:
    """Store all segments of `recording` for `stream` (camera id, stream id), each run as an import of its own."""
    with unit_of_work(engine) as session:
        for run_id in sorted({item.run_id for item in recording.footage}):
            _index_run(session, store, recording, stream, folder, run_id)


def _index_run(
    session: Session, store: ObjectStore, recording: Recording, stream: tuple[int, int], folder: Path, run_id: int
) -> None:
    mine = [item for item in recording.footage if item.run_id == run_id]
    span = TimeRange(mine[0].start_us, mine[-1].end_us)
    source = recording.sources[run_id - 1].read_bytes()
    name = f"{stream[1]}-{run_id}"
    session.add(
        ClipImport(
            id=name,
            camera_id=stream[0],
            stream_id=stream[1],
            state="done",
            file_name=f"{name}.mp4",
            sha256=hashlib.sha256(source).digest(),
            size_bytes=len(source),
            original_key=f"originals/{name}",
            start_us=span.start_us,
            end_us=span.end_us,
            start_source="given",
            created_us=span.end_us,
        )
    )
    session.flush()
    made = add_run(
        session, stream[1], span, end_reason="file_end", import_id=name, clock_source="given", uncertainty_us=500_000
    )
    records = []
    for item in mine:
        media = recording.media[item.key]
        entry = media.entries[0]
        width, height = dimensions(entry)
        video = config_id(session, "video", codec_string(entry), entry, width=width, height=height)
        sound = None
        if media.sound is not None:
            heard = media.sound.entries[0]
            sound = config_id(session, "audio", codec_string(heard), heard, sample_rate=RATE)
        path = folder / "incoming"
        shutil.copyfile(recording.folder / item.key, path)
        data = path.read_bytes()
        key = f"segments/{stream[1]}/{item.start_us}.mp4"
        store.put_file(key, path)
        records.append(
            SegmentRecord(
                stream[1],
                item.start_us,
                item.end_us,
                item.media_ticks,
                made,
                video,
                sound,
                key,
                len(data),
                data.rindex(b"moov") - 4,
                hashlib.sha256(data).digest(),
                len(media.video),
            )
        )
    add_segments(session, records)
