"""`check` finds what it is for, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles, ObjectStore
from ingest import check as checking
from ingest.check import Level, check
from sample_clips.generator import Recipe, make
from tests.support.house import START_US, House, furnish


@pytest.fixture
def filled(house: House, tmp_path: Path) -> House:
    path = tmp_path / "two.mp4"
    make(path, Recipe("C1", START_US, 70, "h264", "mp4", 512, 96, rate=2, key_every=10))
    house.bring(path)
    return house


def file_of(house: House, number: int = 0) -> Path:
    path = house.store.local_path(house.segments()[number].key)
    assert path is not None
    return path


def messages(house: House, level: Level) -> list[str]:
    return [problem.message for problem in check(house.engine, house.store, level).problems]


def test_what_is_right_has_no_problem(filled: House) -> None:
    counted: list[int] = []
    for level in ("presence", "size", "hash"):
        found = check(filled.engine, filled.store, level, counted.append)
        assert (found.objects, found.problems) == (3, ())
    assert counted == [1, 2, 3] * 3


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "found_by", "message"),
    [
        (Path.unlink, ("presence", "size", "hash"), checking.MISSING),
        (cut, ("size", "hash"), checking.WRONG_SIZE),
        (flip, ("hash",), checking.WRONG_HASH),
    ],
)
def test_harm_to_a_file_is_found_at_its_level(
    harm: Callable[[Path], None], found_by: tuple[Level, ...], message: str, filled: House
) -> None:
    harm(file_of(filled, 1))
    for level in ("presence", "size", "hash"):
        assert messages(filled, level) == ([message] if level in found_by else [])
    (problem,) = check(filled.engine, filled.store, "hash").problems
    assert (problem.camera, problem.what) == ("C1", filled.segments()[1].key)


def test_an_object_that_nothing_refers_to_is_found(filled: House, tmp_path: Path) -> None:
    stray = tmp_path / "stray"
    stray.write_bytes(b"?")
    camera = filled.segments()[0].key.split("/")[1]
    filled.store.put_file(f"segments/{camera}/stray/00001.mp4", stray)
    assert messages(filled, "presence") == [checking.NO_ROW]


def test_rows_that_contradict_each_other_are_found(filled: House) -> None:
    with unit_of_work(filled.engine) as session:
        session.execute(
            sa.text("UPDATE segment SET start_us = start_us - 1 WHERE start_us > :first"), {"first": START_US}
        )
    assert messages(filled, "presence") == [checking.OVERLAP]
    with unit_of_work(filled.engine) as session:
        session.execute(sa.text("UPDATE run SET end_us = end_us + 5"))
    (_, problem) = check(filled.engine, filled.store, "presence").problems
    assert problem.message == checking.RUN_DIFFERS
    assert problem.fields["end_us"] == problem.fields["last_us"] + 5


def test_a_remote_store_is_proved_too(
    sqlite_engine: sa.Engine, any_store: ObjectStore, clock: ManualClock, data_dir: Path, actor: Actor, tmp_path: Path
) -> None:
    house = furnish(sqlite_engine, any_store, clock, data_dir, actor)
    path = tmp_path / "one.mp4"
    make(path, Recipe("C1", START_US, 4, "h264", "mp4", 512, 96, rate=5, key_every=10))
    house.bring(path)
    found = check(house.engine, any_store, "hash")
    assert (found.objects, found.problems) == (2, ())
    key = house.segments()[0].key
    whole = house.bytes_of(key)
    any_store.delete(key)
    assert messages(house, "presence") == [checking.MISSING]
    other = tmp_path / "other"
    other.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    any_store.put_file(key, other)
    assert messages(house, "size") == []
    assert messages(house, "hash") == [checking.WRONG_HASH]


def test_the_files_of_a_running_import_are_no_problem(filled: House, tmp_path: Path) -> None:
    assert isinstance(filled.store, LocalFiles)
    with unit_of_work(filled.engine) as session:
        session.execute(sa.text("UPDATE clip_import SET state = 'running'"))
        session.execute(sa.text("DELETE FROM segment"))
    assert messages(filled, "hash") == []
