"""Proves events against their commitments, and what is gone against the acts that erased it."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.findings import Proof
from audit.log import CONTENT, ERASE, commitment_to
from audit.tables import AuditErasure, AuditEvent, AuditLeaf, AuditPending, AuditPlace

_BATCH = 5000
_WAITS = sa.and_(
    col(AuditPending.at_us) == col(AuditLeaf.at_us), col(AuditPending.commitment) == col(AuditLeaf.commitment)
)


def contents(session: Session, proof: Proof) -> dict[str, str]:
    """Look at every event; return which contents acts of erasing name, and the ground they give.

    Only an act that is what it was, with its leaf in the tree or waiting for it, vouches for an erasing.
    """
    last = 0
    erased: dict[str, str] = {}
    while True:
        question = sa.select(AuditEvent).where(col(AuditEvent.id) > last).order_by(col(AuditEvent.id)).limit(_BATCH)
        rows = session.execute(question).scalars().all()
        if not rows:
            return erased
        facts = _facts(session, [row.commitment for row in rows])
        for row in rows:
            proof.events += 1
            fact = facts.get(row.commitment)
            if commitment_to(row.salt, {name: getattr(row, name) for name in CONTENT}) != row.commitment:
                proof.find(f"event {row.id} is not what it was when it was recorded")
            elif fact is None or fact[:2] != (row.at_us, row.action):
                proof.find(f"event {row.id} was added behind the log's back: it has no leaf, or another")
            elif row.action == ERASE and fact.kept:
                try:
                    told = json.loads(row.detail)
                    erased |= dict.fromkeys(told["commitments"], told["why"])
                except (ValueError, KeyError, TypeError):
                    proof.find(f"event {row.id} is an act of erasing that does not say what it erased")
        last = rows[-1].id or 0
        session.expunge_all()


class _Fact(NamedTuple):
    """What a leaf says, and whether it has a number or waits for one."""

    at_us: int
    action: str
    kept: bool


def _facts(session: Session, commitments: Sequence[bytes]) -> dict[bytes, _Fact]:
    question = (
        sa.select(
            col(AuditLeaf.commitment),
            col(AuditLeaf.at_us),
            col(AuditLeaf.action),
            sa.or_(col(AuditPlace.number).is_not(None), col(AuditPending.at_us).is_not(None)).label("kept"),
        )
        .outerjoin(AuditPlace, col(AuditPlace.commitment) == col(AuditLeaf.commitment))
        .outerjoin(AuditPending, _WAITS)
        .where(col(AuditLeaf.commitment).in_(commitments))
    )
    return {row.commitment: _Fact(row.at_us, row.action, bool(row.kept)) for row in session.execute(question)}


def erasures(session: Session, proof: Proof, acts: Mapping[str, str]) -> None:
    """Find rows that allow the database to delete a content, and that no act of erasing has written.

    Whoever may write to the database may write such a row, too. What an act has erased, it has also named.
    """
    rows = session.execute(
        sa.select(col(AuditErasure.commitment), col(AuditErasure.why), col(AuditEvent.id))
        .outerjoin(AuditEvent, col(AuditEvent.commitment) == col(AuditErasure.commitment))
        .order_by(col(AuditErasure.commitment))
    )
    for commitment, why, event in rows:
        name = commitment.hex()
        if name not in acts:
            proof.find(f"the erasure of {name[:16]} is false: no act of erasing in the log names it")
        elif why != acts[name]:
            proof.find(f"the erasure of {name[:16]} is false: its act gives another ground")
        elif event is not None:
            proof.find(f"event {event} was erased by an act in the log, and its content is here")


def leaves(session: Session, proof: Proof, acts: Mapping[str, str]) -> None:
    """Find leaves whose content is gone although nobody erased it, and those that will never be in the tree."""
    gone = (
        sa.select(col(AuditLeaf.commitment), col(AuditLeaf.at_us), col(AuditLeaf.action), col(AuditErasure.at_us))
        .outerjoin(AuditEvent, col(AuditEvent.commitment) == col(AuditLeaf.commitment))
        .outerjoin(AuditErasure, col(AuditErasure.commitment) == col(AuditLeaf.commitment))
        .where(col(AuditEvent.id).is_(None))
    )
    for commitment, at_us, action, erased_us in session.execute(gone):
        name = f"the content of leaf {commitment.hex()[:16]} ({action}, {at_us})"
        if commitment.hex() in acts and erased_us is not None:
            proof.erased += 1
        elif erased_us is None:
            proof.find(f"{name} was removed and not erased")
        else:
            proof.find(f"{name} was removed under a false erasure")
    nowhere = (
        sa.select(col(AuditLeaf.commitment), col(AuditPending.commitment))
        .outerjoin(AuditPlace, col(AuditPlace.commitment) == col(AuditLeaf.commitment))
        .outerjoin(AuditPending, _WAITS)
        .where(col(AuditPlace.number).is_(None))
    )
    for commitment, pending in session.execute(nowhere):
        proof.waiting += 1
        if pending is None:
            proof.find(f"leaf {commitment.hex()[:16]} was taken out of those that wait for a number")
