"""What was done to a camera, for those who answer for it: when, by whom, which fields; never what an owner is called."""

import json
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.tables import AuditEvent
from foundation.errors import N_

_TEXT = {
    "camera:add": N_("registered"),
    "camera:edit": N_("changed"),
    "camera:ask": N_("asked whether it answers"),
    "photo:add": N_("photo added"),
    "owner:read": N_("the owner's data were read"),
    "owner:ask": N_("a link for the owner was made"),
}
_MOST = 50


@dataclass(frozen=True)
class Change:
    at_us: int
    actor: str
    text: str
    fields: tuple[str, ...]


def history_of(session: Session, code: str) -> list[Change]:
    """Return the newest changes of a camera first, at most 50."""
    question = (
        sa.select(col(AuditEvent.at_us), col(AuditEvent.actor), col(AuditEvent.action), col(AuditEvent.detail))
        .where(
            col(AuditEvent.object_kind) == "camera",
            col(AuditEvent.object_id) == code,
            col(AuditEvent.action).in_(list(_TEXT)),
        )
        .order_by(col(AuditEvent.id).desc())
        .limit(_MOST)
    )
    return [
        Change(row.at_us, row.actor, _TEXT[row.action], tuple(json.loads(row.detail or "{}").get("fields", ())))
        for row in session.execute(question)
    ]
