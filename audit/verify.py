"""Proves the log from its rows alone: contents against commitments, commitments against the tree, the tree against signatures.

What was changed after a checkpoint somebody else keeps is found by that checkpoint, whatever else was made to fit.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from cryptography.x509 import Certificate
from sqlmodel import Session, col

from audit.findings import Proof
from audit.log import leaf_of
from audit.note import Checkpoint, NoteUnusable, Verifier, read_checkpoint
from audit.stamps import StampBroken, check
from audit.tables import AuditCheckpoint, AuditLeaf, AuditPlace, AuditStamp
from audit.tiles import Tiles
from audit.tree import Growing, leaf_hash, root_of
from audit.verify_events import contents, erasures, leaves
from foundation.timebase import us_from_datetime

_BATCH = 5000


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
    acts = contents(session, proof)
    erasures(session, proof, acts)
    leaves(session, proof, acts)
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
