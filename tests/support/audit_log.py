"""A log to act in, to sign, and to tamper with as somebody who may do everything in its database."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlmodel import Session

from audit.findings import Proof
from audit.keeping import checkpoint, size_of, verifiers
from audit.log import record
from audit.note import Checkpoint, Signer, read_checkpoint
from audit.tables import AuditStamp
from audit.verify import verify
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor

SIGNER = Signer("matpho/test", bytes(range(32)))


class Log:
    def __init__(self, engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
        self.engine, self.clock, self.actor = engine, clock, actor

    def acts(self, count: int) -> None:
        with unit_of_work(self.engine) as session:
            for number in range(count):
                self.clock.advance(1_000)
                record(session, self.clock, self.actor, "camera:edit", "camera", f"C{number}", fields=["name"])

    def checkpoint(self, signer: Signer = SIGNER) -> Checkpoint:
        return read_checkpoint(checkpoint(self.engine, self.clock, signer), [signer.verifier])

    def stamp(self) -> None:
        with unit_of_work(self.engine) as session:
            session.add(AuditStamp(size=size_of(session), authority="http://127.0.0.1/", at_us=1, stamp=b"x"))

    def proof(self, against: Checkpoint | None = None) -> Proof:
        with unit_of_work(self.engine, writes=False) as session:
            return verify(session, verifiers(session), against)

    def tamper(self, *statements: str) -> None:
        """Do what somebody does who may do everything in the database."""
        with unguarded(self.engine) as session:
            for statement in statements:
                session.execute(sa.text(statement))


@contextmanager
def unguarded(engine: sa.Engine) -> Iterator[Session]:
    with unit_of_work(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))  # triggers rest
        else:
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
            for name in session.execute(sa.text(triggers)).scalars().all():
                session.execute(sa.text(f"DROP TRIGGER {name}"))
        yield session
