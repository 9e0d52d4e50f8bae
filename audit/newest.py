"""The newest events first, page by page, for people who look on; those of the last minute too, which have no number yet."""

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import CONTENT
from audit.tables import AuditEvent
from audit.wanted import Wanted

_BATCH = 500
Place = tuple[int, int]
"""Where a page begins: time and row number of the event before it. By time, whose index the period is found by, too."""


@dataclass(frozen=True)
class Event:
    id: int
    at_us: int
    actor: str
    actor_kind: str
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]
    role: str | None
    unit: str | None
    purpose: str | None
    grant_id: str | None
    address: str | None

    @property
    def refused(self) -> bool:
        return self.action.endswith(":refuse")


def newest(
    session: Session, wanted: Wanted, *, before: Place | None = None, limit: int
) -> tuple[list[Event], Place | None]:
    """Return up to `limit` events before `before`, and where the next page begins; None when there is none.

    What was erased is nowhere here: nobody could say what it was.
    """
    found: list[Any] = []
    batch = limit + 1 if wanted.camera is None else _BATCH
    while len(found) <= limit:
        rows = _batch(session, wanted, before, batch)
        found += [row for row in rows if wanted.fits(row)]
        if len(rows) < batch:
            break
        before = (rows[-1].at_us, rows[-1].id)
    page = found[:limit]
    events = [Event(row.id, *(_value(row, name) for name in CONTENT)) for row in page]
    return events, (page[-1].at_us, page[-1].id) if len(found) > limit else None


def _value(row: Any, name: str) -> Any:
    return json.loads(row.detail or "{}") if name == "detail" else getattr(row, name)


def _batch(session: Session, wanted: Wanted, before: Place | None, most: int) -> Any:
    at, row_id = col(AuditEvent.at_us), col(AuditEvent.id)
    question = sa.select(row_id, *(getattr(AuditEvent, name) for name in CONTENT)).where(*wanted.conditions(AuditEvent))
    if before is not None:
        question = question.where(at <= before[0], sa.or_(at < before[0], row_id < before[1]))
    return session.execute(question.order_by(at.desc(), row_id.desc()).limit(most)).all()
