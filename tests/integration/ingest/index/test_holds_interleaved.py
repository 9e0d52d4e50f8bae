"""Holds against retention, statement by statement, in thousands of orders: no held byte goes that was not told as gone.

`tests.support.interleaving` lets one side at a time take one step. Orders are drawn with a bias of their own, so that one
side gets far ahead in some and they alternate in others; the same seed gives the same orders. Taking `lock_footage` out
(PostgreSQL) or reading what is held before the transaction that deletes begins (both) makes these tests fail.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, subtract
from ingest.due import CameraRef
from ingest.index.hold_orders import (
    HoldOver,
    OrderRecord,
    Placer,
    Wanted,
    answers_of,
    place_order,
    renew_order,
)
from ingest.index.holds import HoldAnswer
from ingest.index.records import SegmentRecord
from ingest.purge import Purger
from tests.conftest import NOW_US
from tests.support.interleaving import Choose, Played, Stage, Work
from tests.support.kept_footage import DAY, MINUTE, Eye, Ward

OLD = NOW_US - 3 * DAY
SEGMENTS = 3
_TICKS = 6
"""Steps of the clock after which a hold expires that is to be renewed."""


@dataclass
class Trial:
    """One camera with three minutes that are due, a span of them to the half minute, and those who play about it."""

    ward: Ward
    stage: Stage
    chance: random.Random
    eye: Eye
    footage: list[SegmentRecord]
    span: TimeRange = field(init=False)

    def __post_init__(self) -> None:
        first, last = sorted(self.chance.sample(range(2 * SEGMENTS + 1), 2))
        self.span = TimeRange(OLD + first * MINUTE // 2, OLD + last * MINUTE // 2)

    def place(self, until_us: int = NOW_US + DAY) -> tuple[OrderRecord, list[HoldAnswer]]:
        ward = self.ward
        with unit_of_work(ward.engine) as session:
            wanted = Wanted({"cameras": [self.eye.code]}, self.span, None, "")
            return place_order(session, ward.clock, ward.actor, Placer(), wanted, [self.eye.id], until_us)

    def renew(self, order: OrderRecord, until_us: int) -> list[HoldAnswer] | None:
        """Return what is kept for longer, None when it was too late."""
        ward = self.ward
        try:
            with unit_of_work(ward.engine) as session:
                renewed = renew_order(session, ward.clock, ward.actor, order.id, until_us)
                return answers_of(session, renewed, ward.clock.now_us())
        except HoldOver:
            return None

    def purge(self) -> None:
        ward, batch = self.ward, self.chance.choice((1, 2, 500))
        purger = Purger(ward.engine, ward.store, ward.clock, ward.actor, batch=batch, step=self.stage.pause)
        purger.purge(CameraRef(self.eye.id, self.eye.code, (self.eye.stream_id,)), NOW_US - 2 * DAY, "age")

    def retain(self) -> None:
        self.ward.retain(step=self.stage.pause, batch=self.chance.choice((1, 2, 500)))

    def play(self, works: Mapping[str, Work]) -> Played:
        """Play with a weight for each side that lasts for the whole play."""
        weights = {name: self.chance.random() + 0.02 for name in works}
        choose: Choose = lambda names: self.chance.choices(names, [weights[name] for name in names])[0]  # noqa: E731
        return self.stage.play(works, choose)

    def prove(self, answers: list[HoldAnswer]) -> tuple[int, int]:
        """No byte of the span is gone, but what the answer said was gone; return how many segments are there and gone."""
        (answer,) = answers
        starts, kept, gone = self.ward.starts(self.eye), 0, 0
        for segment in self.footage:
            path = self.ward.store.local_path(segment.key)
            there = path is not None and path.exists()
            assert there == (segment.start_us in starts)
            part = TimeRange(segment.start_us, segment.end_us).intersection(answer.span)
            if part is not None:
                assert subtract(part, answer.kept if there else answer.gone) == []
                kept, gone = kept + there, gone + (not there)
        return kept, gone


@dataclass
class Trials:
    """Plays on one catalogue, and what was promised in them."""

    ward: Ward
    stage: Stage
    promised: list[tuple[Trial, list[HoldAnswer]]] = field(default_factory=list)
    ways: set[tuple[object, ...]] = field(default_factory=set)
    kept: int = 0
    gone: int = 0

    def make(self, count: int, seed: int) -> list[Trial]:
        chance = random.Random(seed)
        eyes = [self.ward.camera(days=2) for _ in range(count)]
        return [
            Trial(self.ward, self.stage, chance, eye, self.ward.record(eye, OLD, [MINUTE] * SEGMENTS)) for eye in eyes
        ]

    def note(self, trial: Trial, played: Played, answers: list[HoldAnswer]) -> None:
        self.ways.add((trial.span, *played.schedule))
        self.promised.append((trial, answers))
        there, lost = trial.prove(answers)
        self.kept, self.gone = self.kept + there, self.gone + lost

    def end(self) -> None:
        """Let retention run over all of it once more: what was promised is there still, and nothing is half done."""
        self.ward.retain()
        assert sum(trial.prove(answers)[0] for trial, answers in self.promised) == self.kept
        self.ward.prove()


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    if engine.dialect.name == "sqlite":
        engine.dispose()  # none of these thousands of commits is about what a power cut leaves
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return Ward(engine, store, clock, data_dir, actor)


@pytest.fixture
def trials(ward: Ward) -> Iterator[Trials]:
    with Stage(ward.engine).set_up() as stage:
        yield Trials(ward, stage)


@pytest.mark.parametrize("seed", range(2))
def test_a_hold_wins_or_says_what_is_gone(trials: Trials, seed: int) -> None:
    # A play costs more on PostgreSQL, which has to be asked whether a side waits.
    count = 500 if trials.ward.engine.dialect.name == "sqlite" else 200
    for trial in trials.make(count, seed):
        played = trial.play({"hold": trial.place, "retention": trial.purge})
        trials.note(trial, played, played.outcomes["hold"][1])
    trials.end()
    assert len(trials.ways) > 0.75 * count
    assert min(trials.kept, trials.gone) > count // 2


def test_a_hold_wins_against_all_of_retention(trials: Trials) -> None:
    """From what it sweeps and looks up first to its last event; and another hold of the same camera is placed meanwhile."""
    for trial in trials.make(30, 0):
        works: dict[str, Any] = {"hold": trial.place, "other": trial.place, "retention": trial.retain}
        played = trial.play(works)
        trials.note(trial, played, played.outcomes["hold"][1])
        trials.note(trial, played, played.outcomes["other"][1])
    trials.end()
    assert len(trials.ways) == 30


def test_a_hold_renewed_while_it_expires_keeps_what_it_says_or_is_refused(trials: Trials) -> None:
    """The hour strikes at any step: whoever deletes sees the new end, or whoever renews is told that it is too late."""
    refused, clock = 0, trials.ward.clock

    def tick() -> None:
        for _ in range(2 * _TICKS):
            trials.stage.pause("tick")
            clock.advance(1)

    for trial in trials.make(120, 9):
        clock.at_us = NOW_US
        order, _ = trial.place(until_us=NOW_US + _TICKS)

        def renew(trial: Trial = trial, order: OrderRecord = order) -> list[HoldAnswer] | None:
            return trial.renew(order, NOW_US + DAY)

        played = trial.play({"renew": renew, "retention": trial.purge, "clock": tick})
        answers = played.outcomes["renew"]
        if answers is None:
            refused += 1
        else:
            trials.note(trial, played, answers)
    trials.end()
    assert min(refused, len(trials.promised)) > 15
    assert trials.kept > 15
