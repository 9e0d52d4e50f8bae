"""kill -9 of the recorder at a hundred random instants and after each of its steps: the open pieces are lost, nothing else.

Six wards record a street at once, each with a recorder that is killed and started again, one of them on PostgreSQL. The
street goes on filming and counts its frames, so it is known of each frame whether it was sent, and to which life.
"""

import os
import random
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from foundation.clock import SystemClock
from foundation.storage import open_store
from ingest.index.records import Gap, GapReason
from ingest.index.tables import OpenSegment
from matpho.service import SPOOL
from tests.support.databases import PostgresTemplate
from tests.support.live_ward import CatalogueIn, Recorded, Ward, furnish
from tests.support.nursery import Life, Nursery, nursery
from tests.support.quick_street import RATE, quick_street
from tests.support.recorder_process import PRELOAD, DiesAfter, Plan, command, record

pytestmark = pytest.mark.postgresql

WARDS, CAMERAS = 6, 3
RANDOM_KILLS = 102
STEPS = (
    *("segment begun", "fragment written", "segment synced", "segment written", "segment plain", "segment hashed"),
    *("object offered", "object taken", "segment stored", "rows written", "rows committed"),
    *("remains stored", "remains indexed"),
)
LONGEST_S, PATIENCE_S = 3.0, 20
PATIENCE_FOR_REMAINS_S = 5
"""A recorder sees to what the one before left as it begins; if that was little, the step does not come so often, however long one waits."""
UNWRITTEN = 3 * RATE
"""Frames that a kill may take of a camera: a piece of 1.4 s that is put together, and one that is on its way to the file."""


@dataclass
class Killed:
    """What became of a ward. `whole` are frames that were whole in the spool at some kill, of each camera."""

    ward: Ward
    kills: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    whole: dict[int, set[int]] = field(default_factory=dict)
    runs: dict[int, list[Recorded]] = field(default_factory=dict)


def test_a_recorder_killed_at_any_instant_loses_its_open_pieces_and_nothing_else(
    tmp_path: Path, catalogue_in: CatalogueIn, postgres_template: PostgresTemplate
) -> None:
    wards = []
    with ExitStack() as stack:
        street = stack.enter_context(quick_street(tmp_path / "loop", WARDS * CAMERAS))
        forks = stack.enter_context(nursery(tmp_path / "log", *PRELOAD))
        plans = []
        for number in range(WARDS):
            data = tmp_path / f"ward-{number}"
            data.mkdir()
            catalogue = catalogue_in(data) if number else postgres_template.catalogue()
            engine = stack.enter_context(catalogue)
            cameras = tuple(range(number * CAMERAS + 1, (number + 1) * CAMERAS + 1))
            furnish(engine, data, street.ready["port"], cameras)
            plans.append(Plan(engine.url.render_as_string(hide_password=False), data))
            wards.append(Killed(Ward(engine, open_store("", data), plans[-1].spool, cameras)))
        with ThreadPoolExecutor(WARDS) as pool:
            list(pool.map(lambda number: live_and_die(forks, plans[number], wards[number], number), range(WARDS)))
        street.stop()
        sent = {one["camera"]: [(first, last) for first, last in one["runs"]] for one in street.report["cameras"]}
        kills = sum((found.kills for found in wards), Counter[str]())
        assert kills == Counter({"instant": RANDOM_KILLS} | dict.fromkeys(STEPS, 2))
        for found in wards:
            all_is_whole_and_nothing_is_left_lying(found)
            for camera in found.ward.cameras:
                every_frame_is_there_once(found.runs[camera], found.whole[camera])
                each_life_lost_its_open_pieces_at_most(found.runs[camera], sent[camera])
                timelines_tell_of_every_death(found.runs[camera], found.ward.gaps(camera))


def live_and_die(forks: Nursery, plan: Plan, found: Killed, number: int) -> None:
    dice = random.Random(number)
    deaths = [(name, time) for time in (1, dice.randint(2, 4)) for name in STEPS][number::WARDS]
    deaths += [("", 0)] * (RANDOM_KILLS // WARDS)
    dice.shuffle(deaths)
    for name, time in deaths:
        # Some die while they are still seeing to what the one before left.
        seconds = dice.uniform(0, 0.3) if dice.random() < 0.3 else dice.uniform(0, LONGEST_S)
        life = forks.start(record, plan, DiesAfter(name, time)) if name else forks.start(record, plan)
        patience = PATIENCE_FOR_REMAINS_S if name.startswith("remains") else PATIENCE_S
        if not life.ends_within(patience if name else seconds):
            life.kill()
        assert life.end() == -signal.SIGKILL, forks.said()
        found.kills[name or "instant"] += 1
        look(found)
    born_us = SystemClock().now_us()
    life = forks.start(record, plan)
    life.until(lambda: all(lives(found.ward.runs(camera), born_us) for camera in found.ward.cameras))
    assert life.stop() == 0, forks.said()
    found.runs = {camera: found.ward.runs(camera) for camera in found.ward.cameras}


def lives(runs: list[Recorded], born_us: int) -> bool:
    """Tell whether the last run is one that was begun since then, and goes on."""
    return bool(runs) and runs[-1].reason is None and runs[-1].start_us >= born_us


def look(found: Killed) -> None:
    """See that the dead left nothing in the index that is not so, and what is whole in the spool."""
    found.broken += found.ward.harmed()
    found.ward.open_rows_have_bytes()
    for camera in found.ward.cameras:
        found.whole.setdefault(camera, set()).update(found.ward.in_spool(camera))


def all_is_whole_and_nothing_is_left_lying(found: Killed) -> None:
    assert found.broken == []
    assert found.ward.problems() == []
    assert found.ward.count(OpenSegment) == 0
    assert [found.ward.waiting(camera) for camera in found.ward.cameras] == [[]] * CAMERAS
    assert not list(found.ward.spool.rglob("*.damaged"))


def every_frame_is_there_once(runs: list[Recorded], whole: set[int]) -> None:
    """See that runs have no holes and share no frames, and have what was whole on the disk at some death."""
    for run in runs:
        assert run.numbers == list(range(run.numbers[0], run.numbers[-1] + 1))
    numbers = [number for run in runs for number in run.numbers]
    assert sorted(set(numbers)) == numbers
    assert whole - set(numbers) == set()
    assert len(whole) > RATE


def each_life_lost_its_open_pieces_at_most(runs: list[Recorded], sent: list[tuple[int, int]]) -> None:
    for first, last in sent:
        of_it = [run.numbers for run in runs if first <= run.numbers[0] <= last]
        assert [numbers[0] for numbers in of_it] in ([], [first]), "what is there is one run, from the first frame on"
        reached = of_it[0][-1] if of_it else first - 1
        assert last - reached <= UNWRITTEN


def timelines_tell_of_every_death(runs: list[Recorded], gaps: list[Gap]) -> None:
    assert [run.reason for run in runs] == [GapReason.KILLED] * (len(runs) - 1) + [GapReason.STOPPED]
    assert {gap.reason for gap in gaps} == {GapReason.KILLED}
    apart = [(before.end_us, after.start_us) for before, after in pairwise(runs)]
    assert [(gap.range.start_us, gap.range.end_us) for gap in gaps] == apart


def test_nobody_records_beside_the_workers_that_a_killed_recorder_left(
    tmp_path: Path, catalogue_in: CatalogueIn
) -> None:
    """One of them is held up and does not notice; the next recorder waits until it is gone."""
    data = tmp_path / "data"
    data.mkdir()
    cameras = tuple(range(1, 5))
    with quick_street(tmp_path / "loop", len(cameras)) as street, catalogue_in(data) as engine:
        furnish(engine, data, street.ready["port"], cameras)
        ward = Ward(engine, open_store("", data), data / SPOOL, cameras)
        with nursery(tmp_path / "log", *PRELOAD) as forks:
            first = forks.start(command, data, "--workers", "2")
            first.until(lambda: all(ward.in_spool(camera) for camera in cameras))
            held_up, _ = workers_of(first)
            os.kill(held_up, signal.SIGSTOP)
            first.kill()
            assert first.end() == -signal.SIGKILL
            second = forks.start(command, data, "--workers", "2")
            assert not second.ends_within(2)
            assert workers_of(second) == []
            lying = {camera: set(ward.waiting(camera)) for camera in cameras}
            os.kill(held_up, signal.SIGCONT)
            second.until(lambda: all(set(ward.waiting(camera)) - lying[camera] for camera in cameras))
            assert second.stop() == 0
        assert ward.problems() == []
        for camera in cameras:
            assert [run.reason for run in ward.runs(camera)] == [GapReason.STOPPED] * 2


def workers_of(life: Life) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{life.pid}/task/{life.pid}/children").read_text().split()]
