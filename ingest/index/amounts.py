"""How much live footage there is of each camera, and footage dated later than now: what the doctor asks of the index."""

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.tables import Camera, Stream
from ingest.index.tables import Run, Segment


def live_recorded_us(session: Session) -> dict[int, int]:
    """Return how long each camera, by id, was recorded live in all that is still in the index. Of runs: they are few."""
    question = (
        sa.select(col(Stream.camera_id), sa.func.sum(col(Run.end_us) - col(Run.start_us)))
        .join(Stream, col(Stream.id) == col(Run.stream_id))
        .where(col(Run.import_id).is_(None))
        .group_by(col(Stream.camera_id))
    )
    return {row[0]: int(row[1]) for row in session.execute(question)}  # a sum is a Decimal on PostgreSQL


def dated_ahead(session: Session, now_us: int) -> list[tuple[str, int]]:
    """Return code and newest start of the cameras that have a segment which begins after `now_us`, by code.

    One descent of the primary key for each stream: `start_us > now` alone would read every row of SQLite.
    """
    newest = (
        sa.select(sa.func.max(col(Segment.start_us)))
        .where(col(Segment.stream_id) == col(Stream.id), col(Segment.start_us) > now_us)
        .correlate(Stream)
        .scalar_subquery()
    )
    question = sa.select(col(Camera.code), newest).join(Stream, col(Stream.camera_id) == col(Camera.id))
    found: dict[str, int] = {}
    for code, start_us in session.execute(question.order_by(col(Camera.code))):
        if start_us is not None:
            found[code] = max(start_us, found.get(code, 0))
    return list(found.items())
