"""Reading and writing the index of footage. The one overlap query is here, and nowhere else.

All reads are Core selects into plain records: an object for each of 34 million possible rows would cost more than the
question. docs/design/time-index.md has the shapes and figures.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from camera_registry.tables import Stream
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.records import CodecConfigRecord, Prefix, RunRecord, SegmentRecord
from ingest.index.tables import MAX_SEGMENT_US, ClipImport, ClockObservation, CodecConfig, OpenSegment, Run, Segment

_SEGMENT = [getattr(Segment, name) for name in SegmentRecord._fields]
_RUN = [getattr(Run, name) for name in RunRecord._fields]
_GROWING = [
    sa.literal(0, sa.BigInteger()).label(name)
    if name == "index_offset"
    else sa.literal(b"", sa.LargeBinary()).label(name)
    if name == "sha256"
    else getattr(OpenSegment, name)
    for name in SegmentRecord._fields
]
_CONFIG = [getattr(CodecConfig, name) for name in CodecConfigRecord._fields]

_WEEK_US = 7 * 86_400 * MICROSECONDS
_MONDAY_US = 4 * 86_400 * MICROSECONDS  # 1970-01-05, so that partitions begin on Mondays, 00:00 UTC
_PARTITION_LOCK = 0x7061_7274  # "part"


def overlapping(session: Session, stream_ids: Sequence[int], span: TimeRange) -> list[SegmentRecord]:
    """Return the segments of the streams that overlap `span`, ordered by stream and start, also those still being written.

    No segment is longer than `MAX_SEGMENT_US` (a CHECK), so one that overlaps must begin after `start - MAX`: with
    that bound the primary key answers, without it every earlier segment of the stream would be looked at.
    """
    rows = session.execute(_OVERLAPPING, _told(stream_ids, span) | {"reach": span.start_us - MAX_SEGMENT_US})
    return [_record(row) for row in rows]


# Questions that are asked for every page and clip are built once: to build one costs more than SQLite takes to answer it.
_STREAMS = sa.bindparam("streams", expanding=True, type_=sa.BigInteger())
_START, _END, _REACH = (sa.bindparam(name, type_=sa.BigInteger()) for name in ("start", "end", "reach"))


def _told(stream_ids: Sequence[int], span: TimeRange) -> dict[str, Any]:
    return {"streams": list(stream_ids), "start": span.start_us, "end": span.end_us}


def _overlaps(table: Any) -> sa.ColumnElement[bool]:
    return sa.and_(table.stream_id.in_(_STREAMS), table.start_us > _REACH, table.start_us < _END, table.end_us > _START)


_OVERLAPPING = sa.union_all(
    sa.select(*_SEGMENT).where(_overlaps(Segment)), sa.select(*_GROWING).where(_overlaps(OpenSegment))
).order_by("stream_id", "start_us")


def _record(row: Any) -> SegmentRecord:
    found = SegmentRecord._make(row)
    return found if found.sealed else _named(found)


def _named(record: SegmentRecord) -> SegmentRecord:
    """Give a beginning of a segment the name that its bytes have nowhere: they are not hashed before all of them are there."""
    told = f"beginning {record.key} {record.end_us} {record.media_ticks} {record.size_bytes} {record.frames}"
    return record._replace(sha256=hashlib.sha256(told.encode()).digest())


def beginnings_of(session: Session, wanted: Mapping[tuple[int, int], Prefix]) -> dict[tuple[int, int], SegmentRecord]:
    """Return the segments with these (stream id, start) as they were when they had come so far, wherever they are now."""
    found = {(record.stream_id, record.start_us): record for record in segments_of(session, list(wanted))}
    for stream_id, start_us in wanted:
        question = sa.select(*_GROWING).where(
            col(OpenSegment.stream_id) == stream_id, col(OpenSegment.start_us) == start_us
        )
        row = session.execute(question).first()
        if row is not None:
            found[stream_id, start_us] = SegmentRecord._make(row)
    return {name: _named(found[name]._replace(index_offset=0, **wanted[name]._asdict())) for name in found}


def segments_of(session: Session, names: Sequence[tuple[int, int]]) -> list[SegmentRecord]:
    """Return the segments with these (stream id, start), in the order asked for; those that are gone are left out."""
    found: dict[tuple[int, int], SegmentRecord] = {}
    by_stream: dict[int, list[int]] = {}
    for stream_id, start_us in names:
        by_stream.setdefault(stream_id, []).append(start_us)
    for stream_id, starts in by_stream.items():
        question = sa.select(*_SEGMENT).where(
            col(Segment.stream_id) == stream_id,
            col(Segment.start_us).between(min(starts), max(starts)),
            col(Segment.start_us).in_(starts),
        )
        for row in session.execute(question):
            found[stream_id, row.start_us] = SegmentRecord._make(row)
    return [found[name] for name in names if name in found]


def recorded(session: Session, stream_ids: Sequence[int], span: TimeRange) -> list[RunRecord]:
    """Return the runs of the streams that overlap `span`, ordered by stream and start."""
    return [run for run in around(session, stream_ids, span) if run.end_us > span.start_us]


def around(session: Session, stream_ids: Sequence[int], span: TimeRange) -> list[RunRecord]:
    """Return the runs that begin in `span`, and of each stream the last that begins before it, whenever it ended.

    Runs of a stream do not overlap, so of those before `span` only the last can reach into it, however long it is.
    """
    if not stream_ids:
        return []
    return [RunRecord._make(row) for row in session.execute(_AROUND, _told(stream_ids, span))]


def _around() -> sa.CompoundSelect[Any]:
    stream, inner = sa.table("stream", sa.column("id", sa.BigInteger())), aliased(Run)
    before = (
        sa.select(col(inner.id))
        .where(col(inner.stream_id) == stream.c.id, col(inner.start_us) < _START)
        .order_by(col(inner.start_us).desc())
        .limit(1)
        .correlate(stream)
        .scalar_subquery()
    )
    last = sa.select(before).where(stream.c.id.in_(_STREAMS))
    starts_inside = sa.and_(col(Run.stream_id).in_(_STREAMS), col(Run.start_us) >= _START, col(Run.start_us) < _END)
    inside, reaching = sa.select(*_RUN).where(starts_inside), sa.select(*_RUN).where(col(Run.id).in_(last))
    return sa.union_all(inside, reaching).order_by("stream_id", "start_us")


_AROUND = _around()


def last_recorded(session: Session, stream_ids: Sequence[int]) -> int | None:
    """Return the end of the newest footage of the streams, None if there is none."""
    question = sa.select(sa.func.max(col(Run.end_us))).where(col(Run.stream_id).in_(stream_ids))
    found: int | None = session.execute(question).scalar_one()
    return found


def last_footage(session: Session, camera_ids: Iterable[int]) -> dict[int, int]:
    """Return of each camera the end of its newest footage, imported or recorded; a camera without any is left out."""
    question = (
        sa.select(col(Stream.camera_id), sa.func.max(col(Run.end_us)))
        .join(Run, col(Run.stream_id) == col(Stream.id))
        .where(col(Stream.camera_id).in_(list(camera_ids)))
        .group_by(col(Stream.camera_id))
    )
    return {row[0]: row[1] for row in session.execute(question)}


def oldest_footage(session: Session) -> int | None:
    """Return the begin of the oldest footage of all cameras, None if there is none."""
    found: int | None = session.execute(sa.select(sa.func.min(col(Run.start_us)))).scalar_one()
    return found


def imported_at(session: Session, import_ids: Iterable[str | None]) -> dict[str, int]:
    """Return when each of these imports was made."""
    ids = sorted({name for name in import_ids if name is not None})
    if not ids:
        return {}
    question = sa.select(col(ClipImport.id), col(ClipImport.created_us)).where(col(ClipImport.id).in_(ids))
    return {row[0]: row[1] for row in session.execute(question)}


def clock_offsets(session: Session, camera_ids: Sequence[int], at_us: int) -> dict[int, tuple[int, int]]:
    """Return of each camera by how much its own clock was ahead of ours, as it last said by `at_us`, and when that was."""
    if not camera_ids:
        return {}
    last = (
        sa.select(col(ClockObservation.id))
        .where(
            col(ClockObservation.camera_id) == _CAMERA.c.id,
            col(ClockObservation.at_us) <= at_us,
            col(ClockObservation.source) != "compared",
        )
        .order_by(col(ClockObservation.at_us).desc())
        .limit(1)
        .correlate(_CAMERA)
        .scalar_subquery()
    )
    question = sa.select(
        col(ClockObservation.camera_id), col(ClockObservation.offset_us), col(ClockObservation.at_us)
    ).where(col(ClockObservation.id).in_(sa.select(last).where(_CAMERA.c.id.in_(camera_ids))))
    return {row[0]: (row[1], row[2]) for row in session.execute(question)}


_CAMERA = sa.table("camera", sa.column("id", sa.BigInteger()))


def configs(session: Session, ids: Iterable[int]) -> dict[int, CodecConfigRecord]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = session.execute(sa.select(*_CONFIG).where(col(CodecConfig.id).in_(wanted)))
    return {row.id: CodecConfigRecord._make(row) for row in rows}


def config_id(
    session: Session,
    media: str,
    codec: str,
    sample_entry: bytes,
    *,
    width: int = 0,
    height: int = 0,
    sample_rate: int = 0,
) -> int:
    """Return the id of the codec configuration with this sample entry, stored now if it is new."""
    digest = hashlib.sha256(sample_entry).digest()
    question = sa.select(col(CodecConfig.id)).where(col(CodecConfig.sha256) == digest)
    known: int | None = session.execute(question).scalar_one_or_none()
    if known is not None:
        return known
    row = CodecConfig(
        sha256=digest,
        media=media,
        codec=codec,
        width=width,
        height=height,
        sample_rate=sample_rate,
        sample_entry=sample_entry,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def add_run(
    session: Session,
    stream_id: int,
    span: TimeRange,
    *,
    clock_source: str,
    end_reason: str | None = None,
    import_id: str | None = None,
    uncertainty_us: int | None = None,
    epoch_id: int | None = None,
) -> int:
    """Store a run and return its id."""
    row = Run(
        stream_id=stream_id,
        start_us=span.start_us,
        end_us=span.end_us,
        end_reason=end_reason,
        import_id=import_id,
        clock_source=clock_source,
        uncertainty_us=uncertainty_us,
        epoch_id=epoch_id,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def extend_run(session: Session, run_id: int, end_us: int, end_reason: str | None = None) -> None:
    """Let the run reach to `end_us`; with a reason it ends there."""
    values = {"end_us": end_us, "end_reason": end_reason}
    session.execute(sa.update(Run).where(col(Run.id) == run_id).values(values))


def add_segments(session: Session, segments: Sequence[SegmentRecord]) -> None:
    """Store the rows of sealed segments, whose bytes are in the store already."""
    if not segments:
        return
    ensure_partitions(session, TimeRange(min(s.start_us for s in segments), max(s.start_us for s in segments) + 1))
    session.execute(sa.insert(Segment), [segment._asdict() | {"epoch": 0} for segment in segments])


def ensure_partitions(session: Session, span: TimeRange) -> None:
    """On PostgreSQL, make the weekly partitions that rows starting in `span` need; elsewhere there is nothing to do."""
    if session.get_bind().dialect.name != "postgresql":
        return
    first = (span.start_us - _MONDAY_US) // _WEEK_US
    last = (span.end_us - 1 - _MONDAY_US) // _WEEK_US
    names = {f"segment_week_{week}": week for week in range(first, last + 1)}
    question = sa.text("SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NULL")
    missing = session.execute(question, {"names": list(names)}).scalars().all()
    if not missing:
        return
    # Two imports may find the same week missing; the second waits here and then finds it made.
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_PARTITION_LOCK)))
    for name in missing:
        start = names[name] * _WEEK_US + _MONDAY_US
        session.execute(
            sa.text(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF segment FOR VALUES FROM ({start}) TO ({start + _WEEK_US})"
            )
        )
