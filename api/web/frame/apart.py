"""Rows that a page shows after the transaction in which they were read."""

from collections.abc import Sequence
from typing import TypeVar

from sqlmodel import Session, SQLModel

Row = TypeVar("Row", bound=SQLModel)


def apart(session: Session, rows: Sequence[Row]) -> list[Row]:
    """Return the rows as they are now, no longer of the session: what is changed in them afterwards is stored nowhere."""
    for row in rows:
        session.expunge(row)
    return list(rows)
