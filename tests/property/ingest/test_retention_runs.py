"""After any deletions a run is the union of its segments, and the timeline says what is recorded and what was deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, merge, subtract
from ingest.due import CameraRef
from ingest.index.holds import release_hold
from ingest.index.records import GapReason, SegmentRecord
from ingest.index.tables import Deletion, Hold, OpenSegment, Run, Segment
from ingest.purge import Purger
from tests.conftest import NOW_US
from tests.support.databases import sqlite_catalogue
from tests.support.kept_footage import DAY, Eye, Ward

START = NOW_US - 9 * DAY
UNIT = 10_000_000
RUNS = st.lists(
    st.tuples(st.integers(0, 4), st.lists(st.integers(1, 12), min_size=1, max_size=6)), min_size=1, max_size=4
)
"""For each run how long nothing was recorded before it, and how long its segments are, in units of 10 s."""
PASSES = st.lists(
    st.tuples(st.integers(-2, 60), st.integers(1, 12), st.integers(-9, 160), st.booleans()), min_size=1, max_size=4
)
"""For each pass a hold (begin, length), the age up to which all goes, and whether the hold is released after it."""


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[Ward]:
    """One catalogue with one camera for all examples: they clear it behind them."""
    data = tmp_path_factory.mktemp("runs")
    with sqlite_catalogue(_sqlite_template, data) as engine:
        yield Ward(engine, LocalFiles(data / "footage"), ManualClock(NOW_US), data, Actor("tester", "person"))


class Model:
    """The naive one: every segment is looked at, one by one."""

    def __init__(self) -> None:
        self.left: list[list[SegmentRecord]] = []
        self.gone: list[TimeRange] = []
        self.holds: dict[str, TimeRange] = {}

    def purge(self, cutoff_us: int, spared: SegmentRecord | None) -> None:
        for run in self.left:
            for item in list(run):
                whole = range_of(item)
                held = any(hold.overlaps(whole) for hold in self.holds.values())
                if item.end_us <= cutoff_us and not held and item is not spared:
                    run.remove(item)
                    self.gone.append(whole)

    def runs(self, open_part: TimeRange | None) -> list[TimeRange]:
        """Neighbours of one run are one part of it; parts of different runs are never joined."""
        found: list[TimeRange] = []
        for number, run in enumerate(self.left):
            last = number == len(self.left) - 1 and open_part is not None
            found += merge([*(range_of(item) for item in run), *([open_part] if last and open_part else [])])
        return found


def range_of(item: SegmentRecord) -> TimeRange:
    return TimeRange(item.start_us, item.end_us)


def fill(ward: Ward, eye: Eye, runs: list[tuple[int, list[int]]], open_us: int, *, goes_on: bool) -> Model:
    model, at = Model(), START
    for number, (pause, lengths) in enumerate(runs):
        last = number == len(runs) - 1
        at += pause * UNIT
        us = [length * UNIT for length in lengths]
        reason = None if last and goes_on else "stalled"
        model.left.append(ward.record(eye, at, us, reason=reason, open_us=open_us if last else 0))
        at += sum(us)
    return model


def compare(ward: Ward, eye: Eye, model: Model, open_part: TimeRange | None) -> None:
    kept = [item for run in model.left for item in run]
    assert ward.starts(eye) == [item.start_us for item in kept]
    assert ward.stored() == {item.key for item in kept}
    assert [TimeRange(start, end) for _, start, end, _ in ward.runs(eye)] == model.runs(open_part)
    ward.prove()
    span = TimeRange(START - UNIT, START + 300 * UNIT)
    told = ward.timeline(eye, span)
    assert list(told.recorded) == merge(model.runs(open_part))
    deleted = [gap.range for gap in told.gaps if gap.reason == GapReason.DELETED]
    assert deleted == [part for gone in merge(model.gone) for part in subtract(gone, told.recorded)]


def clear(ward: Ward) -> None:
    with unit_of_work(ward.engine) as session:
        for table in (Segment, OpenSegment, Run, Deletion, Hold):
            session.execute(sa.delete(table))
    for key in ward.stored():
        ward.store.delete(key)


@pytest.fixture(scope="module")
def eye(ward: Ward) -> Eye:
    return ward.camera()


@settings(max_examples=150, deadline=None)
@given(RUNS, st.integers(0, 6), st.booleans(), PASSES, st.integers(1, 5))
def test_runs_are_their_segments_after_any_deletions(
    ward: Ward,
    eye: Eye,
    runs: list[tuple[int, list[int]]],
    open_length: int,
    goes_on: bool,
    passes: list[tuple[int, int, int, bool]],
    batch: int,
) -> None:
    model = fill(ward, eye, runs, open_length * UNIT, goes_on=goes_on)
    last = model.left[-1][-1]
    open_part = TimeRange(last.end_us, last.end_us + open_length * UNIT) if open_length else None
    purger = Purger(ward.engine, ward.store, ward.clock, ward.actor, batch)
    for start, length, cutoff, release in passes:
        hold = ward.hold(eye, START + start * UNIT, START + (start + length) * UNIT)
        model.holds[hold.hold_id] = hold.span
        cutoff_us = START + cutoff * UNIT
        purger.purge(CameraRef(eye.id, eye.code, (eye.stream_id,)), cutoff_us, "age")
        model.purge(cutoff_us, last if goes_on else None)
        compare(ward, eye, model, open_part)
        if release:
            with unit_of_work(ward.engine) as session:
                release_hold(session, ward.clock, ward.actor, hold.hold_id)
            del model.holds[hold.hold_id]
    clear(ward)
