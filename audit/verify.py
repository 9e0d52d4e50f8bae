"""Proves the log from its rows alone: contents against commitments, commitments against the tree, the tree against signatures.

What was changed after a checkpoint somebody else keeps is found by that checkpoint, whatever else was made to fit.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from cryptography.x509 import Certificate
from sqlmodel import Session, col

from audit.log import CONTENT, ERASE, commitment_to, leaf_of
from audit.note import Checkpoint, NoteUnusable, Verifier, read_checkpoint
from audit.stamps import StampBroken, check
from audit.tables import (
    AuditCheckpoint,
    AuditErasure,
    AuditEvent,
    AuditLeaf,
    AuditPending,
    AuditPlace,
    AuditStamp,
)
from audit.tiles import Tiles
from audit.tree import Growing, leaf_hash, root_of
from foundation.timebase import us_from_datetime

MOST_FINDINGS = 100
_BATCH = 5000


@dataclass
class Proof:
    """What was looked at, and what is wrong; nothing is, if `findings` is empty. `waiting` are not in the tree yet."""

    events: int = 0
    erased: int = 0
    waiting: int = 0
    size: int = 0
    checkpoints: int = 0
    stamps: int = 0
    findings: list[str] = field(default_factory=list)
    more: int = 0

    def find(self, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(text)
        else:
            self.more += 1


def verify(
    session: Session,
    verifiers: Sequence[Verifier],
    against: Checkpoint | None = None,
    roots: Sequence[Certificate] = (),
) -> Proof:
    """Prove the whole log. `verifiers` are who may have signed; `against` is a checkpoint that was kept elsewhere.

    Time stamps are looked at where `roots` of their authorities are given.
    """
    proof = Proof()
    _leaves(session, proof, _contents(session, proof))
    signed = _signed(session, list(verifiers), proof)
    if against is not None:
        signed.append((against, "the checkpoint that was kept elsewhere"))
    _tree(session, sorted(signed, key=lambda one: one[0].size), proof)
    if roots:
        _stamps(session, roots, proof)
    return proof


def _stamps(session: Session, roots: Sequence[Certificate], proof: Proof) -> None:
    rows = session.execute(
        sa.select(AuditStamp, col(AuditCheckpoint.note))
        .outerjoin(AuditCheckpoint, col(AuditCheckpoint.size) == col(AuditStamp.size))
        .order_by(col(AuditStamp.size))
    )
    for row, note in rows:
        proof.stamps += 1
        try:
            told = check(row.stamp, note or "", roots)
        except StampBroken as error:
            proof.find(f"the time stamp on the checkpoint over {row.size} leaves is not good: {error}")
            continue
        if us_from_datetime(told) != row.at_us:
            proof.find(f"the time stamp on the checkpoint over {row.size} leaves says {told.isoformat()}")


def _contents(session: Session, proof: Proof) -> set[str]:
    """Look at every event; return which contents events say were erased."""
    last = 0
    erased: set[str] = set()
    while True:
        question = sa.select(AuditEvent).where(col(AuditEvent.id) > last).order_by(col(AuditEvent.id)).limit(_BATCH)
        rows = session.execute(question).scalars().all()
        if not rows:
            return erased
        kept = [row.commitment for row in rows]
        leaves = session.execute(sa.select(AuditLeaf).where(col(AuditLeaf.commitment).in_(kept))).scalars()
        facts = {leaf.commitment: (leaf.at_us, leaf.action) for leaf in leaves}
        for row in rows:
            proof.events += 1
            if row.action == ERASE:
                erased.update(json.loads(row.detail)["commitments"])
            if commitment_to(row.salt, {name: getattr(row, name) for name in CONTENT}) != row.commitment:
                proof.find(f"event {row.id} is not what it was when it was recorded")
            elif facts.get(row.commitment) != (row.at_us, row.action):
                proof.find(f"event {row.id} was added behind the log's back: it has no leaf, or another")
        last = rows[-1].id or 0
        session.expunge_all()


def _leaves(session: Session, proof: Proof, erased: set[str]) -> None:
    """Find leaves whose content is gone although nobody erased it, and those that will never be in the tree."""
    gone = (
        sa.select(col(AuditLeaf.commitment), col(AuditLeaf.at_us), col(AuditLeaf.action), col(AuditErasure.at_us))
        .outerjoin(AuditEvent, col(AuditEvent.commitment) == col(AuditLeaf.commitment))
        .outerjoin(AuditErasure, col(AuditErasure.commitment) == col(AuditLeaf.commitment))
        .where(col(AuditEvent.id).is_(None))
    )
    for commitment, at_us, action, erased_us in session.execute(gone):
        if erased_us is None or commitment.hex() not in erased:
            proof.find(f"the content of leaf {commitment.hex()[:16]} ({action}, {at_us}) was removed and not erased")
        else:
            proof.erased += 1
    nowhere = (
        sa.select(col(AuditLeaf.commitment), col(AuditPending.commitment))
        .outerjoin(AuditPlace, col(AuditPlace.commitment) == col(AuditLeaf.commitment))
        .outerjoin(AuditPending, col(AuditPending.commitment) == col(AuditLeaf.commitment))
        .where(col(AuditPlace.number).is_(None))
    )
    for commitment, pending in session.execute(nowhere):
        proof.waiting += 1
        if pending is None:
            proof.find(f"leaf {commitment.hex()[:16]} was taken out of those that wait for a number")


def _signed(session: Session, verifiers: list[Verifier], proof: Proof) -> list[tuple[Checkpoint, str]]:
    """Return what checkpoints of ours say, those that somebody known signed."""
    found = []
    for row in session.execute(sa.select(AuditCheckpoint).order_by(col(AuditCheckpoint.size))).scalars():
        proof.checkpoints += 1
        try:
            told = read_checkpoint(row.note, verifiers)
        except NoteUnusable as error:
            proof.find(f"the checkpoint over {row.size} leaves is not good: {error}")
            continue
        if told.size != row.size:
            proof.find(f"the checkpoint over {row.size} leaves says {told.size}")
        found.append((told, f"the checkpoint over {told.size} leaves"))
    return found


def _tree(session: Session, signed: Sequence[tuple[Checkpoint, str]], proof: Proof) -> None:
    """Hash all leaves in their order, and look at every root that was signed on the way."""
    growing, left = Growing(), list(signed)
    for leaf in _in_order(session, proof):
        _compare(growing, left, proof)
        growing.add(leaf)
    _compare(growing, left, proof)
    for told, name in left:
        proof.find(f"{name} is over {told.size} leaves, and there are {growing.size}: the tail of the log is missing")
    proof.size = growing.size
    try:
        same = root_of(Tiles(session), growing.size) == growing.root()
    except KeyError:
        same = False
    if not same:
        proof.find("the stored hashes of the tree are not those of its leaves")


def _compare(growing: Growing, left: list[tuple[Checkpoint, str]], proof: Proof) -> None:
    while left and left[0][0].size == growing.size:
        told, name = left.pop(0)
        if told.root != growing.root():
            proof.find(f"the first {told.size} leaves are not those of {name}: the log was rewritten since")


def _in_order(session: Session, proof: Proof) -> Iterator[bytes]:
    due = 0
    while True:
        rows = session.execute(
            sa.select(col(AuditPlace.number), col(AuditPlace.commitment), col(AuditLeaf.at_us), col(AuditLeaf.action))
            .outerjoin(AuditLeaf, col(AuditLeaf.commitment) == col(AuditPlace.commitment))
            .where(col(AuditPlace.number) >= due)
            .order_by(col(AuditPlace.number))
            .limit(_BATCH)
        ).all()
        for number, commitment, at_us, action in rows:
            if number != due:
                proof.find(f"leaves {due} to {number - 1} are missing")
            if at_us is None:
                proof.find(f"leaf {number} is missing")
            due = number + 1
            yield leaf_hash(b"" if at_us is None else leaf_of(at_us, action, commitment))
        if not rows:
            return
