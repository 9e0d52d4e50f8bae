"""Leaves get their numbers, and checkpoints are signed.

Acts commit in any order, on PostgreSQL also side by side, so a leaf is numbered only once its act is committed: by whoever makes
the next checkpoint, one at a time. Until then an event is in no tree; docs/design/audit-record.md says for how long.
"""

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import leaf_of
from audit.note import Checkpoint, Signer, Verifier
from audit.tables import AuditCheckpoint, AuditKey, AuditLeaf, AuditPending, AuditPlace
from audit.tiles import Tiles
from audit.tree import consistency_proof, inclusion_proof, leaf_hash, root_of
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.errors import N_, NotFound


class LeafUnknown(NotFound):
    code = "leaf_unknown"
    message = N_("There is no leaf {number} in a log of {size}")
    mend = N_("Ask for what the newest checkpoint covers; events of the last minute have no number yet")


_LOCK = 0x6175_6469_74  # "audit": the advisory lock under which PostgreSQL numbers leaves
STEP = 10_000
"""Leaves that a transaction numbers at most: what bounds memory, and how long others wait for SQLite's one writer."""


def size_of(session: Session) -> int:
    """Return how many leaves have a number."""
    last: int | None = session.execute(sa.select(sa.func.max(col(AuditPlace.number)))).scalar()
    return 0 if last is None else last + 1


def checkpoint(engine: sa.Engine, clock: Clock, signer: Signer, *, step: int = STEP) -> str:
    """Number all that waits, and return the signed checkpoint over it; `step` leaves at most in a transaction.

    Every step ends with a checkpoint of its own, so whoever is killed between two leaves a log that is signed to its end and
    leaves that wait, as they did before. Nothing new gives the checkpoint that there is.
    """
    while True:
        with unit_of_work(engine) as session:
            note, placed = _checkpoint(session, clock, signer, step)
        if placed < step:
            return note


def _checkpoint(session: Session, clock: Clock, signer: Signer, most: int) -> tuple[str, int]:
    """Number up to `most` leaves; return the checkpoint over all that have a number, and how many are new."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    tiles, before = Tiles(session), size_of(session)
    placed = _place(session, tiles, before, most)
    size = before + placed
    there = session.get(AuditCheckpoint, size)
    if there is not None:
        return there.note, placed
    name = signer.verifier.name
    note = signer.sign(Checkpoint(name, size, root_of(tiles, size)))
    if session.get(AuditKey, signer.verifier.text) is None:
        session.add(AuditKey(verifier=signer.verifier.text, since_us=clock.now_us()))
    session.add(AuditCheckpoint(size=size, at_us=clock.now_us(), note=note))
    session.flush()
    return note, placed


def _place(session: Session, tiles: Tiles, begin: int, most: int) -> int:
    """Give the next numbers to leaves that wait, the oldest first; return how many."""
    waiting = session.execute(
        sa.select(
            col(AuditPending.at_us).label("waits_us"),
            col(AuditLeaf.commitment),
            col(AuditLeaf.at_us),
            col(AuditLeaf.action),
        )
        .join(AuditLeaf, col(AuditPending.commitment) == col(AuditLeaf.commitment))
        .order_by(col(AuditPending.at_us), col(AuditPending.commitment))
        .limit(most)
    ).all()
    if not waiting:
        return 0
    places = [{"number": begin + at, "commitment": row.commitment} for at, row in enumerate(waiting)]
    connection = session.connection()
    connection.execute(sa.insert(AuditPlace), places)
    # These and no others: an older one that was committed meanwhile would be lost by "up to the newest of them".
    mine = (
        col(AuditPending.at_us) == sa.bindparam("waits_us"),
        col(AuditPending.commitment) == sa.bindparam("placed"),
    )
    done = [{"waits_us": row.waits_us, "placed": row.commitment} for row in waiting]
    connection.execute(sa.delete(AuditPending).where(*mine), done)
    tiles.add(begin, [leaf_hash(leaf_of(row.at_us, row.action, row.commitment)) for row in waiting])
    session.flush()
    return len(waiting)


def leaf_at(session: Session, number: int) -> AuditLeaf:
    """Return the leaf that has this number. Raises `LeafUnknown`."""
    question = (
        sa.select(AuditLeaf)
        .join(AuditPlace, col(AuditPlace.commitment) == col(AuditLeaf.commitment))
        .where(col(AuditPlace.number) == number)
    )
    found: AuditLeaf | None = session.execute(question).scalar()
    if found is None:
        raise LeafUnknown(number=number, size=size_of(session))
    return found


def verifiers(session: Session) -> list[Verifier]:
    """Return who has signed checkpoints, the first key first."""
    rows = session.execute(sa.select(AuditKey).order_by(col(AuditKey.since_us))).scalars()
    return [Verifier.parse(row.verifier) for row in rows]


def newest(session: Session) -> AuditCheckpoint | None:
    """Return the newest checkpoint."""
    return session.execute(sa.select(AuditCheckpoint).order_by(col(AuditCheckpoint.size).desc()).limit(1)).scalar()


def latest(session: Session) -> str | None:
    """Return the text of the newest checkpoint."""
    found = newest(session)
    return None if found is None else found.note


def checkpoint_of(session: Session, size: int) -> str | None:
    """Return the text of the checkpoint over exactly `size` leaves, where there is one."""
    found = session.get(AuditCheckpoint, size)
    return None if found is None else found.note


def oldest_uncovered_us(session: Session) -> int | None:
    """Return when the oldest event happened that no checkpoint covers; None when all are covered."""
    return session.execute(sa.select(sa.func.min(col(AuditPending.at_us)))).scalar()


def prove_inclusion(session: Session, number: int, size: int) -> list[bytes]:
    """Return what shows that leaf `number` is among the first `size` of the log. Raises `LeafUnknown`."""
    _there(session, size)
    if not 0 <= number < size:
        raise LeafUnknown(number=number, size=size)
    return inclusion_proof(Tiles(session), number, size)


def prove_consistency(session: Session, before: int, size: int) -> list[bytes]:
    """Return what shows that the log of `size` goes on from that of `before`. Raises `LeafUnknown`."""
    _there(session, size)
    if not 0 <= before <= size:
        raise LeafUnknown(number=before, size=size)
    return consistency_proof(Tiles(session), before, size)


def _there(session: Session, size: int) -> None:
    now = size_of(session)
    if size > now:
        raise LeafUnknown(number=size - 1, size=now)
