"""kill -9 at every step of a deletion, and a store that refuses: the next run finishes what was begun."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from audit.tables import AuditEvent
from foundation.clock import ManualClock
from foundation.identity import Actor
from foundation.storage import LocalFiles, StoreUnavailable
from tests.conftest import NOW_US
from tests.support.kept_footage import DAY, MINUTE, Ward
from tests.support.nursery import Nursery, nursery
from tests.support.retention_process import let_go
from tests.support.step_by_step import killed_after

OLD = NOW_US - 3 * DAY


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(engine, store, clock, data_dir, actor)


@pytest.fixture
def small_ward(sqlite_engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(sqlite_engine, store, clock, data_dir, actor)


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("forks") / "log", "tests.support.retention_process") as found:
        yield found


STEPS = ["rows written", "committed", *["object deleted"] * 2, "garbage cleared"]


def test_the_steps_are_told_in_their_order(small_ward: Ward) -> None:
    small_ward.record(small_ward.camera(days=2), OLD, [MINUTE] * 2)
    told: list[str] = []
    small_ward.retain(step=told.append)
    assert told == STEPS


@pytest.mark.parametrize("last", range(1, len(STEPS) + 1), ids=[f"{n}-{name}" for n, name in enumerate(STEPS, 1)])
def test_kill_9_after_any_step_is_finished_by_the_next_run(forks: Nursery, ward: Ward, last: int) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 2)
    kept = ward.record(eye, NOW_US - DAY, [MINUTE])
    url = ward.engine.url.render_as_string(hide_password=False)
    assert killed_after(forks, ward.data / "told", last, let_go, url, ward.data, NOW_US) == STEPS[:last]
    committed = last > STEPS.index("rows written") + 1
    assert len(ward.starts(eye)) == (1 if committed else 3)
    again = ward.retain()
    swept = 2 if committed and last < len(STEPS) else 0
    assert (again.left_over, again.age.segments) == (swept, 0 if committed else 2)
    assert ward.stored() == {item.key for item in kept}
    question = sa.select(sa.func.count()).where(col(AuditEvent.action) == "retention:delete")
    assert ward.ask(lambda session: session.execute(question).scalar_one()) == 1
    ward.prove()


def test_a_store_that_refuses_is_named_and_tried_again(small_ward: Ward) -> None:
    eye = small_ward.camera(days=2)
    (made,) = small_ward.record(eye, OLD, [MINUTE])
    path = small_ward.store.local_path(made.key)
    assert path is not None
    path.unlink()
    path.mkdir()  # no file, so it cannot be unlinked
    with pytest.raises(StoreUnavailable):
        small_ward.retain()
    with pytest.raises(StoreUnavailable):
        small_ward.retain()
    path.rmdir()
    assert small_ward.retain().left_over == 1
    small_ward.prove()
