"""Tells witnesses the newest checkpoint, not more often than they want it, and keeps what came of it.

No transaction waits for a witness: one puts off the next telling, which keeps others from it, and one stores the outcome. Who is
killed in between has told or has not; it is told again after `_LEASE_US`.
"""

import json
import logging

import sqlalchemy as sa
from sqlmodel import Session

from audit.keeping import newest
from audit.tables import AuditCheckpoint, AuditWitness
from audit.witnesses import Witness, WitnessSilent
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.timebase import MICROSECONDS

log = logging.getLogger(__name__)

_LEASE_US = 600 * MICROSECONDS
_RETRY_US = 60 * MICROSECONDS
_MOST_RETRY_US = 3600 * MICROSECONDS


def tell(engine: sa.Engine, clock: Clock, witness: Witness, *, at_once: bool = False) -> str | None:
    """Tell a witness the newest checkpoint if that is due, or `at_once`; return its receipt, None when nothing was due.

    Raises `WitnessSilent` and `WitnessDisagrees`, once that is stored.
    """
    with unit_of_work(engine) as session:
        wanted = _claim(session, clock.now_us(), witness, at_once=at_once)
    if wanted is None:
        return None
    try:
        receipt = witness.tell(wanted.size, wanted.note)
    except MatPhoError as error:
        _failed(engine, clock, witness, error)
        raise
    except Exception as error:
        log.exception("the witness %s could not be told", witness.name)
        found = WitnessSilent(witness=witness.name, why=type(error).__name__)
        _failed(engine, clock, witness, found)
        raise found from error
    with unit_of_work(engine) as session:
        row = session.get_one(AuditWitness, witness.name)
        now_us = clock.now_us()
        row.told_size, row.told_us, row.receipt = wanted.size, now_us, receipt
        row.next_us, row.failures, row.problem = now_us + witness.every_us, 0, None
        session.add(row)
    return receipt


def _claim(session: Session, now_us: int, witness: Witness, *, at_once: bool) -> AuditCheckpoint | None:
    """Return the checkpoint to be told, and put off the next telling so that nobody else tells it meanwhile."""
    statement = sa.text(
        "INSERT INTO audit_witness (name, since_us, next_us, failures) VALUES (:name, :now, 0, 0) ON CONFLICT DO NOTHING"
    )
    session.execute(statement, {"name": witness.name, "now": now_us})
    row = session.get_one(AuditWitness, witness.name, with_for_update=True)
    wanted = newest(session)
    if wanted is None or not (at_once or (row.next_us <= now_us and row.told_size != wanted.size)):
        return None
    row.next_us = now_us + _LEASE_US
    session.add(row)
    return wanted


def _failed(engine: sa.Engine, clock: Clock, witness: Witness, error: MatPhoError) -> None:
    told = {"code": error.code, "message": error.message, "fields": error.fields}
    with unit_of_work(engine) as session:
        row = session.get_one(AuditWitness, witness.name)
        now_us = clock.now_us()
        row.next_us = now_us + min(_RETRY_US << min(row.failures, 10), _MOST_RETRY_US)
        row.failures, row.failed_us = row.failures + 1, now_us
        row.problem = json.dumps(told, ensure_ascii=False)
        session.add(row)
