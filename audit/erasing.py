"""Erases what events say of people, where the law asks for it; that they happened stays provable."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import ERASE, record
from audit.tables import AuditErasure, AuditEvent
from foundation.clock import Clock
from foundation.errors import N_, NotFound
from foundation.identity import Actor


class EventUnknown(NotFound):
    code = "event_unknown"
    message = N_("There is no event {event}, or its content was erased already, or it tells of an erasing")


def erase(session: Session, clock: Clock, actor: Actor, events: Sequence[int], why: str) -> None:
    """Erase the contents of events for ever, with the salts, without which nothing can be guessed back.

    Their commitments stay in the tree, and the erasing is an event itself, which names them and cannot be erased. Raises
    `EventUnknown` before anything is erased.
    """
    wanted = sorted(set(events))
    question = sa.select(col(AuditEvent.id), col(AuditEvent.commitment)).where(
        col(AuditEvent.id).in_(wanted), col(AuditEvent.action) != ERASE
    )
    found = {row.id: row.commitment for row in session.execute(question)}
    for event in wanted:
        if event not in found:
            raise EventUnknown(event=event)
    now_us = clock.now_us()
    session.add_all(AuditErasure(commitment=one, at_us=now_us, why=why) for one in found.values())
    names = sorted(one.hex() for one in found.values())
    record(session, clock, actor, "audit:erase", "audit", "log", commitments=names, why=why)
    session.flush()  # before anything goes: SQLite gives the number of the newest row again once that is gone
    session.execute(sa.delete(AuditEvent).where(col(AuditEvent.id).in_(wanted)))
