"""What retention deleted, as the catalogue knows it: the rows behind the log of deletions."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.tables import Camera, Stream
from foundation.timebase import TimeRange
from ingest.index.tables import Deletion


@dataclass(frozen=True)
class Deleted:
    """A stretch of footage that is gone. `why` is age or space, `at_us` when the last of it went, `bytes` None where not known."""

    camera_id: int
    camera: str
    range: TimeRange
    why: str
    at_us: int
    bytes: int | None


def deleted(session: Session, span: TimeRange, camera_ids: Collection[int] | None = None) -> list[Deleted]:
    """Return what was deleted within `span`, of these cameras (None: of all), in the order in which it went."""
    question = (
        sa.select(
            col(Camera.id),
            col(Camera.code),
            col(Deletion.start_us),
            col(Deletion.end_us),
            col(Deletion.reason),
            col(Deletion.at_us),
            col(Deletion.size_bytes),
        )
        .join(Stream, col(Stream.id) == col(Deletion.stream_id))
        .join(Camera, col(Camera.id) == col(Stream.camera_id))
        .where(col(Deletion.at_us) >= span.start_us, col(Deletion.at_us) < span.end_us)
        .order_by(col(Deletion.at_us), col(Camera.code), col(Deletion.start_us))
    )
    if camera_ids is not None:
        question = question.where(col(Camera.id).in_(camera_ids))
    return [
        Deleted(row[0], row[1], TimeRange(row[2], row[3]), row[4], row[5], row[6]) for row in session.execute(question)
    ]
