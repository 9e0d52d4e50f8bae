"""A period of the log in a file that proves itself: every event with its salt and the path to the root of a signed checkpoint.

NDJSON begins with a line that names format, period, key and checkpoint; CSV has its checkpoint in a file of its own beside it.
What is needed to check one without us is in docs/ref/audit-export.md.
"""

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import CONTENT
from audit.note import Checkpoint
from audit.tables import AuditEvent, AuditLeaf, AuditPlace
from audit.tiles import Tiles
from audit.tree import inclusion_proof
from foundation.timebase import TimeRange

FORMAT = "matpho-audit-1"
COLUMNS = ("number", *CONTENT, "erased", "salt", "commitment", "proof")
_BATCH = 1000


def rows_of(session: Session, span: TimeRange, size: int) -> Iterator[dict[str, Any]]:
    """Yield what happened in `span`, in the order of the log, as far as it is among the first `size` leaves."""
    tiles, due = Tiles(session), 0
    names = [getattr(AuditEvent, name) for name in CONTENT if name not in {"at_us", "action"}]
    while True:
        rows = session.execute(
            sa.select(
                col(AuditPlace.number),
                col(AuditLeaf.at_us),
                col(AuditLeaf.action),
                col(AuditLeaf.commitment),
                col(AuditEvent.salt),
                *names,
            )
            .join(AuditLeaf, col(AuditLeaf.commitment) == col(AuditPlace.commitment))
            .outerjoin(AuditEvent, col(AuditEvent.commitment) == col(AuditPlace.commitment))
            .where(col(AuditPlace.number) >= due, col(AuditPlace.number) < size)
            .where(col(AuditLeaf.at_us) >= span.start_us, col(AuditLeaf.at_us) < span.end_us)
            .order_by(col(AuditPlace.number))
            .limit(_BATCH)
        ).all()
        for row in rows:
            due = row.number + 1
            told = {name: getattr(row, name) for name in ("number", *CONTENT)}
            told |= {"erased": row.salt is None, "salt": None if row.salt is None else row.salt.hex()}
            told |= {"commitment": row.commitment.hex()}
            yield told | {"proof": [one.hex() for one in inclusion_proof(tiles, row.number, size)]}
        if not rows:
            return


def write_ndjson(session: Session, span: TimeRange, note: str, told: Checkpoint, key: str, out: TextIO) -> int:
    """Write the period as NDJSON; return how many events."""
    head = {"format": FORMAT, "from_us": span.start_us, "to_us": span.end_us, "key": key, "checkpoint": note}
    out.write(json.dumps(head, ensure_ascii=False) + "\n")
    count = 0
    for row in rows_of(session, span, told.size):
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_csv(session: Session, span: TimeRange, told: Checkpoint, out: TextIO) -> int:
    """Write the period as CSV, proofs as hex words; return how many events."""
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    count = 0
    for row in rows_of(session, span, told.size):
        table.writerow(row | {"proof": " ".join(row["proof"])})
        count += 1
    return count
