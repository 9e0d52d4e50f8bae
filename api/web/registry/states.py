"""States of cameras: what they are called, which one a question names, and since when a camera is in the one that it is in."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.tables import AuditEvent
from foundation.errors import N_
from foundation.language import Language, translate

STATUS_TEXT = {
    "planned": N_("planned"),
    "active": N_("active"),
    "paused": N_("paused"),
    "broken": N_("broken"),
    "retired": N_("retired"),
}
ATTENTION = "attention"
"""In place of a status: cameras that are broken, or give no footage, or cover nothing."""


def plain(text: str) -> str:
    """Return `text` in lower case with its accents, blanks squeezed."""
    return unicodedata.normalize("NFC", " ".join(text.split())).lower()


def state_said(language: Language, q: str) -> str:
    """Return the status that a question names exactly, with its accents; empty when it names none."""
    return next((status for status, text in STATUS_TEXT.items() if plain(translate(language, text)) == plain(q)), "")


def states_since(session: Session, cameras: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return of (code, status) by code since when it is so, where the log has it: else it was never otherwise."""
    wanted = dict(cameras)
    question = (
        sa.select(col(AuditEvent.object_id), col(AuditEvent.at_us), col(AuditEvent.detail))
        .where(
            col(AuditEvent.object_kind) == "camera",
            col(AuditEvent.object_id).in_(list(wanted)),
            col(AuditEvent.action) == "camera:edit",
        )
        .order_by(col(AuditEvent.id))
    )
    found: dict[str, int] = {}
    for row in session.execute(question) if wanted else ():
        if status_told(json.loads(row.detail or "{}")) == wanted[row.object_id]:
            found[row.object_id] = row.at_us
    return found


def status_told(detail: Mapping[str, Any]) -> str | None:
    """Return the status that an edit says, None where it says none."""
    values = detail.get("values")
    found = values.get("status") if isinstance(values, dict) else None
    return found if isinstance(found, str) else None
