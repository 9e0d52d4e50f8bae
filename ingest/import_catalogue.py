"""What an import writes into the catalogue: its own row first, everything else in one transaction at the end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.cameras import clips_stream
from camera_registry.tables import Camera, Stream
from foundation.clock import Clock
from foundation.errors import N_, Conflict
from foundation.identity import Actor
from foundation.timebase import MEDIA_TIMESCALE, TimeRange, format_instant, rescale
from ingest.coding import Coding
from ingest.imported import ClipImported, told
from ingest.index.queries import add_run, add_segments, config_id, recorded
from ingest.index.recorder_clock import Comparison, comparisons_of, keep
from ingest.index.records import SegmentRecord
from ingest.index.tables import ClipImport, Run, Segment
from ingest.notices import Notice
from ingest.segment_writer import SealedFile
from ingest.start_time import Start

_LOCK_CLASS = 0x636C6970  # "clip"
_MOST_OVERLAPS = 1000


class ClipTooOverlapped(Conflict):
    code = "clip_too_overlapped"
    message = N_("Camera {camera} already has {count} recordings of the same time")


class ClipElsewhere(Conflict):
    code = "clip_imported_elsewhere"
    message = N_("{file} was imported before, as a recording of camera {camera}")
    mend = N_("Check the camera; one recording belongs to one camera")


class ClipStartDiffers(Conflict):
    code = "clip_start_differs"
    message = N_("{file} was imported before, with another start: {start}")
    mend = N_("Give that start to see the import; footage is never moved in time once it is imported")


@dataclass(frozen=True)
class CameraRef:
    """Which camera an import is of."""

    id: int
    code: str


@dataclass
class RunDraft:
    """Sealed files that follow each other without a break; `keys` are their objects."""

    files: list[SealedFile] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    end_reason: str | None = None


@dataclass(frozen=True)
class Placed:
    """How media time becomes wall time: `origin` ticks are `start_us`."""

    start_us: int
    origin: int

    def wall_us(self, ticks: int) -> int:
        return self.start_us + rescale(ticks - self.origin, 1_000_000, MEDIA_TIMESCALE)

    def span(self, run: RunDraft) -> TimeRange:
        return TimeRange(self.wall_us(run.files[0].low), self.wall_us(run.files[-1].end))


def begin(session: Session, clock: Clock, import_id: str, camera: CameraRef, file_name: str, original_key: str) -> None:
    """Store that an import runs, so that recovery knows whose objects it finds."""
    stream = clips_stream(session, camera.id, 0)
    assert stream.id is not None
    session.add(
        ClipImport(
            id=import_id,
            camera_id=camera.id,
            stream_id=stream.id,
            state="running",
            file_name=file_name,
            original_key=original_key,
            created_us=clock.now_us(),
        )
    )


def find_again(
    session: Session,
    camera: CameraRef,
    file_name: str,
    sha256: bytes,
    start: Start,
    zone: tzinfo,
    compared: Comparison | None = None,
) -> ClipImport | None:
    """Return the finished import of the same bytes, if there is one.

    Raises `ClipElsewhere` if it belongs to another camera, `ClipStartDiffers` if the person now says another start, which after
    a comparison is one that differs by more than that is unsure.
    """
    question = sa.select(ClipImport).where(col(ClipImport.sha256) == sha256, col(ClipImport.state) == "done")
    found: ClipImport | None = session.execute(question).scalars().first()
    if found is None:
        return None
    if found.camera_id != camera.id:
        other = session.get(Camera, found.camera_id)
        raise ClipElsewhere(file=file_name, camera="?" if other is None else other.code)
    said = start.source == "given" or compared is not None
    unsure_us = 0 if compared is None else compared.uncertainty_us
    if said and abs(start.at_us - (found.start_us or 0)) > unsure_us:
        raise ClipStartDiffers(file=file_name, start=format_instant(found.start_us or 0, zone))
    return found


def lock_camera(session: Session, camera_id: int) -> None:
    """Let imports into one camera end one after the other; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, camera_id)))


def finish(
    session: Session,
    clock: Clock,
    actor: Actor,
    row: ClipImport,
    camera: CameraRef,
    start: Start,
    placed: Placed,
    runs: Sequence[RunDraft],
    notices: Sequence[Notice],
    compared: Comparison | None = None,
) -> None:
    """Store the runs and segments, the import as done, and the audit event."""
    spans = [placed.span(run) for run in runs]
    stream = free_stream(session, camera, spans)
    assert stream.id is not None
    row.stream_id = stream.id
    rows = [
        segment
        for run, span in zip(runs, spans, strict=True)
        for segment in _begun(session, row, start, placed, run, span, compared)
    ]
    add_segments(session, rows)
    row.state = "done"
    row.start_us, row.end_us = start.at_us, spans[-1].end_us
    row.start_source = start.source
    row.observation_id = None if compared is None else keep(session, camera.id, compared)
    row.notices = json.dumps([notice.as_dict() for notice in notices])
    session.add(row)
    assert row.sha256 is not None
    record(
        session,
        clock,
        actor,
        "clips:import",
        "camera",
        camera.code,
        import_id=row.id,
        file=row.file_name,
        sha256=row.sha256.hex(),
        start_us=row.start_us,
        end_us=row.end_us,
        start_source=start.source,
        segments=len(rows),
        compared=None if compared is None else compared.as_dict(),
    )


def _begun(
    session: Session,
    row: ClipImport,
    start: Start,
    placed: Placed,
    run: RunDraft,
    span: TimeRange,
    compared: Comparison | None,
) -> list[SegmentRecord]:
    """Store a run and return its segments, which are not stored yet."""
    run_id = add_run(
        session,
        row.stream_id,
        span,
        clock_source=start.source,
        end_reason=run.end_reason,
        import_id=row.id,
        uncertainty_us=None if compared is None else compared.doubt_us(span),
    )
    return [
        _segment(session, row.stream_id, run_id, placed, file, key)
        for file, key in zip(run.files, run.keys, strict=True)
    ]


def free_stream(session: Session, camera: CameraRef, spans: Sequence[TimeRange]) -> Stream:
    """Return the first of the camera's clips streams that has nothing yet at these times: no stream overlaps itself."""
    for ordinal in range(_MOST_OVERLAPS):
        stream = clips_stream(session, camera.id, ordinal)
        assert stream.id is not None
        if not any(recorded(session, [stream.id], span) for span in spans):
            return stream
    raise ClipTooOverlapped(camera=camera.code, count=_MOST_OVERLAPS)


def _segment(
    session: Session, stream_id: int, run_id: int, placed: Placed, file: SealedFile, key: str
) -> SegmentRecord:
    sound = None if file.sound is None else _config(session, "audio", file.sound)
    return SegmentRecord(
        stream_id=stream_id,
        start_us=placed.wall_us(file.low),
        end_us=placed.wall_us(file.end),
        media_ticks=file.end - file.low,
        run_id=run_id,
        video_config_id=_config(session, "video", file.coding),
        audio_config_id=sound,
        key=key,
        size_bytes=file.size,
        index_offset=file.index_offset,
        sha256=file.sha256,
        frames=file.frames,
    )


def _config(session: Session, media: str, coding: Coding) -> int:
    return config_id(
        session,
        media,
        coding.name,
        coding.entry,
        width=coding.width,
        height=coding.height,
        sample_rate=coding.rate,
    )


def outcome(session: Session, row: ClipImport, camera: CameraRef, *, already: bool) -> ClipImported:
    """Return what a finished import came to; with `already` it is one of before."""
    session.flush()
    compared = comparisons_of(session, [row.id]).get(row.id)
    return told(row, camera.code, counts(session, row.id), compared, already=already)


def counts(session: Session, import_id: str) -> tuple[int, int, int]:
    """Return the numbers of runs, segments and frames of a finished import."""
    runs = session.execute(sa.select(sa.func.count()).where(col(Run.import_id) == import_id)).scalar_one()
    ids = sa.select(col(Run.id)).where(col(Run.import_id) == import_id)
    question = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Segment.frames), 0)).where(
        col(Segment.run_id).in_(ids),
        col(Segment.stream_id).in_(sa.select(col(Run.stream_id)).where(col(Run.import_id) == import_id)),
    )
    segments, frames = session.execute(question).one()
    return int(runs), int(segments), int(frames)
