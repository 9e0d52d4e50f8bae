"""Holds and leases: what they answer, and that no order of holding and deleting loses a byte that was held."""

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from audit.tables import AuditEvent
from camera_registry.cameras import CameraUnknown
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, subtract
from ingest.due import CameraRef
from ingest.index.holds import (
    HoldAnswer,
    HoldExpired,
    HoldUnknown,
    end_lease,
    held,
    lease,
    leased,
    place_hold,
    release_hold,
)
from ingest.index.records import SegmentRecord
from ingest.index.tables import Hold, ReadingLease
from ingest.purge import Purger
from tests.conftest import NOW_US
from tests.support.kept_footage import DAY, MINUTE, Eye, Ward

OLD = NOW_US - 3 * DAY


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(engine, store, clock, data_dir, actor)


def span(start: int, end: int) -> TimeRange:
    return TimeRange(OLD + start * MINUTE, OLD + end * MINUTE)


def test_a_hold_tells_what_is_kept_gone_missing_and_to_come(ward: Ward) -> None:
    eye, other = ward.camera(days=2), ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 4)
    ward.hold(eye, OLD + 2 * MINUTE, OLD + 3 * MINUTE)
    ward.retain()
    ward.record(eye, OLD + 10 * MINUTE, [MINUTE] * 2)
    with unit_of_work(ward.engine) as session:
        asked = TimeRange(OLD + MINUTE, NOW_US + DAY)
        mine, its = place_hold(session, ward.clock, ward.actor, [other.id, eye.id, eye.id], asked, why="case 7")
    assert (mine.camera, mine.camera_id, mine.span) == (eye.code, eye.id, asked)
    assert mine.kept == (span(2, 3), span(10, 12))
    assert mine.gone == (span(1, 2), span(3, 4))
    assert mine.not_recorded == (span(4, 10), TimeRange(OLD + 12 * MINUTE, NOW_US))
    assert mine.future == TimeRange(NOW_US, NOW_US + DAY)
    assert (its.kept, its.gone, its.not_recorded) == ((), (), (TimeRange(OLD + MINUTE, NOW_US),))
    past = ward.hold(eye, OLD, OLD + MINUTE)
    assert (past.kept, past.gone, past.not_recorded, past.future) == ((), (span(0, 1),), (), None)


def test_what_was_brought_again_is_kept_though_it_was_gone(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 2)
    ward.retain()
    ward.record(eye, OLD, [MINUTE])
    answer = ward.hold(eye, OLD, OLD + 2 * MINUTE)
    assert (answer.kept, answer.gone, answer.not_recorded) == ((span(0, 1),), (span(0, 2),), ())


def test_footage_that_comes_after_its_hold_is_held(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.hold(eye, NOW_US + MINUTE, NOW_US + 2 * MINUTE)
    ward.clock.advance(10 * DAY)
    ward.record(eye, NOW_US, [MINUTE] * 3)
    assert ward.retain().age.segments == 2
    assert ward.starts(eye) == [NOW_US + MINUTE]


def test_acts_leave_events_without_the_words_of_who_asked(ward: Ward) -> None:
    eye = ward.camera()
    answer = ward.hold(eye, OLD, OLD + 1, until_us=NOW_US + 5)
    with unit_of_work(ward.engine) as session:
        place_hold(session, ward.clock, ward.actor, [eye.id], TimeRange(1, 2), why="ask Mr. Bí Mật")
        assert release_hold(session, ward.clock, ward.actor, answer.hold_id)
    with unit_of_work(ward.engine) as session:
        assert not release_hold(session, ward.clock, ward.actor, answer.hold_id)
        events = session.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars().all()
        assert [(event.action, event.object_kind) for event in events] == [
            ("hold:place", "hold"),
            ("hold:place", "hold"),
            ("hold:release", "hold"),
        ]
        assert events[0].object_id == events[2].object_id == answer.hold_id
        assert events[0].detail == (
            f'{{"camera":"{eye.code}","from_us":{OLD},"to_us":{OLD + 1},"until_us":{NOW_US + 5}}}'
        )
        assert not any("Bí Mật" in event.detail for event in events)
        stored = session.execute(sa.select(Hold).order_by(col(Hold.created_us), col(Hold.start_us))).scalars().all()
        assert [(row.why, row.created_by, row.released_us) for row in stored] == [
            ("ask Mr. Bí Mật", ward.actor.name, None),
            ("", ward.actor.name, NOW_US),
        ]


def test_a_hold_is_refused_whole(ward: Ward) -> None:
    eye = ward.camera()
    with pytest.raises(CameraUnknown), unit_of_work(ward.engine) as session:
        place_hold(session, ward.clock, ward.actor, [eye.id, 999], TimeRange(1, 2))
    with pytest.raises(HoldExpired), unit_of_work(ward.engine) as session:
        place_hold(session, ward.clock, ward.actor, [eye.id], TimeRange(1, 2), until_us=NOW_US)
    with pytest.raises(HoldUnknown), unit_of_work(ward.engine) as session:
        release_hold(session, ward.clock, ward.actor, "no such hold")
    assert ward.ask(lambda session: session.execute(sa.select(sa.func.count(col(Hold.id)))).scalar_one()) == 0


def test_what_is_held_is_told_by_camera(ward: Ward) -> None:
    eye, other = ward.camera(), ward.camera()
    for start, end in ((0, 10), (10, 20), (15, 18), (40, 50)):
        ward.hold(eye, start, end)
    expiring = ward.hold(eye, 30, 31, until_us=NOW_US + 1)
    with unit_of_work(ward.engine, writes=False) as session:
        everything = TimeRange(0, 100)
        assert held(session, [eye.id, other.id], everything, NOW_US) == {
            eye.id: [TimeRange(0, 20), TimeRange(30, 31), TimeRange(40, 50)],
            other.id: [],
        }
        assert held(session, [eye.id], everything, NOW_US + 1)[eye.id] == [TimeRange(0, 20), TimeRange(40, 50)]
        assert held(session, [eye.id], TimeRange(20, 40), NOW_US)[eye.id] == [expiring.span]


def test_a_lease_is_prolonged_and_ends(ward: Ward) -> None:
    eye = ward.camera()
    for until in (NOW_US + 10, NOW_US + 30, NOW_US + 20):
        with unit_of_work(ward.engine) as session:
            lease(session, "clip", eye.id, TimeRange(5, 9), until)
    with unit_of_work(ward.engine, writes=False) as session:
        assert leased(session, [eye.id], TimeRange(0, 6), NOW_US + 29) == {eye.id: [TimeRange(5, 9)]}
        assert leased(session, [eye.id], TimeRange(0, 6), NOW_US + 30) == {eye.id: []}
        assert leased(session, [eye.id], TimeRange(0, 5), NOW_US) == {eye.id: []}
    for _ in range(2):
        with unit_of_work(ward.engine) as session:
            end_lease(session, "clip")
    assert ward.ask(lambda s: s.execute(sa.select(sa.func.count(col(ReadingLease.holder)))).scalar_one()) == 0


@dataclass
class Watched:
    """Cameras full of old footage, and every hold that was placed while it went."""

    ward: Ward
    footage: dict[int, list[SegmentRecord]] = field(default_factory=dict)
    eyes: list[Eye] = field(default_factory=list)
    answers: list[HoldAnswer] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fill(self, cameras: int, segments: int) -> None:
        for _ in range(cameras):
            eye = self.ward.camera(days=2)
            self.eyes.append(eye)
            self.footage[eye.id] = self.ward.record(eye, OLD, [MINUTE] * segments)

    def hold_somewhere(self, chance: random.Random) -> None:
        eye = chance.choice(self.eyes)
        start = chance.randrange(len(self.footage[eye.id]) * 4 + 2) * MINUTE // 4 - MINUTE // 4
        answer = self.ward.hold(eye, OLD + start, OLD + start + chance.choice((1, MINUTE // 2, 3 * MINUTE)))
        with self.lock:
            self.answers.append(answer)

    def prove(self) -> tuple[int, int]:
        """No held byte is gone, but what the hold said was gone; return how many were kept and told gone."""
        stored, kept, told_gone = self.ward.stored(), 0, 0
        for answer in self.answers:
            for segment in self.footage[answer.camera_id]:
                part = TimeRange(segment.start_us, segment.end_us).intersection(answer.span)
                if part is None:
                    continue
                if segment.key in stored:
                    kept += 1
                    assert subtract(part, answer.kept) == []
                else:
                    told_gone += 1
                    assert subtract(part, answer.gone) == []
        self.ward.prove()
        return kept, told_gone


ORDERS = [None, "committed", "object deleted", "object deleted", "garbage cleared"]
ORDERS = [*ORDERS, "committed", "object deleted", "garbage cleared"]
"""When a hold can come to a camera whose three segments go in batches of two: before all, and after each of these."""


def test_every_hold_at_every_step_wins_or_says_what_is_gone(ward: Ward) -> None:
    """All spans to the half segment, at all steps: 168 ways, each on a camera of its own."""
    watched = Watched(ward)
    spans = list(itertools.combinations(range(7), 2))
    watched.fill(cameras=len(spans) * len(ORDERS), segments=3)
    for eye, (when, (start, end)) in zip(watched.eyes, itertools.product(range(len(ORDERS)), spans), strict=True):
        told: list[str | None] = []

        def step(
            name: str | None, eye: Eye = eye, when: int = when, start: int = start, end: int = end, told: Any = told
        ) -> None:
            if name != "rows written":
                told.append(name)
                if len(told) == when + 1:
                    half = MINUTE // 2
                    watched.answers.append(ward.hold(eye, OLD + start * half, OLD + end * half))

        step(None)
        purger = Purger(ward.engine, ward.store, ward.clock, ward.actor, batch=2, step=step)
        purger.purge(CameraRef(eye.id, eye.code, (eye.stream_id,)), NOW_US - 2 * DAY, "age")
        assert told[: when + 1] == ORDERS[: when + 1]
    assert watched.prove() == (81, 215)


@pytest.mark.parametrize("seed", range(2))
def test_holds_between_the_steps_of_a_whole_run_win_or_say_what_is_gone(ward: Ward, seed: int) -> None:
    chance, watched, holds = random.Random(seed), Watched(ward), 0
    watched.fill(cameras=12, segments=24)

    def step(name: str) -> None:
        nonlocal holds
        if name != "rows written" and chance.random() < 0.25:  # there a single thread would wait for itself
            watched.hold_somewhere(chance)
            holds += 1

    ward.retain(step=step, batch=3)
    kept, told_gone = watched.prove()
    assert min(holds, kept, told_gone) > 20
    ward.retain()
    assert watched.prove()[0] == kept


@contextmanager
def thread(work: threading.Thread) -> Iterator[None]:
    work.start()
    yield
    work.join(60)
    assert not work.is_alive()


def amid(ward: Ward, act: Callable[[], None]) -> None:
    """Purge, and begin `act` where the rows are deleted but not yet for good: it must wait for that."""
    others: list[threading.Thread] = []

    def step(name: str) -> None:
        if name == "rows written" and not others:
            others.append(threading.Thread(target=act))
            others[0].start()
            others[0].join(0.5)
            assert others[0].is_alive()  # and would be however long one waits

    ward.retain(step=step, batch=2)
    others[0].join(60)
    assert not others[0].is_alive()


def test_a_hold_that_comes_amid_a_purge_waits_and_says_what_is_gone(ward: Ward) -> None:
    watched = Watched(ward)
    watched.fill(cameras=1, segments=4)
    amid(ward, lambda: watched.answers.append(ward.hold(watched.eyes[0], OLD, OLD + 4 * MINUTE)))
    (answer,) = watched.answers
    assert answer.gone[0].start_us == OLD
    assert answer.gone[0].end_us in {OLD + 2 * MINUTE, OLD + 4 * MINUTE}
    watched.prove()


def test_a_reader_that_comes_amid_a_purge_waits_and_does_not_read_what_goes(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 4)
    read: list[int] = []

    def act() -> None:
        with unit_of_work(ward.engine) as session:
            lease(session, "clip", eye.id, TimeRange(OLD, OLD + 4 * MINUTE), NOW_US + MINUTE)
        read.extend(ward.starts(eye))

    amid(ward, act)
    assert ward.starts(eye) == read
    assert len(read) in {0, 2}
    ward.prove()


@pytest.mark.parametrize("seed", range(2))
def test_holders_and_purgers_at_once_lose_nothing(ward: Ward, seed: int) -> None:
    watched = Watched(ward)
    watched.fill(cameras=6, segments=40)
    failed: list[BaseException] = []
    ready = threading.Barrier(4)

    def hold(number: int) -> None:
        chance = random.Random(100 * seed + number)
        for _ in range(25):
            watched.hold_somewhere(chance)

    def purge(_number: int) -> None:
        ward.retain(batch=2)

    def guarded(task: Callable[[int], None], number: int) -> None:
        try:
            ready.wait(30)
            task(number)
        except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
            failed.append(error)

    tasks = [(hold, 1), (hold, 2), (purge, 3), (purge, 4)]
    threads = [threading.Thread(target=guarded, args=task) for task in tasks]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    assert failed == []
    ward.retain()
    kept, _ = watched.prove()
    assert (len(watched.answers), kept > 0) == (50, True)


def test_a_lease_taken_before_the_rows_are_read_keeps_what_was_read(ward: Ward) -> None:
    """Readers lease, then read; retention goes on all the while. What a reader read is there until its lease ends."""
    watched = Watched(ward)
    watched.fill(cameras=1, segments=60)
    (eye,) = watched.eyes
    read: list[set[str]] = []
    done = threading.Event()

    def readers() -> None:
        keys = {item.start_us: item.key for item in watched.footage[eye.id]}
        for number in range(30):
            window = TimeRange(OLD + 2 * number * MINUTE, OLD + (2 * number + 1) * MINUTE)
            with unit_of_work(ward.engine) as session:
                lease(session, f"clip-{number}", eye.id, window, NOW_US + MINUTE)
            read.append({keys[start] for start in ward.starts(eye) if window.contains(start)})
        done.set()

    with thread(threading.Thread(target=readers)):
        while not done.is_set():
            ward.retain(batch=1)
    stored = ward.stored()
    assert stored == set().union(*read)
    ward.prove()
