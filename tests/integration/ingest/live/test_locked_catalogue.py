"""A catalogue that is locked for longer than anybody waits for it: media goes on, and what is known of it comes afterwards."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.database import create_engine
from foundation.storage import LocalFiles
from ingest.live.recorder import Recorder
from tests.support.live_street import Live
from tests.support.live_ward import Ward, furnish
from tests.support.nursery import nursery
from tests.support.quick_street import RATE, quick_street
from tests.support.recorder_process import PRELOAD, Plan, record

CAMERAS = (1, 2)
BUSY_MS = 500
PATIENCE_S = 60
_LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN; LOCK TABLE run, segment, open_segment, outage, recorder_camera IN EXCLUSIVE MODE",
}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with quick_street(tmp_path_factory.mktemp("loop"), len(CAMERAS)) as found:
        yield found


@pytest.fixture
def plan(engine: sa.Engine, data_dir: Path, street: Live) -> Plan:
    furnish(engine, data_dir, street.ready["port"], CAMERAS)
    return Plan(engine.url.render_as_string(hide_password=False), data_dir, busy_ms=BUSY_MS)


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, plan: Plan) -> Ward:
    return Ward(engine, store, plan.spool, CAMERAS)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Let somebody else write into the catalogue, and not come to an end."""
    engine = create_engine(url)
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(_LOCKS[engine.dialect.name])
        yield
        connection.rollback()
    finally:
        connection.close()
        engine.dispose()


@asynccontextmanager
async def recording(plan: Plan, store: LocalFiles) -> AsyncIterator[Recorder]:
    """Record in this process until the block ends."""
    engine = plan.engine()
    recorder = plan.recorder(engine, store)
    running = asyncio.create_task(recorder.run())
    try:
        yield recorder
        recorder.stop()
        await running
    finally:
        running.cancel()
        engine.dispose()


async def until(so: Callable[[], bool]) -> None:
    pause = asyncio.Event()
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(so):
            with suppress(TimeoutError):
                await asyncio.wait_for(pause.wait(), 0.1)


def test_media_goes_on_and_its_rows_come_afterwards(plan: Plan, ward: Ward, store: LocalFiles) -> None:
    asyncio.run(_locked_for_a_while(plan, ward, store))
    assert ward.problems() == []
    for camera in CAMERAS:
        (run,) = ward.runs(camera)
        assert run.numbers == list(range(run.numbers[0], run.numbers[-1] + 1))
        assert run.reason == "stopped"
        assert ward.gaps(camera) == []
        assert ward.outages(camera) == []
        assert ward.waiting(camera) == []


async def _locked_for_a_while(plan: Plan, ward: Ward, store: LocalFiles) -> None:
    async with recording(plan, store) as recorder:
        await until(lambda: all(ward.runs(camera) for camera in CAMERAS))
        with locked(plan.url):
            await until(lambda: recorder.ledger.failing_since_us is not None)
            before = len(list(store.keys("")))
            await until(lambda: len(list(store.keys(""))) >= before + 2 * len(CAMERAS))
            assert recorder.ledger.failing_since_us is not None
            assert {one.recorder.shown.state for one in recorder.cameras.values()} == {"recording"}
            kept = set(store.keys(""))
        await until(lambda: recorder.ledger.failing_since_us is None)
        await until(lambda: not ward.harmed() and not any("nothing refers" in problem for problem in ward.problems()))
        assert kept <= set(store.keys(""))


def test_what_was_killed_while_the_catalogue_was_locked_is_all_found_again(
    plan: Plan, ward: Ward, tmp_path: Path
) -> None:
    """The next recorder finds it locked as well, records all the same, and sees to the dead when it can."""
    with nursery(tmp_path / "log", *PRELOAD) as forks:
        life = forks.start(record, plan)
        life.until(lambda: all(ward.runs(camera) for camera in CAMERAS))
        with locked(plan.url):
            unknown = set(ward.store.keys(""))
            life.until(lambda: len(set(ward.store.keys("")) - unknown) >= 2 * len(CAMERAS))
            life.kill()
            assert life.end() == -signal.SIGKILL
            whole = {camera: in_files(ward, camera) for camera in CAMERAS}
            life = forks.start(record, plan)
            life.until(lambda: all(len(in_files(ward, camera) - whole[camera]) > 2 * RATE for camera in CAMERAS))
        life.until(lambda: all([run.reason for run in ward.runs(camera)] == ["killed", None] for camera in CAMERAS))
        life.until(lambda: all(whole[camera] <= in_runs(ward, camera) for camera in CAMERAS))
        assert life.stop() == 0
    assert ward.problems() == []
    for camera in CAMERAS:
        dead, alive = ward.runs(camera)
        for run in (dead, alive):
            assert run.numbers == list(range(run.numbers[0], run.numbers[-1] + 1))
        assert [gap.reason for gap in ward.gaps(camera)] == ["killed"]
        assert ward.waiting(camera) == []


def in_runs(ward: Ward, camera: int) -> set[int]:
    return {number for run in ward.runs(camera) for number in run.numbers}


def in_files(ward: Ward, camera: int) -> set[int]:
    """Return the frames of a camera that are whole anywhere, whatever the index knows of it."""
    camera_id = ward.camera_id(camera)
    stored = [number for key, _ in ward.store.keys(f"segments/{camera_id}/") for number in ward.numbers(camera, key)]
    return ward.in_spool(camera) | set(stored)
