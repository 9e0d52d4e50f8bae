"""Removing rows that are over. What somebody else has in hand at the moment stays for the next time."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session


def sweep(session: Session, key: Any, over: sa.ColumnElement[bool]) -> None:
    """Delete the rows of the table of `key` for which `over` holds, waiting for nobody: two who wait could wait for each other."""
    free = sa.select(key).where(over).with_for_update(skip_locked=True)
    session.execute(sa.delete(key.class_).where(key.in_(free)))
