"""What was done to a camera, for those who answer for it: when, by whom, to what; never what an owner is called."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.web.frame.labels import FIELD_TEXT
from api.web.registry.states import STATUS_TEXT, status_told
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
    """`fields` and `states` (before and after, either may be unknown) are texts of the catalogue."""

    at_us: int
    actor: str
    text: str
    fields: tuple[str, ...]
    states: tuple[str | None, str] | None


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
    rows = [(row, json.loads(row.detail or "{}")) for row in session.execute(question)]
    found = []
    for at, (row, detail) in enumerate(rows):
        now = status_told(detail)
        before = detail.get("was") or next((one for _, older in rows[at + 1 :] if (one := status_told(older))), None)
        states = None if now is None else (STATUS_TEXT.get(before or ""), STATUS_TEXT.get(now, now))
        found.append(Change(row.at_us, row.actor, _TEXT[row.action], _fields(row.action, detail), states))
    return found


def _fields(action: str, detail: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the fields are called that were changed; the status is told by what it was and is, where the log has it."""
    if action == "camera:add":
        return ()
    named = [name for name in detail.get("fields", ()) if not (name == "status" and status_told(detail))]
    named += [detail["kind"]] if detail.get("kind") in FIELD_TEXT else []
    return tuple(FIELD_TEXT.get(name, name) for name in named)
