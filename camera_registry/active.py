"""The cameras that should be working now, and what is missing of each: for the recorder's state and for the doctor."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.duties import kept_days, rules_of_cameras
from camera_registry.reads import valid_at
from camera_registry.tables import Camera, Ownership, Stream


@dataclass(frozen=True)
class ActiveCamera:
    """A camera whose status is active. `sealed` are the credentials of its live streams, as stored, by stream id.

    `retention_days` is for how long footage is kept, under the ceiling of its unit; `guarded` tells whether the rules of its
    unit ask for consent and a sign at all.
    """

    id: int
    code: str
    name: str
    live: bool
    consented: bool
    retention_days: int | None
    signed: bool = True
    guarded: bool = True
    sealed: dict[int, bytes] = field(default_factory=dict, repr=False)


def active_cameras(session: Session, at_us: int) -> list[ActiveCamera]:
    """Return the active cameras by code, their consent and retention as valid at `at_us`."""
    addressed = (
        sa.select(col(Stream.camera_id), col(Stream.id), col(Stream.sealed_credentials))
        .join(Camera, col(Camera.id) == col(Stream.camera_id))
        .where(col(Camera.status) == "active", col(Stream.address).is_not(None))
    )
    sources: dict[int, dict[int, bytes | None]] = {}
    for camera_id, stream_id, sealed in session.execute(addressed):
        sources.setdefault(camera_id, {})[stream_id] = sealed
    question = (
        sa.select(
            col(Camera.id),
            col(Camera.code),
            col(Camera.name),
            col(Ownership.consent_date),
            col(Ownership.sign_checked_date),
            col(Ownership.retention_days),
        )
        .outerjoin(Ownership, sa.and_(col(Ownership.camera_id) == col(Camera.id), valid_at(Ownership, at_us)))
        .where(col(Camera.status) == "active")
        .order_by(col(Camera.code))
    )
    rows = session.execute(question).all()
    rules = rules_of_cameras(session, [row.id for row in rows], at_us)
    return [
        ActiveCamera(
            row.id,
            row.code,
            row.name,
            live=row.id in sources,
            consented=row.consent_date is not None,
            retention_days=kept_days(row.retention_days, rules[row.id]),
            signed=row.sign_checked_date is not None,
            guarded=rules[row.id].needs_consent and rules[row.id].needs_sign,
            sealed={stream: sealed for stream, sealed in sources.get(row.id, {}).items() if sealed is not None},
        )
        for row in rows
    ]
