"""One engine, one unit of work, and the column types that SQLite STRICT and PostgreSQL share.

A unit of work is one request or command and one transaction; only `unit_of_work` commits. See
docs/decisions/0003-one-unit-of-work.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, SQLModel

from foundation.errors import N_, MatPhoError, Unavailable

# SQLite STRICT knows INTEGER, REAL, TEXT and BLOB, and refuses BIGINT, VARCHAR, BOOLEAN and DOUBLE.
BigInt: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Real: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
Text = sa.Text()
Blob = sa.LargeBinary()

STRICT: dict[str, Any] = {"sqlite_strict": True}

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_WRITES = "matpho_writes"
_BUSY_MS = 30_000
_MMAP_BYTES = 16 * 2**30  # reading through mmap was the largest single win on 34 million rows, see docs/benchmarks.md


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    message = N_("The database does not answer: {why}")


class DatabaseUnsupported(MatPhoError):
    code = "database_unsupported"
    message = N_("The database kind “{kind}” is not supported")
    mend = N_("Use the default (SQLite) or a postgresql+psycopg:// address")


def create_engine(url: str, *, pool_size: int = 8) -> sa.Engine:
    """Return an engine for `sqlite:///file` or `postgresql+psycopg://…`; nothing is opened yet."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, pool_size=pool_size, max_overflow=pool_size * 4)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    if address.drivername != "postgresql+psycopg":
        raise DatabaseUnsupported(kind=address.drivername)
    # Whoever waited for a lock has to see what was committed meanwhile, whatever the server's default is.
    sizes = {"pool_size": pool_size, "max_overflow": pool_size * 4}
    return sa.create_engine(url, **sizes, pool_pre_ping=True, isolation_level="READ COMMITTED")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own implicit BEGIN comes too late for reads; ours is below
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL may lose the last commits when the power fails, and 13 rows a second can afford it
        "foreign_keys=ON",
        f"mmap_size={_MMAP_BYTES}",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer in WAL mode, it fails at once.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def unit_of_work(engine: sa.Engine, *, writes: bool = True) -> Iterator[Session]:
    """Give a session whose work is committed when the block ends well and undone when it raises.

    A reading unit of work (`writes=False`) is always rolled back. Raises `DatabaseUnavailable` when the server cannot
    be reached or stays locked.
    """
    with named_errors(), engine.connect() as plain:
        connection = plain.execution_options(**{_WRITES: writes})
        with Session(connection, expire_on_commit=False) as session:
            try:
                yield session
                if writes:
                    session.commit()
                else:
                    session.expunge_all()  # rolling back would expire what was read, and pages show it afterwards
            finally:
                session.rollback()


@contextmanager
def named_errors() -> Iterator[None]:
    """Raise `DatabaseUnavailable` for what the driver says when the server cannot be reached."""
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnavailable(why=str(error.orig).splitlines()[0]) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable(why=str(error.orig).splitlines()[0]) from error
        raise
