"""A fresh, migrated catalogue for each test, made by copying a template: a file, or CREATE DATABASE … TEMPLATE."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from foundation.database import create_engine
from migrations.runner import upgrade


def sqlite_template(folder: Path) -> Path:
    template = folder / "template.sqlite"
    engine = create_engine(f"sqlite:///{template}")
    upgrade(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return template


@contextmanager
def sqlite_catalogue(template: Path, folder: Path) -> Iterator[sa.Engine]:
    """Yield an engine that does not wait for the disk: a kill loses nothing by that, and no test cuts the power of its own process.

    What is started beside it has engines of its own, which do wait.
    """
    path = folder / "catalogue.sqlite"
    shutil.copyfile(template, path)
    engine = create_engine(f"sqlite:///{path}")
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    try:
        yield engine
    finally:
        engine.dispose()


class PostgresTemplate:
    """The migrated template database of one server."""

    def __init__(self, address: str) -> None:
        self._address = sa.make_url(address)
        self._admin = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._numbers = itertools.count()
        self._run("CREATE DATABASE template_matpho")
        engine = create_engine(self._named("template_matpho"))
        upgrade(engine)
        engine.dispose()

    def _named(self, name: str) -> str:
        return self._address.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def catalogue(self) -> Iterator[sa.Engine]:
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template_matpho")
        engine = create_engine(self._named(name))
        try:
            yield engine
        finally:
            engine.dispose()
            self._run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def older_catalogue(engine: sa.Engine, folder: Path, version: str) -> Iterator[sa.Engine]:
    """Yield an empty catalogue of an older version, of the same kind as `engine`, which it takes the place of on PostgreSQL."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        older = engine
    else:
        older = create_engine(f"sqlite:///{folder / 'older.sqlite'}")
    upgrade(older, version)
    yield older
    older.dispose()
