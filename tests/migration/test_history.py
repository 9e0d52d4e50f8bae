"""One history for both databases, and it gives exactly the tables that the models describe."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from foundation.database import create_engine
from migrations.models import METADATA
from migrations.runner import CatalogueNewer, is_current, upgrade


def test_migrated_tables_are_the_models_tables(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    assert is_current(engine)


def test_segments_are_strict_and_without_rowid_on_sqlite(sqlite_engine: sa.Engine) -> None:
    with sqlite_engine.connect() as connection:
        tables = {row.name: row for row in connection.exec_driver_sql("PRAGMA table_list") if row.type == "table"}
    assert tables["segment"].wr == 1
    ours = set(METADATA.tables)
    assert {name for name in ours if tables[name].strict == 1} == ours


def test_two_processes_upgrading_at_once_both_find_it_done(tmp_path: Path) -> None:
    engines = [create_engine(f"sqlite:///{tmp_path / 'catalogue.sqlite'}") for _ in range(4)]
    failures: list[BaseException] = []

    def work(engine: sa.Engine) -> None:
        try:
            upgrade(engine)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert is_current(engines[0])
    for engine in engines:
        engine.dispose()


def test_a_newer_catalogue_is_refused(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CatalogueNewer, match="9999"):
        upgrade(engine)
