"""One camera, recorded again and again: connect, take, lose, wait, and never give up. Every end has its reason."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ingest.index.records import GapReason
from ingest.live.entries import OutageLasts, OutageToken
from ingest.live.following import LiveSource
from ingest.live.sources import ELSEWHERE, Attempt, Ended
from ingest.live.taking import Streams, Taking

log = logging.getLogger(__name__)

State = Literal["connecting", "recording", "waiting"]
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
SIGN_IN_WAIT_S = 60.0
"""After a refused sign-in: many cameras lock an account, or us, after a few wrong ones."""
LONGEST_SIGN_IN_WAIT_S = 600.0
PATIENCE_US = 40_000_000
"""With a camera that answers and sends nothing that can be recorded."""
_BROKE = {GapReason.GARBLED: "its coding or its clock changes all the time"}
SETTLED_S = 20.0
"""A connection that recorded this long was a good one: waiting begins anew."""


class Backoff:
    """How long to wait: twice as long each time, within bounds, and never quite the same for two cameras."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._times = 0

    def settle(self) -> None:
        self._times = 0

    def next_s(self, reason: GapReason) -> float:
        refused = reason is GapReason.SIGN_IN_REFUSED
        first, most = (SIGN_IN_WAIT_S, LONGEST_SIGN_IN_WAIT_S) if refused else (FIRST_WAIT_S, LONGEST_WAIT_S)
        wait = min(most, first * 2.0 ** min(self._times, 16))
        self._times += 1
        return wait * self._dice.uniform(0.7, 1.3)


@dataclass
class Shown:
    """What is told of a camera; `since_us` is when the state began."""

    state: State
    since_us: int
    reason: GapReason | None = None
    detail: str = ""
    source: str = ""
    reconnects: int = 0


class Surroundings:
    """What a camera needs of its recorder; all of it is handed in, and nothing is looked up."""

    def __init__(
        self,
        *,
        now_us: Callable[[], int],
        tell: Callable[[OutageLasts], None],
        own: Callable[[LiveSource, Taking], Attempt],
        other: Callable[[LiveSource, Taking], Attempt] | None,
        hindrance: Callable[[], GapReason | None],
        prefer_other: bool = False,
        wait_scale: float = 1.0,
    ) -> None:
        self.now_us, self.tell, self.own, self.other = now_us, tell, own, other
        self.hindrance = hindrance
        """Why nothing can be recorded at the moment, whatever the camera does: no room on the disk, or in the spool."""
        self.prefer_other, self.wait_scale = prefer_other, wait_scale


class CameraRecorder:
    def __init__(
        self, source: LiveSource, taking: Taking, streams: Streams, around: Surroundings, dice: random.Random
    ) -> None:
        self.source = source
        self.taking = taking
        self.shown = Shown("connecting", around.now_us())
        self._streams = streams
        self._around = around
        self._backoff = Backoff(dice)
        self._dice = dice
        self._attempt: Attempt | None = None
        self._other = around.prefer_other and around.other is not None
        self._why_other = "by setting" if self._other else ""
        self._outage: OutageToken | None = None
        self._stopping = asyncio.Event()
        self._lost_before = 0

    @property
    def lost_packets(self) -> int:
        return self._lost_before + (0 if self._attempt is None else self._attempt.lost)

    def begun(self, start_us: int) -> None:
        """A run begins: the camera records."""
        self._close_outage(start_us)
        self._show("recording", None, "")

    def stop(self) -> None:
        self._stopping.set()
        if self._attempt is not None:
            self._attempt.stop()

    def tick(self, steady_us: int, stalled_us: int) -> None:
        """Look after it once a second."""
        attempt, hindrance = self._attempt, self._around.hindrance()
        if attempt is not None and self.taking.broke is not None:
            attempt.fail(self.taking.broke, _BROKE.get(self.taking.broke, "the recorder cannot write its footage"))
        elif attempt is not None and hindrance is not None:
            attempt.fail(hindrance, "no footage can be kept at the moment")
        elif attempt is not None and self.shown.state == "recording":
            silent_us = steady_us - self.taking.counts.last_steady_us
            if silent_us > stalled_us:
                attempt.fail(GapReason.STALLED, f"no whole picture for {silent_us / 1e6:.0f} s")
        elif attempt is not None and self._around.now_us() - self.shown.since_us > PATIENCE_US:
            attempt.fail(GapReason.STALLED, "no key frame that a recording could begin with")
        if self._outage is not None:
            self._around.tell(OutageLasts(self._outage, self._around.now_us()))

    def clock_was_set(self) -> None:
        self.taking.end_run(GapReason.CLOCK_STEP)

    async def run(self, first_wait_s: float) -> None:
        """Record until stopped."""
        await self._wait(first_wait_s)
        while not self._stopping.is_set():
            ended = await self._once()
            self.taking.end_run(ended.reason)
            if self._stopping.is_set():
                return
            self._note(ended)
            await self._wait(self._backoff.next_s(ended.reason) * self._around.wait_scale)
            self.shown.reconnects += 1

    async def _once(self) -> Ended:
        if self.source.sealed:
            return Ended(GapReason.SIGN_IN_REFUSED, "the key of this machine does not open the stored sign-in")
        hindrance = self._around.hindrance()
        if hindrance is not None:
            return Ended(hindrance, "no footage can be kept at the moment")
        self.taking.start()
        self._show("connecting", self.shown.reason, self.shown.detail)
        make = self._around.other if self._other and self._around.other is not None else self._around.own
        attempt = self._attempt = make(self.source, self.taking)
        self.shown.source = f"{attempt.name}: {self._why_other}" if self._why_other else attempt.name
        begun_us = self._around.now_us()
        try:
            ended = await attempt.run()
        finally:
            self._lost_before += attempt.lost
            self._attempt = None
        if self.shown.state == "recording" and self._around.now_us() - begun_us > SETTLED_S * 1e6:
            self._backoff.settle()
        return self._perhaps_elsewhere(ended)

    def _perhaps_elsewhere(self, ended: Ended) -> Ended:
        """Go over to the other source where ours cannot do it, and back when that cannot either."""
        if self._around.prefer_other or self._around.other is None:
            return ended
        if not self._other and ended.refused in ELSEWHERE:
            left = ", ".join(self.taking.codings_left) or "what it offers"
            why = "it sends over UDP only" if ended.refused == "transport" else f"we do not speak {left}"
            self._other, self._why_other = True, why
            self._backoff.settle()
            log.info("camera %s is recorded by libav: %s", self.source.code, why)
        elif self._other and self.shown.state != "recording":
            self._other, self._why_other = False, ""
        return ended

    def _note(self, ended: Ended) -> None:
        now_us = self._around.now_us()
        if self.shown.state == "recording" or self.shown.reason is not ended.reason:
            log.warning("camera %s does not record: %s (%s)", self.source.code, ended.reason, ended.detail)
        self._show("waiting", ended.reason, ended.detail)
        if self._outage is None or self._outage.reason is not ended.reason:
            start = now_us
            if self._outage is not None:
                self._close_outage(now_us)
            elif self.taking.last_end_us is not None:
                start = min(now_us, self.taking.last_end_us)
            self._outage = OutageToken(self._streams.first, start, ended.reason)
        self._around.tell(OutageLasts(self._outage, now_us))

    def _close_outage(self, at_us: int) -> None:
        if self._outage is not None and at_us > self._outage.start_us:
            self._around.tell(OutageLasts(self._outage, at_us))
        self._outage = None

    def _show(self, state: State, reason: GapReason | None, detail: str) -> None:
        if state != self.shown.state:
            self.shown.since_us = self._around.now_us()
        self.shown.state, self.shown.reason, self.shown.detail = state, reason, detail[:300]

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
