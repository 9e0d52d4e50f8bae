"""How each witness stands: what it was told last, since when it is owed a checkpoint, and why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.tables import AuditCheckpoint, AuditWitness
from audit.witnesses import Witness
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS

_LATE_US = 3600 * MICROSECONDS
"""Beyond its own interval; shorter is a stick that was unplugged or a server that was restarted."""


class State(StrEnum):
    TOLD = "told"  # all that is due
    WAITING = "waiting"  # a checkpoint is due, or will be
    FAILING = "failing"


@dataclass(frozen=True)
class Standing:
    """`owed_us` is for how long the oldest checkpoint that it was not told has been waiting; 0 when it knows all."""

    name: str
    state: State
    owed_us: int = 0
    late: bool = False
    told_size: int | None = None
    told_us: int | None = None
    receipt: str | None = None
    failures: int = 0
    failed_us: int | None = None
    problem: str | None = None

    def why(self, language: Language) -> str:
        """Return why it could not be told last, empty when it could."""
        if self.problem is None:
            return ""
        told = json.loads(self.problem)
        fields = {
            name: translate(language, value) if isinstance(value, str) else value
            for name, value in told["fields"].items()
        }
        return translate(language, told["message"]).format(**fields)


def standings(session: Session, witnesses: Sequence[Witness], now_us: int) -> list[Standing]:
    """Return how each stands, in their order."""
    return [_standing(session, witness, now_us) for witness in witnesses]


def _standing(session: Session, witness: Witness, now_us: int) -> Standing:
    row = session.get(AuditWitness, witness.name)
    told_size = None if row is None else row.told_size
    first = session.execute(
        sa.select(col(AuditCheckpoint.at_us))
        .where(col(AuditCheckpoint.size) > (-1 if told_size is None else told_size))
        .order_by(col(AuditCheckpoint.size))
        .limit(1)
    ).scalar()
    # One that was named after the log had begun is owed nothing from before.
    since_us = now_us if row is None else row.since_us
    owed_us = 0 if first is None else max(0, now_us - max(first, since_us))
    late = owed_us > witness.every_us + _LATE_US
    if row is None:
        return Standing(witness.name, State.WAITING if first is not None else State.TOLD)
    state = State.FAILING if row.failures else State.WAITING if first is not None else State.TOLD
    told = (row.told_size, row.told_us, row.receipt, row.failures, row.failed_us, row.problem)
    return Standing(witness.name, state, owed_us, late, *told)
