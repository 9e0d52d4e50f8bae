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
    addresses: tuple[tuple[str, bool], ...] = ()
    """Of its live streams, without user and password, and whether each is recorded wherever it leads."""


def active_cameras(session: Session, at_us: int) -> list[ActiveCamera]:
    """Return the active cameras by code, their consent and retention as valid at `at_us`."""
    addressed = (
        sa.select(Stream)
        .join(Camera, col(Camera.id) == col(Stream.camera_id))
        .where(col(Camera.status) == "active", col(Stream.address).is_not(None))
    )
    sources: dict[int, list[Stream]] = {}
    for stream in session.execute(addressed).scalars():
        sources.setdefault(stream.camera_id, []).append(stream)
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
            sealed={
                stream.id: stream.sealed_credentials
                for stream in sources.get(row.id, [])
                if stream.id is not None and stream.sealed_credentials is not None
            },
            addresses=tuple((stream.address or "", bool(stream.anywhere)) for stream in sources.get(row.id, [])),
        )
        for row in rows
    ]
