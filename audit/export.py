"""A period of the log in a file that proves itself: every event with its salt and the path to the root of a signed checkpoint.

NDJSON begins with a line that names format, period, key and checkpoint; CSV has its checkpoint in a file of its own beside it.
What is needed to check one without us is in docs/ref/audit-export.md.
"""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, tzinfo
from io import StringIO
from typing import Any, TextIO

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import CONTENT
from audit.note import Checkpoint
from audit.tables import AuditEvent, AuditLeaf, AuditPlace
from audit.tiles import Tiles
from audit.tree import inclusion_proof
from audit.wanted import Wanted
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, format_instant

FORMAT = "matpho-audit-1"
COLUMNS = ("number", "at_utc", "at_local", *CONTENT, "erased", "salt", "commitment", "proof")
_BATCH = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
"""A cell that begins so is a formula to a spreadsheet, or is taken for one that was guarded."""


def rows_of(engine: sa.Engine, wanted: Wanted, size: int, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Yield what is wanted, in the order of the log, as far as it is among the first `size` leaves.

    What has a number stays as it is but for erasing, so a thousand at a time are read, each in a transaction of its own: a long
    one would hold up whoever acts meanwhile.
    """
    due = 0
    while True:
        with unit_of_work(engine, writes=False) as session:
            rows = _batch(session, wanted, due, size)
            tiles = Tiles(session)
            told = [
                _told(row, zone) | {"proof": [one.hex() for one in inclusion_proof(tiles, row.number, size)]}
                for row in rows
                if wanted.fits(row)
            ]
        yield from told
        if len(rows) < _BATCH:
            return
        due = rows[-1].number + 1


def page_of(
    session: Session, wanted: Wanted, size: int, zone: tzinfo, *, after: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return up to `limit` of what is wanted behind number `after`, without proofs; and behind what the next page begins."""
    found: list[Any] = []
    due = 0 if after is None else after + 1
    while len(found) <= limit:
        rows = _batch(session, wanted, due, size)
        found += [row for row in rows if wanted.fits(row)]
        if len(rows) < _BATCH:
            break
        due = rows[-1].number + 1
    page = [_told(row, zone) for row in found[:limit]]
    return page, page[-1]["number"] if len(found) > limit else None


def _batch(session: Session, wanted: Wanted, due: int, size: int) -> Any:
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
        .where(col(AuditPlace.number) >= due, col(AuditPlace.number) < size, *wanted.conditions())
        .order_by(col(AuditPlace.number))
        .limit(_BATCH)
    ).all()


def _told(row: Any, zone: tzinfo) -> dict[str, Any]:
    times = {"at_utc": format_instant(row.at_us, UTC), "at_local": format_instant(row.at_us, zone)}
    content = {name: getattr(row, name) for name in CONTENT}
    erased = {"erased": row.salt is None, "salt": None if row.salt is None else row.salt.hex()}
    return {"number": row.number} | times | content | erased | {"commitment": row.commitment.hex()}


def ndjson_lines(
    engine: sa.Engine, wanted: Wanted, note: str, told: Checkpoint, key: str, zone: tzinfo
) -> Iterator[str]:
    """Yield the lines of NDJSON: the head, then one for each event."""
    only = {"only": wanted.told()} if wanted.told() else {}
    bounds = {"from_us": wanted.span.start_us, "to_us": wanted.span.end_us}
    yield json.dumps({"format": FORMAT, **bounds, **only, "key": key, "checkpoint": note}, ensure_ascii=False) + "\n"
    for row in rows_of(engine, wanted, told.size, zone):
        yield json.dumps(row, ensure_ascii=False) + "\n"


def csv_lines(engine: sa.Engine, wanted: Wanted, told: Checkpoint, zone: tzinfo) -> Iterator[str]:
    """Yield CSV for spreadsheets, proofs as hex words: the names of the columns, then each event.

    It begins with a byte order mark, without which Excel reads Vietnamese as something else, and no cell is a formula.
    """
    out = StringIO(newline="")
    out.write("\N{BYTE ORDER MARK}")
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    yield _taken(out)
    for row in rows_of(engine, wanted, told.size, zone):
        cells = row | {"proof": " ".join(row["proof"])}
        table.writerow({name: _guarded(value) for name, value in cells.items()})
        yield _taken(out)


def _taken(out: StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def write_ndjson(
    engine: sa.Engine, span: TimeRange, note: str, told: Checkpoint, key: str, zone: tzinfo, out: TextIO
) -> int:
    """Write the period as NDJSON in UTF-8; return how many events."""
    return _written(ndjson_lines(engine, Wanted(span), note, told, key, zone), out)


def write_csv(engine: sa.Engine, span: TimeRange, told: Checkpoint, zone: tzinfo, out: TextIO) -> int:
    """Write the period as CSV; return how many events."""
    return _written(csv_lines(engine, Wanted(span), told, zone), out)


def _written(lines: Iterator[str], out: TextIO) -> int:
    count = -1  # the head is no event
    for line in lines:
        out.write(line)
        count += 1
    return count


def _guarded(value: Any) -> Any:
    """Return a text that begins like a formula with an apostrophe before it, which a reader of the file takes off again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
