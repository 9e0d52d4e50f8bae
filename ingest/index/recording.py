"""What a recorder writes into the index: runs that grow, segments still with it, segments stored, outages, its own state.

Each function is one step of a transaction that its caller makes of a second's worth of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from foundation.timebase import TimeRange
from ingest.index.queries import add_segments
from ingest.index.records import GapReason, SegmentRecord
from ingest.index.tables import OpenSegment, Outage, RecorderCamera, Run, Segment

CLOCK_SOURCE = "receiver"


class OpenRecord(NamedTuple):
    """A row of `open_segment`."""

    stream_id: int
    start_us: int
    end_us: int
    media_ticks: int
    run_id: int
    video_config_id: int
    audio_config_id: int | None
    key: str
    size_bytes: int
    frames: int


_FILES: tuple[Any, Any] = (Segment, OpenSegment)
_OPEN = [getattr(OpenSegment, name) for name in OpenRecord._fields]


def _upsert(session: Session, table: Any, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table.__table__)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.connection().execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed), list(rows))


def grow(session: Session, rows: Sequence[OpenRecord]) -> None:
    """Store how far segments have come that are still with the recorder, and let their runs reach as far."""
    _upsert(session, OpenSegment, [row._asdict() for row in rows], ("stream_id", "start_us"))
    _extend(session, [(row.run_id, row.end_us) for row in rows])


def store_segments(session: Session, rows: Sequence[SegmentRecord]) -> None:
    """Store segments that are in the object store now, and are no longer the recorder's."""
    if not rows:
        return
    add_segments(session, rows)
    gone = sa.delete(OpenSegment).where(
        col(OpenSegment.stream_id) == sa.bindparam("stream"), col(OpenSegment.start_us) == sa.bindparam("start")
    )
    names = [{"stream": row.stream_id, "start": row.start_us} for row in rows]
    session.connection().execute(gone, names)
    _extend(session, [(row.run_id, row.end_us) for row in rows])


def _extend(session: Session, ends: Sequence[tuple[int, int]]) -> None:
    if not ends:
        return
    statement = (
        sa.update(Run)
        .where(col(Run.id) == sa.bindparam("run"), col(Run.end_us) < sa.bindparam("reached"))
        .values(end_us=sa.bindparam("reached"))
    )
    session.connection().execute(statement, [{"run": run, "reached": end} for run, end in ends])


def end_run(session: Session, run_id: int, reason: GapReason) -> None:
    """Say why a run ended; it reaches as far as its segments do."""
    session.execute(sa.update(Run).where(col(Run.id) == run_id).values(end_reason=str(reason)))


def put_outage(session: Session, outage_id: int | None, stream_id: int, span: TimeRange, reason: GapReason) -> int:
    """Store an outage, or how long it has lasted by now; return its id."""
    if outage_id is not None:
        session.execute(sa.update(Outage).where(col(Outage.id) == outage_id).values(end_us=span.end_us))
        return outage_id
    row = Outage(stream_id=stream_id, start_us=span.start_us, end_us=span.end_us, reason=str(reason))
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def put_states(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store what the recorder says of cameras; see `RecorderCamera`."""
    _upsert(session, RecorderCamera, rows, ("camera_id",))


def bytes_told(session: Session) -> dict[int, tuple[int, int]]:
    """Return of each camera when it was last told of, and the bytes of that day by then."""
    question = sa.select(col(RecorderCamera.camera_id), col(RecorderCamera.updated_us), col(RecorderCamera.bytes_today))
    return {row[0]: (row[1], row[2]) for row in session.execute(question)}


def open_segments(session: Session, stream_ids: Iterable[int] | None = None) -> list[OpenRecord]:
    """Return the segments that are still with the recorder, of these streams or of all."""
    question = sa.select(*_OPEN).order_by(col(OpenSegment.stream_id), col(OpenSegment.start_us))
    if stream_ids is not None:
        question = question.where(col(OpenSegment.stream_id).in_(list(stream_ids)))
    return [OpenRecord._make(row) for row in session.execute(question)]


def forget_open(session: Session, stream_id: int, start_us: int) -> None:
    session.execute(
        sa.delete(OpenSegment).where(col(OpenSegment.stream_id) == stream_id, col(OpenSegment.start_us) == start_us)
    )


def has_segment(session: Session, stream_id: int, start_us: int) -> bool:
    question = sa.select(col(Segment.start_us)).where(
        col(Segment.stream_id) == stream_id, col(Segment.start_us) == start_us
    )
    return session.execute(question).first() is not None


def runs_going_on(session: Session) -> list[tuple[int, int]]:
    """Return id and stream id of the recorder's runs that have no end."""
    question = sa.select(col(Run.id), col(Run.stream_id)).where(
        col(Run.end_reason).is_(None), col(Run.import_id).is_(None), col(Run.clock_source) == CLOCK_SOURCE
    )
    return [(row[0], row[1]) for row in session.execute(question)]


def cut_run(session: Session, run_id: int, reason: GapReason | None) -> None:
    """After a crash: let the run end where its segments do; one without any goes. With a reason it ends for that."""
    ends = sa.union_all(
        *(
            sa.select(table.end_us).where(
                table.stream_id == sa.select(col(Run.stream_id)).where(col(Run.id) == run_id).scalar_subquery(),
                table.start_us >= sa.select(col(Run.start_us)).where(col(Run.id) == run_id).scalar_subquery(),
                table.run_id == run_id,
            )
            for table in _FILES
        )
    ).subquery()
    end = session.execute(sa.select(sa.func.max(ends.c.end_us))).scalar_one()
    if end is None:
        session.execute(sa.delete(Run).where(col(Run.id) == run_id))
        return
    values = {"end_us": end} | ({} if reason is None else {"end_reason": str(reason)})
    session.execute(sa.update(Run).where(col(Run.id) == run_id).values(values))


def ends_of_streams(session: Session, camera_ids: Sequence[int]) -> dict[int, dict[int, tuple[int, int]]]:
    """Return of each camera its live streams by ordinal: (stream id, end of its newest footage, 0 if there is none)."""
    from_runs = (
        "SELECT s.camera_id, s.ordinal, s.id, COALESCE((SELECT r.end_us FROM run r WHERE r.stream_id = s.id "
        "ORDER BY r.start_us DESC LIMIT 1), 0) FROM stream s WHERE s.kind = 'main' AND s.camera_id IN :cameras"
    )
    statement = sa.text(from_runs).bindparams(sa.bindparam("cameras", expanding=True))
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for camera_id, ordinal, stream_id, end_us in session.execute(statement, {"cameras": list(camera_ids)}):
        found.setdefault(camera_id, {})[ordinal] = (stream_id, end_us)
    return found
