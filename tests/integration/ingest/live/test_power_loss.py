"""A power cut while recording: what was synced is there afterwards, nothing broken is indexed, the window is all that is lost.

The recorder dies in the moment before it syncs a segment file, then pages that were not synced are dropped at random, again and
again from the same state. What recovery indexes is compared with what the cameras sent, byte for byte.
"""

import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from foundation.storage import open_store
from sample_clips import live_mark
from sample_clips.live_footage import Coded, coded
from sample_clips.live_sender import place
from tests.support.live_ward import CatalogueIn, Ward, furnish, marks_of, samples_of, whole_fragments
from tests.support.nursery import nursery
from tests.support.power_cut import cut_power
from tests.support.quick_street import LOOP, RATE, quick_street
from tests.support.recorder_process import PRELOAD, DiesAfter, Plan, record, recover

CAMERAS = 2
SYNC_S, SEGMENT_S = 2, 5
SLICES = frozenset({1, 5})
DEATHS = (2, 5, 7, 9, 11, 14, 17, 20)
"""At which sync of its segment files a recorder dies; each of them is one of another sort."""
CUTS = 6
WINDOW = (SYNC_S + 1 + 3) * RATE
"""Frames that may be lost: those since the last sync, which is ordered once a second, and the pieces that a kill takes."""


@dataclass(frozen=True)
class Dead:
    """A ward whose recorder died."""

    plan: Plan
    cameras: tuple[int, ...]


def test_a_power_cut_takes_no_more_than_the_window_and_leaves_nothing_broken(
    catalogue_in: CatalogueIn, tmp_path: Path
) -> None:
    loop = coded(tmp_path / "loop", LOOP)
    with ExitStack() as stack:
        street = stack.enter_context(quick_street(tmp_path / "loop", CAMERAS * len(DEATHS)))
        forks = stack.enter_context(nursery(tmp_path / "log", *PRELOAD))
        wards, lives = [], []
        for number, death in enumerate(DEATHS):
            data = tmp_path / f"ward-{number}"
            data.mkdir()
            cameras = tuple(range(CAMERAS * number + 1, CAMERAS * (number + 1) + 1))
            with catalogue_in(data) as engine:
                furnish(engine, data, street.ready["port"], cameras)
            wards.append(Dead(plan_of(data), cameras))
            lives.append(forks.start(record, wards[-1].plan, DiesAfter("syncing", death)))
        assert [life.end() for life in lives] == [-signal.SIGKILL] * len(DEATHS)
        street.stop()
        sent = {one["camera"]: one["runs"][-1] for one in street.report["cameras"]}
        dice = random.Random(0)
        for dead in wards:
            for number in range(CUTS):
                data = shutil.copytree(dead.plan.data, tmp_path / f"{dead.plan.data.name}-{number}")
                for folder in (data / "recording", data / "footage"):
                    cut_power(folder, data / "copies", dice)
                forks.call(recover, plan_of(data))
                see(plan_of(data), dead.cameras, sent, loop)


def plan_of(data: Path) -> Plan:
    options = {"sync_s": SYNC_S, "segment_s": SEGMENT_S}
    return Plan(f"sqlite:///{data / 'catalogue.sqlite'}", data, options, copies=data / "copies")


def see(plan: Plan, cameras: tuple[int, ...], sent: dict[int, list[int]], loop: Coded) -> None:
    engine = plan.engine()
    ward = Ward(engine, open_store("", plan.data), plan.spool, cameras)
    assert ward.problems() == []
    for camera in cameras:
        runs = ward.runs(camera)
        assert [run.reason for run in runs] == ["killed"] * len(runs)
        numbers = [number for run in runs for number in run.numbers]
        assert len(set(numbers)) == len(numbers)
        first, last = sent[camera]
        assert last - max(numbers, default=first - 1) <= WINDOW
        certain = synced_frames(ward, plan, camera)
        assert certain - set(numbers) == set()
        for key, _ in ward.store.keys(f"segments/{ward.camera_id(camera)}/"):
            as_it_was_sent(camera, ward.store.read(key, 0, ward.store.size(key)), loop)
        assert ward.waiting(camera) == []
    engine.dispose()


def synced_frames(ward: Ward, plan: Plan, camera: int) -> set[int]:
    """Return the frames that were whole in a file when it was last synced."""
    assert plan.copies is not None
    found: set[int] = set()
    for path in plan.copies.glob(f"segments_{ward.camera_id(camera)}_*"):
        found |= set(marks_of(camera, whole_fragments(path.read_bytes())))
    return found


def as_it_was_sent(camera: int, data: bytes, loop: Coded) -> None:
    """See that every sample consists of whole NAL units, and that its slices are those of the frame that its mark names."""
    for sample in samples_of(data):
        mark = live_mark.find(sample)
        assert mark is not None
        units = list(units_of(sample))
        assert [unit for unit in units if unit[0] & 31 in SLICES] == loop.frames[
            place(camera, mark.number, len(loop.frames))
        ]


def units_of(sample: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        assert 0 < size <= len(sample) - at - 4
        yield sample[at + 4 : at + 4 + size]
        at += 4 + size
