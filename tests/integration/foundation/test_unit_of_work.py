"""One unit of work is one transaction: whole or not at all, on both databases."""

import threading

import pytest
import sqlalchemy as sa
from sqlmodel import select

from camera_registry.tables import Camera, Placement
from foundation.database import DatabaseUnavailable, DatabaseUnsupported, create_engine, unit_of_work
from foundation.jobs.tables import Job


def camera(code: str) -> Camera:
    return Camera(code=code, name=code, folded=code, status="active", registered_us=0)


def codes(engine: sa.Engine) -> list[str]:
    with unit_of_work(engine, writes=False) as session:
        return sorted(session.exec(select(Camera.code)).all())


def test_it_is_stored_when_the_block_ends(engine: sa.Engine) -> None:
    with unit_of_work(engine) as session:
        session.add_all([camera("A"), camera("B")])
        session.flush()
        assert codes(engine) == []  # nobody sees what is not committed
    assert codes(engine) == ["A", "B"]


def test_an_error_undoes_all_of_it(engine: sa.Engine) -> None:
    def half() -> None:
        with unit_of_work(engine) as session:
            session.add(camera("A"))
            session.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        half()
    assert codes(engine) == []


def test_a_reading_unit_of_work_keeps_nothing(engine: sa.Engine) -> None:
    with unit_of_work(engine, writes=False) as session:
        session.add(camera("A"))
        session.flush()
    assert codes(engine) == []


def test_references_and_checks_hold(engine: sa.Engine) -> None:
    def orphan() -> None:
        with unit_of_work(engine) as session:
            session.add(Placement(camera_id=99, lat=1, lon=1, range_m=1, valid_from_us=0))

    def unknown_state() -> None:
        with unit_of_work(engine) as session:
            session.add(Job(id="1", kind="k", payload="{}", state="odd", created_us=0, updated_us=0))

    for refused in (orphan, unknown_state):
        with pytest.raises(sa.exc.IntegrityError):
            refused()


def test_writers_wait_for_each_other_and_lose_nothing(engine: sa.Engine) -> None:
    """Each reads before it writes, which is where a careless writer would fail or overwrite."""
    with unit_of_work(engine) as session:
        session.add(camera("A"))
    gate = threading.Barrier(6)
    failures: list[Exception] = []

    def add_one() -> None:
        gate.wait()
        try:
            for _ in range(5):
                with unit_of_work(engine) as session:
                    row = session.execute(sa.select(Camera).with_for_update()).scalar_one()
                    row.revision += 1
                    session.add(row)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=add_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with unit_of_work(engine, writes=False) as session:
        assert session.exec(select(Camera.revision)).one() == 31


def test_readers_do_not_wait_for_a_writer(engine: sa.Engine) -> None:
    with unit_of_work(engine) as session:
        session.add(camera("A"))
        session.flush()
        done = threading.Event()

        def read() -> None:
            codes(engine)
            done.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert done.wait(20), "the reader waited for the writer"
        reader.join()


def test_sqlite_is_strict_durable_and_in_wal(sqlite_engine: sa.Engine) -> None:
    engine = create_engine(str(sqlite_engine.url))  # the one of the tests does not wait for the disk
    with engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        tables = connection.exec_driver_sql("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").all()
    engine.dispose()
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    ours = {name: strict for name, strict in tables if not name.startswith("sqlite_") and name != "alembic_version"}
    assert len(ours) > 15
    assert all(ours.values())
    with pytest.raises(sa.exc.IntegrityError), sqlite_engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO camera (code, name, folded, status, registered_us, revision) VALUES ('A', 'A', 'a', 'active', 'soon', 1)"
        )


def test_a_database_that_does_not_answer_is_named() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=2")
    with pytest.raises(DatabaseUnavailable), unit_of_work(engine) as session:
        session.execute(sa.text("SELECT 1"))


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(DatabaseUnsupported) as refused:
        create_engine("mysql://root@localhost/x")
    assert refused.value.fields["kind"] == "mysql"


def test_a_lock_that_lasts_is_an_error_of_ours(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        session.add(camera("A"))
        session.flush()
        other = create_engine(sqlite_engine.url.render_as_string(hide_password=False))

        @sa.event.listens_for(other, "connect")
        def impatient(connection: object, _record: object) -> None:
            connection.execute("PRAGMA busy_timeout=50")  # type: ignore[attr-defined]

        with pytest.raises(DatabaseUnavailable), unit_of_work(other) as late:
            late.add(camera("B"))
        other.dispose()
    assert codes(sqlite_engine) == ["A"]
