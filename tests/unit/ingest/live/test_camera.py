"""A camera that is lost again and again: attempts never end, and wait as they should."""

import asyncio
import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from foundation.clock import ManualClock
from ingest.index.records import GapReason
from ingest.live.camera import LONGEST_SIGN_IN_WAIT_S, LONGEST_WAIT_S, Backoff, CameraRecorder, Surroundings
from ingest.live.entries import OutageLasts
from ingest.live.following import LiveSource
from ingest.live.sources import Ended
from ingest.live.taking import Streams, Taking
from tests.support.plain_desk import Studio

BEGIN_US = 1_772_892_000_000_000
SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US


def test_waits_double_up_to_a_bound_and_differ() -> None:
    backoff = Backoff(random.Random(1))
    waits = [backoff.next_s(GapReason.UNREACHABLE) for _ in range(40)]
    assert waits[0] < 1.4
    assert min(waits[6:]) >= 0.7 * LONGEST_WAIT_S
    assert max(waits) <= 1.3 * LONGEST_WAIT_S
    assert len(set(waits)) == len(waits)
    backoff.settle()
    assert backoff.next_s(GapReason.STALLED) < 1.4


def test_after_a_refused_sign_in_it_waits_long() -> None:
    backoff = Backoff(random.Random(1))
    waits = [backoff.next_s(GapReason.SIGN_IN_REFUSED) for _ in range(20)]
    assert waits[0] > 40
    assert max(waits) <= 1.3 * LONGEST_SIGN_IN_WAIT_S


@dataclass
class Dropping:
    """An attempt that records five seconds, of a clock that it moves itself, and is dropped."""

    clock: ManualClock
    recorder: "list[CameraRecorder]"
    reason: GapReason
    name: str = "own"
    lost: int = 0

    async def run(self) -> Ended:
        await asyncio.sleep(0)
        if self.reason is GapReason.UNREACHABLE:
            self.clock.advance(SECOND_US)
            return Ended(GapReason.UNREACHABLE, "refused")
        self.recorder[0].begun(self.clock.now_us())
        self.clock.advance(5 * SECOND_US)
        return Ended(self.reason, "dropped")

    def stop(self) -> None:
        raise AssertionError("it is between two attempts when it is stopped")

    def fail(self, reason: GapReason, detail: str) -> None:
        raise AssertionError(f"{reason} {detail}")


@dataclass
class Hour:
    """An hour of simulated time in which nothing lasts."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(BEGIN_US))
    told: list[OutageLasts] = field(default_factory=list)
    attempts: int = 0
    held: list[CameraRecorder] = field(default_factory=list)

    def attempt(self, _source: LiveSource, _taking: Taking) -> Dropping:
        self.attempts += 1
        if self.clock.now_us() - BEGIN_US >= HOUR_US:
            self.held[0].stop()
        reason = (GapReason.STALLED, GapReason.UNREACHABLE)[self.attempts % 3 == 0]
        return Dropping(self.clock, self.held, reason)


def test_a_server_that_drops_every_five_seconds_for_an_hour(tmp_path: Path) -> None:
    hour = Hour()
    studio = Studio.at(tmp_path)
    taking = studio.taking
    around = Surroundings(
        now_us=hour.clock.now_us,
        tell=hour.told.append,
        own=hour.attempt,
        other=None,
        hindrance=lambda: None,
        wait_scale=0,
    )
    source = LiveSource(1, "C1", "rtsp://127.0.0.1/live", sound=False)
    recorder = CameraRecorder(source, taking, Streams({0: (1, 0)}), around, random.Random(1))
    hour.held.append(recorder)
    asyncio.run(recorder.run(0))
    assert hour.attempts > 900
    assert recorder.shown.reconnects >= hour.attempts - 2
    # Every outage has an end, none overlaps the next, and no more of them are remembered than the one that lasts.
    spans = {id(one.outage): (one.outage.start_us, one.end_us) for one in hour.told}
    ordered = sorted(spans.values())
    assert len(ordered) > 300
    assert all(before[1] <= after[0] for before, after in pairwise(ordered))
    assert taking.held == 0
    studio.close()
