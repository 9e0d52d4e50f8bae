"""That a camera was used: when, how, and for which class of purpose; for those who answer for it. Not for which case."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from access.tables import FootageGrant, FootageUse
from foundation.timebase import TimeRange


@dataclass(frozen=True)
class Use:
    """`count` is 1 for a clip and the number of frames for frames."""

    at_us: int
    kind: str
    count: int
    purpose: str


def uses_of(session: Session, camera_id: int, span: TimeRange) -> list[Use]:
    """Return the uses of a camera that began in `span`, newest first."""
    question = (
        sa.select(col(FootageUse.at_us), col(FootageUse.kind), col(FootageUse.count), col(FootageGrant.purpose))
        .join(FootageGrant, col(FootageGrant.id) == col(FootageUse.grant_id))
        .where(
            col(FootageUse.camera_id) == camera_id,
            col(FootageUse.at_us) >= span.start_us,
            col(FootageUse.at_us) < span.end_us,
        )
        .order_by(col(FootageUse.at_us).desc())
    )
    return [Use(*row) for row in session.execute(question)]
