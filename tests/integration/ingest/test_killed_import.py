"""kill -9 at every step of the seal procedure: nothing is broken, and the import can be repeated."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.check import check
from ingest.recovery import recover
from ingest.staging import Staging
from sample_clips.generator import Recipe, make
from tests.support.house import START_US, House
from tests.support.import_process import abandoned, bring
from tests.support.nursery import Nursery, nursery
from tests.support.step_by_step import killed_after

ONE_SEGMENT = ("segment written", "segment plain", "segment hashed", "segment stored")
STEPS = (
    "row begun",
    "original copied",
    *ONE_SEGMENT,
    *ONE_SEGMENT,
    "original stored",
    "rows written",
    "committed",
    "staging removed",
)


@pytest.fixture(scope="session")
def two_segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("killed") / "two.mp4"
    make(path, Recipe("C1", START_US, 70, "h264", "mp4", 512, 96, rate=2, key_every=10, sound="aac"))
    return path


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("forks") / "log", "tests.support.import_process") as found:
        yield found


def steps_until(forks: Nursery, house: House, file: Path, step: int) -> list[str]:
    """Import in another process up to `step`; return the steps it told."""
    url = house.engine.url.render_as_string(hide_password=False)
    given = (url, house.data, file, START_US, house.clock.now_us())
    return killed_after(forks, house.data / "told", step, bring, *given)


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=[f"{n}-{name}" for n, name in enumerate(STEPS, 1)])
def test_nothing_is_broken_after(forks: Nursery, step: int, house: House, two_segments: Path) -> None:
    assert steps_until(forks, house, two_segments, step) == list(STEPS[:step])
    recovered = recover(house.engine, house.store, house.data)
    committed = step >= STEPS.index("committed") + 1
    assert len(recovered.imports) == (0 if committed else 1)
    assert check(house.engine, house.store, "hash").problems == ()
    if not committed:
        assert house.is_empty()
    again = house.bring(two_segments)
    assert (again.already, again.segments, again.frames) == (committed, 2, 140)
    checked = check(house.engine, house.store, "hash")
    assert (checked.objects, checked.problems) == (3, ())
    assert not list((house.data / "staging").glob("*"))


def test_a_whole_import_tells_exactly_these_steps(forks: Nursery, small_house: House, two_segments: Path) -> None:
    assert tuple(steps_until(forks, small_house, two_segments, 0)) == STEPS


def test_an_import_that_lives_is_left_alone(forks: Nursery, house: House) -> None:
    staging = Staging.create(house.data, "01aaaaaaaaaaaaaaaaaaaaaaaa")
    before = forks.call(abandoned, house.data)
    staging.release()
    assert (before, forks.call(abandoned, house.data)) == ([], ["01aaaaaaaaaaaaaaaaaaaaaaaa"])
