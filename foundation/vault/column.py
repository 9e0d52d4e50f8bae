"""A column that holds sealed values: what each of them is bound to, and how it is written while keys change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from foundation.vault.vault import Vault

_LOCK = 0x6D617470686F  # "matpho", among the advisory locks of PostgreSQL
_PAGE = 200


@dataclass(frozen=True)
class SealedColumn:
    """`purpose` and the primary key are bound into every value: moved to another row or column, it does not open."""

    table: type[SQLModel]
    column: str
    purpose: str

    @property
    def name(self) -> str:
        return f"{self.table.__tablename__}.{self.column}"

    def seal(self, session: Session, vault: Vault, row: Any, text: str) -> bytes:
        """Return `text` sealed for the row with this primary key, which the same unit of work must store."""
        await_rotation(session, alone=False)
        return vault.seal(text, self.context(row))

    def unseal(self, vault: Vault, row: Any, sealed: bytes) -> str:
        """Raises `SealBroken`."""
        return vault.unseal(sealed, self.context(row))

    def unseal_all(self, vault: Vault, sealed: Mapping[Any, bytes]) -> dict[Any, str | None]:
        """Return the texts by primary key; None for one that does not open. The keeper of keys is asked once."""
        texts = vault.unseal_all([(value, self.context(row)) for row, value in sealed.items()])
        return dict(zip(sealed, texts, strict=True))

    def context(self, row: Any) -> str:
        return f"{self.purpose}:{row}"

    def values(self, session: Session, after: Any = None) -> list[tuple[Any, bytes]]:
        """Return a page of primary keys and values, beyond the primary key `after`; an empty one is the end."""
        key, value = self._columns
        question = sa.select(key, value).where(value.is_not(None)).order_by(key).limit(_PAGE)
        if after is not None:
            question = question.where(key > after)
        return [(row, bytes(sealed)) for row, sealed in session.execute(question)]

    def all_values(self, session: Session) -> Iterator[tuple[Any, bytes]]:
        page = self.values(session)
        while page:
            yield from page
            page = self.values(session, page[-1][0])

    def replace(self, session: Session, row: Any, before: bytes, after: bytes) -> bool:
        """Store another value unless somebody else has meanwhile; return whether it was stored."""
        key, value = self._columns
        change = sa.update(self.table).where(key == row, value == before).values({self.column: after})
        return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]

    @property
    def _columns(self) -> tuple[sa.Column[Any], sa.Column[Any]]:
        table = sa.inspect(self.table).local_table
        (key,) = table.primary_key
        return key, table.c[self.column]


def await_rotation(session: Session, *, alone: bool) -> None:
    """Let those who seal work side by side; with `alone`, wait until each of them has committed or given up.

    Whoever seals holds this to the end of the unit of work. So once `alone` was had after a key was made, nothing will be
    stored that an earlier key sealed. On SQLite whoever writes is alone anyway.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        lock = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
        connection.execute(sa.select(lock(_LOCK)))
