"""A disk that is full, and one that refuses to be written: what fits is recorded, the rest says why, nothing sealed is harmed."""

import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.far_ward import FarWard, settle
from tests.support.live_street import Live
from tests.support.live_ward import Ward
from tests.support.nursery import Nursery, nursery
from tests.support.quick_street import quick_street
from tests.support.recorder_process import PRELOAD
from tests.support.small_disk import MEBIBYTE, allow, fill, forbid, free_bytes, give_room, keep_full

CAMERAS = (1, 2, 3)
DISK_BYTES, RESERVE_BYTES = 32 * MEBIBYTE, 2 * MEBIBYTE


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with quick_street(tmp_path_factory.mktemp("loop"), len(CAMERAS)) as found:
        yield found


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Nursery]:
    with nursery(tmp_path / "log", *PRELOAD, disk_bytes=DISK_BYTES) as found:
        yield found


@pytest.fixture
def ward(forks: Nursery, street: Live, sqlite_file: Path) -> FarWard:
    """A ward on a small disk: catalogue, spool and footage are all on it."""
    options = {"reserve_bytes": RESERVE_BYTES, "segment_s": 1}
    return settle(forks, sqlite_file, forks.disk / "data", street.ready["port"], CAMERAS, options)


def stored(ward: FarWard, runs: int) -> bool:
    """Tell whether each camera has at least so many runs, and a sealed segment of the last."""
    return all(len(found) >= runs and found[runs - 1].numbers for found in ward.each(Ward.runs))


def all_say(ward: FarWard, state: str, reason: str | None) -> bool:
    told = [(one.get("state"), one.get("reason")) for one in ward.each(Ward.state)]
    return told == [(state, reason)] * len(CAMERAS)


def reserve(ward: FarWard) -> bool:
    return ward.ask(_has_reserve)


def _has_reserve(ward: Ward) -> bool:
    return (ward.spool / ".reserve").exists()


def prove(ward: FarWard, reason: str) -> None:
    """See that each camera has what was recorded before and after, each frame once, and says why there is a gap."""
    assert ward.ask(Ward.problems) == []
    for runs, gaps, outages in zip(*(ward.each(what) for what in (Ward.runs, Ward.gaps, Ward.outages)), strict=True):
        assert [run.reason for run in runs] == [reason, "stopped"]
        for run in runs:
            assert run.numbers == list(range(run.numbers[0], run.numbers[-1] + 1))
        assert {gap.reason for gap in gaps} == {reason}
        assert {why for _, _, why in outages} == {reason}
    assert ward.each(Ward.waiting) == [[]] * len(CAMERAS)


def test_a_full_disk_is_told_of_and_recording_resumes_when_there_is_room(ward: FarWard, forks: Nursery) -> None:
    life = ward.start()
    life.until(lambda: stored(ward, 1))
    assert reserve(ward)
    forks.call(fill, forks.disk, MEBIBYTE // 4)
    life.until(lambda: all_say(ward, "waiting", "disk_full"))
    assert not reserve(ward)
    life.until(lambda: ward.each(Ward.waiting) == [[]] * len(CAMERAS))
    assert ward.ask(Ward.problems) == [], "all that was open is sealed, in the store and in the index by now"
    assert [run.reason for runs in ward.each(Ward.runs) for run in runs] == ["disk_full"] * len(CAMERAS)
    assert forks.call(free_bytes, forks.disk) > RESERVE_BYTES // 2, "the reserve is not recorded upon"
    forks.call(give_room, forks.disk)
    life.until(lambda: stored(ward, 2))
    assert reserve(ward)
    assert life.stop() == 0
    prove(ward, "disk_full")


def test_what_could_not_be_sealed_for_lack_of_room_is_sealed_when_there_is_some(ward: FarWard, forks: Nursery) -> None:
    """Somebody else takes whatever room there is, the reserve too."""
    life = ward.start()
    life.until(lambda: stored(ward, 1))
    hog = forks.start(keep_full, forks.disk)
    life.until(lambda: not reserve(ward))
    hog.ends_within(2)
    assert ward.ask(Ward.harmed) == []
    left = ward.each(Ward.in_spool)
    assert any(left)
    hog.kill()
    hog.end()
    forks.call(give_room, forks.disk)
    life.until(lambda: stored(ward, 2))
    life.until(lambda: all(lost == set() for lost in missing(ward, left)))
    assert life.stop() == 0
    prove(ward, "disk_full")


def missing(ward: FarWard, numbers: list[set[int]]) -> list[set[int]]:
    """Return which of these frames of each camera are in no run."""
    there = [{number for run in runs for number in run.numbers} for runs in ward.each(Ward.runs)]
    return [wanted - found for wanted, found in zip(numbers, there, strict=True)]


def test_a_disk_that_takes_no_byte_more_ends_runs_and_harms_nothing(ward: FarWard) -> None:
    """The limit of a file's size stands for a disk that fails every write, of footage and of the catalogue alike."""
    life = ward.start()
    life.until(lambda: stored(ward, 1))
    _, most = resource.prlimit(life.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (0, most))
    life.ends_within(2.5)
    assert ward.ask(Ward.harmed) == []
    left = ward.each(Ward.in_spool)
    resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (most, most))
    life.until(lambda: stored(ward, 2))
    life.until(lambda: all(lost == set() for lost in missing(ward, left)))
    assert life.stop() == 0
    prove(ward, "disk_failed")


def test_a_spool_that_may_not_be_written_is_told_of(ward: FarWard, forks: Nursery) -> None:
    """What is open is written to its end; then there can be no other file. That ends runs, and waits for better times."""
    ward = replace(ward, plan=replace(ward.plan, obeys_modes=True))
    life = ward.start()
    life.until(lambda: stored(ward, 1))
    forks.call(forbid, ward.plan.spool / "segments")
    life.until(lambda: [run.reason for runs in ward.each(Ward.runs) for run in runs] == ["disk_failed"] * len(CAMERAS))
    assert {one["reason"] for one in ward.each(Ward.state)} <= {None, "disk_failed"}
    assert ward.ask(Ward.harmed) == []
    forks.call(allow, ward.plan.spool / "segments")
    life.until(lambda: stored(ward, 2))
    assert life.stop() == 0
    prove(ward, "disk_failed")
