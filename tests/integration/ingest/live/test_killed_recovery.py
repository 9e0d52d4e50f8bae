"""kill -9 of recovery itself after each of its steps: it is done again from wherever it was, and comes to the same."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from foundation.storage import open_store
from ingest.check import check
from ingest.index.records import GapReason
from ingest.index.tables import OpenSegment
from ingest.live.remains import Remains
from tests.support.live_street import Live
from tests.support.live_ward import CatalogueIn, Ward, furnish
from tests.support.nursery import Nursery, nursery
from tests.support.quick_street import quick_street
from tests.support.recorder_process import PRELOAD, DiesAfter, Plan, record, recover

CAMERAS = (1, 2)
DEATHS = [("fragment written", 5), ("object taken", 3)]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with quick_street(tmp_path_factory.mktemp("loop"), len(CAMERAS)) as found:
        yield found


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("forks") / "log", *PRELOAD) as found:
        yield found


def plan_of(data: Path) -> Plan:
    return Plan(f"sqlite:///{data / 'catalogue.sqlite'}", data)


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death[0])
def test_recovery_killed_after_any_of_its_steps_is_made_good_by_the_next(
    death: tuple[str, int], street: Live, forks: Nursery, catalogue_in: CatalogueIn, tmp_path: Path
) -> None:
    dead = tmp_path / "dead"
    dead.mkdir()
    with catalogue_in(dead) as engine:
        furnish(engine, dead, street.ready["port"], CAMERAS)
    assert forks.start(record, plan_of(dead), DiesAfter(*death)).end() == -signal.SIGKILL
    whole = frames_of(dead)
    assert all(whole)
    for step in count(1):
        data = shutil.copytree(dead, tmp_path / f"{step}")
        code = forks.start(recover, plan_of(data), DiesAfter("", step)).end()
        forks.call(recover, plan_of(data))
        assert frames_of(data) == whole
        prove(data)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert step > 5
    assert forks.call(recover, plan_of(data)) == Remains()


@contextmanager
def ward_of(data: Path) -> Iterator[Ward]:
    engine = plan_of(data).engine()
    try:
        yield Ward(engine, open_store("", data), plan_of(data).spool, CAMERAS)
    finally:
        engine.dispose()


def frames_of(data: Path) -> list[set[int]]:
    """Return the frames of each camera that are in the index, or whole in the spool."""
    with ward_of(data) as ward:
        indexed = [{number for run in ward.runs(camera) for number in run.numbers} for camera in CAMERAS]
        return [numbers | ward.in_spool(camera) for numbers, camera in zip(indexed, CAMERAS, strict=True)]


def prove(data: Path) -> None:
    """See that all of it is in the index, once, and that every run has the reason for which it ended."""
    with ward_of(data) as ward:
        assert check(ward.engine, ward.store, "hash").problems == ()
        assert ward.count(OpenSegment) == 0
        for camera in CAMERAS:
            assert ward.waiting(camera) == []
            (run,) = ward.runs(camera)
            assert run.numbers == list(range(run.numbers[0], run.numbers[-1] + 1))
            assert run.reason == GapReason.KILLED
