"""Recovery of files that lie in the spool, whatever the catalogue knows of them."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.storage import LocalFiles, StoreUnavailable
from ingest.live.remains import recover_recordings
from ingest.live.tape import key_of
from sample_clips.live_footage import Coded, coded
from tests.support.live_ward import Ward, furnish
from tests.support.open_segment import MEDIA_US, open_segment
from tests.support.quick_street import LOOP

DAY_US = 86_400_000_000
CAMERA, STREAM = 1, 1


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Coded:
    return coded(tmp_path_factory.mktemp("loop"), LOOP)


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, data_dir: Path) -> Ward:
    furnish(engine, data_dir, 1, (CAMERA,))
    return Ward(engine, store, data_dir / "recording", (CAMERA,))


def left_lying(ward: Ward, loop: Coded, start_us: int) -> Path:
    path = ward.spool / key_of(CAMERA, STREAM, start_us)
    open_segment(path, loop)
    return path


@pytest.mark.parametrize("drift_us", [-4000, 0, 4000])
def test_segments_that_touch_are_one_run_though_wall_and_media_time_drift_apart(
    ward: Ward, loop: Coded, clock: ManualClock, drift_us: int
) -> None:
    """The catalogue was told nothing of them: how long they are on the wall is known from the one that follows."""
    start_us = clock.now_us() - 60_000_000
    starts = [start_us, start_us + MEDIA_US + drift_us, start_us + 2 * (MEDIA_US + drift_us)]
    for one in starts:
        left_lying(ward, loop, one)
    assert recover_recordings(ward.engine, ward.store, ward.spool, clock).saved == 3
    (run,) = ward.runs(CAMERA)
    assert (run.start_us, run.end_us, run.reason) == (start_us, starts[-1] + MEDIA_US, "killed")
    assert ward.problems() == []


def test_segments_that_do_not_touch_are_runs_of_their_own(ward: Ward, loop: Coded, clock: ManualClock) -> None:
    start_us = clock.now_us() - 60_000_000
    for one in (start_us, start_us + MEDIA_US + 100_000):
        left_lying(ward, loop, one)
    assert recover_recordings(ward.engine, ward.store, ward.spool, clock).saved == 2
    assert [gap.reason for gap in ward.gaps(CAMERA)] == ["killed"]
    assert ward.problems() == []


class Away(LocalFiles):
    """A store that does not answer, and counts how often it is asked."""

    asked = 0

    def put_file(self, key: str, path: Path) -> None:
        self.asked += 1
        raise StoreUnavailable(why=key)


def test_a_store_that_does_not_answer_is_asked_once(
    ward: Ward, loop: Coded, clock: ManualClock, tmp_path: Path
) -> None:
    paths = [left_lying(ward, loop, clock.now_us() - number * 10_000_000) for number in (4, 3, 2)]
    away = Away(tmp_path / "away")
    found = recover_recordings(ward.engine, away, ward.spool, clock)
    assert (found.saved, len(found.waiting), away.asked) == (0, 3, 1)
    assert found.waiting_bytes == sum(path.stat().st_size for path in paths)
    assert recover_recordings(ward.engine, ward.store, ward.spool, clock).saved == 3
    assert ward.problems() == []


def test_one_that_the_store_has_otherwise_waits_and_holds_up_no_other(
    ward: Ward, loop: Coded, clock: ManualClock, tmp_path: Path
) -> None:
    first, second = (left_lying(ward, loop, clock.now_us() - number * 10_000_000) for number in (4, 2))
    other = tmp_path / "other"
    other.write_bytes(b"somebody else's")
    key = first.relative_to(ward.spool).as_posix()
    ward.store.put_file(key, other)
    found = recover_recordings(ward.engine, ward.store, ward.spool, clock)
    assert (found.saved, found.waiting) == (1, (key,))
    assert first.exists()
    assert not second.exists()


def test_folders_of_past_days_do_not_pile_up(ward: Ward, loop: Coded, clock: ManualClock) -> None:
    now_us = clock.now_us()
    past, waits, today = (left_lying(ward, loop, at_us) for at_us in (now_us - 9 * DAY_US, now_us - 7 * DAY_US, now_us))
    past.unlink()
    today.unlink()
    recover_recordings(ward.engine, None, ward.spool, clock)
    assert [path.parent.exists() for path in (past, waits, today)] == [False, True, True]
