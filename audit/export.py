"""A period of the log in a file that proves itself: every event with its salt and the path to the root of a signed checkpoint.

NDJSON begins with a line that names format, period, key and checkpoint; CSV has its checkpoint in a file of its own beside it.
What is needed to check one without us is in docs/ref/audit-export.md.
"""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any, TextIO

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import CONTENT
from audit.note import Checkpoint
from audit.tables import AuditEvent, AuditLeaf, AuditPlace
from audit.tiles import Tiles
from audit.tree import inclusion_proof
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, format_instant

FORMAT = "matpho-audit-1"
COLUMNS = ("number", "at_utc", "at_local", *CONTENT, "erased", "salt", "commitment", "proof")
_BATCH = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
"""A cell that begins so is a formula to a spreadsheet, or is taken for one that was guarded."""


def rows_of(engine: sa.Engine, span: TimeRange, size: int, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Yield what happened in `span`, in the order of the log, as far as it is among the first `size` leaves.

    What has a number stays as it is but for erasing, so a thousand at a time are read, each in a transaction of its own: a long
    one would hold up whoever acts meanwhile.
    """
    due = 0
    while True:
        with unit_of_work(engine, writes=False) as session:
            rows = _batch(session, span, due, size)
            tiles = Tiles(session)
            told = [_told(row, inclusion_proof(tiles, row.number, size), zone) for row in rows]
        yield from told
        if not told:
            return
        due = told[-1]["number"] + 1


def _batch(session: Session, span: TimeRange, due: int, size: int) -> Any:
    names = [getattr(AuditEvent, name) for name in CONTENT if name not in {"at_us", "action"}]
    return session.execute(
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


def _told(row: Any, proof: list[bytes], zone: tzinfo) -> dict[str, Any]:
    times = {"at_utc": format_instant(row.at_us, UTC), "at_local": format_instant(row.at_us, zone)}
    content = {name: getattr(row, name) for name in CONTENT}
    erased = {"erased": row.salt is None, "salt": None if row.salt is None else row.salt.hex()}
    shown = {"commitment": row.commitment.hex(), "proof": [one.hex() for one in proof]}
    return {"number": row.number} | times | content | erased | shown


def write_ndjson(
    engine: sa.Engine, span: TimeRange, note: str, told: Checkpoint, key: str, zone: tzinfo, out: TextIO
) -> int:
    """Write the period as NDJSON in UTF-8; return how many events."""
    head = {"format": FORMAT, "from_us": span.start_us, "to_us": span.end_us, "key": key, "checkpoint": note}
    out.write(json.dumps(head, ensure_ascii=False) + "\n")
    count = 0
    for row in rows_of(engine, span, told.size, zone):
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_csv(engine: sa.Engine, span: TimeRange, told: Checkpoint, zone: tzinfo, out: TextIO) -> int:
    """Write the period as CSV for spreadsheets, proofs as hex words; return how many events.

    It begins with a byte order mark, without which Excel reads Vietnamese as something else, and no cell is a formula.
    """
    out.write("\N{BYTE ORDER MARK}")
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    count = 0
    for row in rows_of(engine, span, told.size, zone):
        cells = row | {"proof": " ".join(row["proof"])}
        table.writerow({name: _guarded(value) for name, value in cells.items()})
        count += 1
    return count


def _guarded(value: Any) -> Any:
    """Return a text that begins like a formula with an apostrophe before it, which a reader of the file takes off again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
