"""A store that is away: footage waits in the spool and can be read there, the spool is bounded, and nothing is lost of it."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from foundation.timebase import format_instant
from tests.support.command_line import matpho_on
from tests.support.far_ward import FarWard, settle
from tests.support.live_street import Live
from tests.support.live_ward import Ward, code_of, marks_of
from tests.support.nursery import Nursery, nursery
from tests.support.quick_street import quick_street
from tests.support.recorder_process import PRELOAD
from tests.support.seaweed import BUCKET
from tests.support.wire import wire_to

CAMERAS = (1, 2, 3)
SPOOL_BYTES = 500_000
"""Some three seconds of the cameras together."""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with quick_street(tmp_path_factory.mktemp("loop"), len(CAMERAS)) as found:
        yield found


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("forks") / "log", *PRELOAD) as found:
        yield found


@pytest.fixture
def ward(forks: Nursery, street: Live, tmp_path: Path, sqlite_file: Path) -> FarWard:
    options = {"spool_bytes": SPOOL_BYTES, "segment_s": 1}
    return settle(forks, sqlite_file, tmp_path / "data", street.ready["port"], CAMERAS, options)


def paused(ward: FarWard) -> bool:
    told = [(one.get("state"), one.get("reason")) for one in ward.each(Ward.state)]
    return told == [("waiting", "store_away")] * len(CAMERAS)


def spooled_bytes(ward: FarWard) -> int:
    return sum(path.stat().st_size for path in (ward.plan.spool / "segments").rglob("*.mp4"))


def test_the_spool_is_bounded_and_what_is_in_it_can_be_read(ward: FarWard) -> None:
    life = ward.start()
    life.until(lambda: all(ward.each(Ward.runs)))
    ward.plan.away.touch()
    life.until(lambda: paused(ward))
    ward.ask(Ward.open_rows_have_bytes)
    assert spooled_bytes(ward) < 3 * SPOOL_BYTES
    kept = ward.each(Ward.in_spool)
    assert all(kept)
    clip_reaches_into_the_spool(ward)
    ward.plan.away.unlink()
    life.until(lambda: resumed(ward))
    assert life.stop() == 0
    prove(ward, kept, ["store_away", "stopped"])


def clip_reaches_into_the_spool(ward: FarWard) -> None:
    """See that a clip of all that there is of a camera is complete, though the store has the less of it."""
    (run,) = ward.ask(Ward.runs, CAMERAS[0])
    span = ("--from", format_instant(run.start_us), "--to", format_instant(run.end_us))
    out = ward.plan.data / "clip.mp4"
    done = matpho_on(ward.plan.data)("clip", "--camera", code_of(CAMERAS[0]), *span, "--out", out, "--json")
    assert done.code == 0, done.err
    assert done.json["receipt"]["complete"]
    numbers = marks_of(CAMERAS[0], out.read_bytes())
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert set(numbers) == set(run.numbers) | ward.ask(Ward.in_spool, CAMERAS[0])


def resumed(ward: FarWard) -> bool:
    """Tell whether each camera has a second run, of which something is stored, and nothing old waits any more."""
    runs = ward.each(Ward.runs)
    return all(len(found) == 2 and found[1].numbers for found in runs)


def prove(ward: FarWard, kept: list[set[int]], reasons: list[str]) -> None:
    assert ward.ask(Ward.problems) == []
    for runs, gaps, outages, wanted in zip(
        *(ward.each(what) for what in (Ward.runs, Ward.gaps, Ward.outages)), kept, strict=True
    ):
        assert [run.reason for run in runs] == reasons
        for run in runs:
            assert run.numbers == list(range(run.numbers[0], run.numbers[-1] + 1))
        assert wanted - {number for run in runs for number in run.numbers} == set()
        assert "store_away" in {gap.reason for gap in gaps} <= {*reasons}
        assert {why for _, _, why in outages} == {"store_away"}
    assert ward.each(Ward.waiting) == [[]] * len(CAMERAS)


def test_the_bound_counts_what_an_earlier_life_left(ward: FarWard) -> None:
    ward.plan.away.touch()
    life = ward.start()
    life.until(lambda: paused(ward))
    life.kill()
    assert life.end() == -signal.SIGKILL
    before, kept = spooled_bytes(ward), ward.each(Ward.in_spool)
    assert before > SPOOL_BYTES
    life = ward.start()
    life.ends_within(2.5)
    assert spooled_bytes(ward) <= before * 1.1  # what was open is sealed now
    ward.plan.away.unlink()
    life.until(lambda: resumed(ward))
    assert life.stop() == 0
    prove(ward, kept, ["store_away", "stopped"])


@pytest.mark.s3
@pytest.mark.usefixtures("_seaweed")
def test_a_store_that_does_not_answer_holds_up_nothing(
    street: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_file: Path
) -> None:
    """What hangs on its way to the store counts as well, and is there once the store answers."""
    with wire_to(urlsplit(os.environ["AWS_ENDPOINT"]).port or 0) as wire:
        monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{wire.port}")
        with nursery(tmp_path / "log", *PRELOAD) as forks:
            options = {"spool_bytes": SPOOL_BYTES, "segment_s": 1}
            port = street.ready["port"]
            ward = settle(forks, sqlite_file, tmp_path / "data", port, CAMERAS, options)
            ward = replace(ward, plan=replace(ward.plan, store_url=f"s3://{BUCKET}/{tmp_path.name}"))
            life = ward.start()
            life.until(lambda: all(found and found[0].numbers for found in ward.each(Ward.runs)))
            wire.hang()
            life.until(lambda: paused(ward))
            kept = ward.each(Ward.in_spool)
            assert all(kept)
            wire.mend()
            life.until(lambda: resumed(ward))
            assert life.stop() == 0
            prove(ward, kept, ["store_away", "stopped"])
