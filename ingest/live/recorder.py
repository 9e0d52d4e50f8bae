"""One process that records many cameras: follows the registry, watches clocks and disk, and tells how each camera is.

Everything that waits for the network is in one event loop; files, store and catalogue have threads of their own.
"""

import asyncio
import gc
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.errors import Unavailable
from foundation.storage import ObjectStore
from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS
from ingest.index.recording import bytes_told
from ingest.index.records import GapReason
from ingest.live.camera import CameraRecorder, Surroundings
from ingest.live.desk import RESERVE_BYTES, RecorderDesk
from ingest.live.entries import RunToken, States
from ingest.live.following import LiveSource, live_sources, registry_revision, streams_for
from ingest.live.ledger import Ledger
from ingest.live.remains import Dead, Remains, recover_recordings, the_dead
from ingest.live.sources import Attempt, OwnAttempt, Preference
from ingest.live.states import StateKeeper
from ingest.live.taking import SETTLE_S, CameraFacts, Streams, Taking
from ingest.live.tape import Sync, Tape
from ingest.places import Networks
from ingest.segment_writer import Step

log = logging.getLogger(__name__)

TICK_S = 1.0
_FOLLOW_EVERY, _TELL_EVERY, _SHIP_EVERY, _TIDY_EVERY = 3, 5, 5, 60  # ticks
CLOCK_STEP_US = 500_000
_PACE_S = 0.015
"""Between the first connections of two cameras: a ward does not sign in within the same instant."""
_LEAST_SHARE = 0.3


@dataclass(frozen=True)
class Options:
    """`shard` is (number, count): this process records the cameras whose id leaves `number`. `sync_s` bounds what a power
    cut can take.
    """

    spool: Path
    zone: tzinfo
    sync_s: int = 10
    segment_s: int = 60
    settle_s: float = SETTLE_S
    stalled_s: float = 10.0
    spool_bytes: int = 20 * 10**9
    reserve_bytes: int = RESERVE_BYTES
    prefer: Preference = "auto"
    verify_tls: bool = True
    networks: Networks | None = None
    """Where cameras may be; None: anywhere."""
    shard: tuple[int, int] = (0, 1)
    wait_scale: float = 1.0
    """Of the waits between attempts; tests are in a hurry."""
    tick_s: float = TICK_S
    """Between two looks at disk, registry and clock, and between two writes of the catalogue; tests are in a hurry."""


MakeAttempt = Callable[[LiveSource, Taking], Attempt]


@dataclass(eq=False)
class _Recorded:
    """A camera that is recorded, with its parts."""

    recorder: CameraRecorder
    tape: Tape
    streams: Streams
    task: asyncio.Task[None]


class Recorder:
    """`run` records until `stop` is called. `libav` makes attempts of the other source, where there is one."""

    def __init__(
        self,
        engine: sa.Engine,
        store: ObjectStore,
        clock: Clock,
        vault: Vault,
        options: Options,
        *,
        libav: Callable[[LiveSource, Taking], Attempt] | None = None,
        step: Step = lambda _name: None,
    ) -> None:
        self._engine, self._clock, self._vault, self._options = engine, clock, vault, options
        self._libav, self._store = libav, store
        self.ledger = Ledger(engine, clock, every_s=options.tick_s)
        self.desk = RecorderDesk(
            options.spool,
            store,
            self.ledger,
            spool_bytes=options.spool_bytes,
            reserve_bytes=options.reserve_bytes,
            step=step,
        )
        self.cameras: dict[int, _Recorded] = {}
        self._revision: int | None = None
        self._stopping = asyncio.Event()
        self._room = True
        self._ticks = 0
        self._tidying: asyncio.Task[None] | None = None
        self._dead = Dead()
        self._wall_minus_steady: int | None = None
        self._states = StateKeeper(clock, options.zone)
        self._dice = random.Random()  # noqa: S311 - waits, not secrets
        self._leaving: set[asyncio.Task[None]] = set()
        self._left: dict[int, Streams] = {}

    def stop(self) -> None:
        """End in good order; may be called from a signal handler of the loop."""
        self._stopping.set()

    async def run(self) -> None:
        """Record until stopped. Raises `Unavailable` if the registry cannot be read at the start."""
        self._dead = the_dead(self._engine, self._mine)
        self._tidy(at_start=True)
        with unit_of_work(self._engine, writes=False) as session:
            self._states.resume(bytes_told(session))
        self.ledger.start()
        gc.freeze()  # what is there by now stays; looking through it again and again would cost more than it frees
        try:
            await self._follow()
            while not self._stopping.is_set():
                await self._tick()
                await self._pause()
        finally:
            await self._end()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._options.tick_s):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _end(self) -> None:
        for one in self.cameras.values():
            one.recorder.stop()
        tasks = [one.task for one in self.cameras.values()] + list(self._leaving)
        tasks += [] if self._tidying is None else [self._tidying]
        if tasks:
            await asyncio.wait(tasks, timeout=10)
        self._tell_states()
        await asyncio.to_thread(self.desk.close)
        await asyncio.to_thread(self.ledger.stop)

    async def _tick(self) -> None:
        self._ticks += 1
        self._watch_clock()
        steady_us = self._clock.steady_us()
        self._room = await asyncio.to_thread(self.desk.take_reserve)
        for one in self.cameras.values():
            one.recorder.tick(steady_us, round(self._options.stalled_s * MICROSECONDS))
        self._sync()
        if self._ticks % _SHIP_EVERY == 0:
            self.desk.ship_waiting()
        if self._ticks % _FOLLOW_EVERY == 0:
            await self._follow_again()
        soon = self.desk.left and self._room and self._ticks % _SHIP_EVERY == 1
        if (soon or self._ticks % _TIDY_EVERY == 0) and (self._tidying is None or self._tidying.done()):
            self._tidying = asyncio.create_task(asyncio.to_thread(self._tidy, at_start=False), name="recovery")
            self._tidying.add_done_callback(_noticed)
        if self._ticks % _TELL_EVERY == 1:
            self._tell_states()

    def _mine(self, camera_id: int) -> bool:
        number, count = self._options.shard
        return camera_id % count == number

    def _tidy(self, *, at_start: bool) -> None:
        """Finish what a crash, a full disk or a lost store left in the spool.

        At the start the store is not asked: one that does not answer would hold up all cameras.
        """
        self.desk.left = False
        try:
            found = recover_recordings(
                self._engine,
                None if at_start else self._store,
                self._options.spool,
                self._clock,
                mine=self._mine,
                busy=self.desk.in_hand,
                dead=self._dead,
                step=self.desk.step,
            )
        except (Unavailable, OSError) as error:
            log.warning("what was left in the spool has to wait: %s", error)
            self.desk.left = True
            return
        self._dead = Dead()
        self.desk.left_bytes = found.waiting_bytes
        self.desk.left |= bool(found.waiting)
        if found != (Remains() if at_start else Remains(waiting=found.waiting, waiting_bytes=found.waiting_bytes)):
            log.warning(
                "of what was left in the spool, %d segments were saved, %d held nothing, %d cannot be read, %d wait",
                found.saved,
                found.emptied,
                found.aside,
                len(found.waiting),
            )

    def _sync(self) -> None:
        every = max(1, round(self._options.sync_s / self._options.tick_s))
        for number, one in enumerate(self.cameras.values()):
            if (self._ticks + number) % every == 0:
                one.tape.put(Sync())

    def _watch_clock(self) -> None:
        """A clock that was set shows at once beside one that cannot be."""
        apart = self._clock.now_us() - self._clock.steady_us()
        before, self._wall_minus_steady = self._wall_minus_steady, apart
        if before is not None and abs(apart - before) > CLOCK_STEP_US:
            log.warning("the clock of this machine was set by %.1f s", (apart - before) / MICROSECONDS)
            for one in self.cameras.values():
                one.recorder.clock_was_set()

    def _tell_states(self) -> None:
        rows = [self._states.row(one.recorder) for one in self.cameras.values()]
        if rows:
            self.ledger.put(States(rows))

    async def _follow_again(self) -> None:
        try:
            revision = await asyncio.to_thread(registry_revision, self._engine)
            wanting = any(one.streams.spare_wanted for one in self.cameras.values())
            if revision != self._revision or wanting:
                await self._follow()
        except Unavailable as error:
            log.warning("the registry cannot be read, recording goes on as it was: %s", error)

    async def _follow(self) -> None:
        """Begin what is new, end what is gone, begin anew what changed."""
        revision = await asyncio.to_thread(registry_revision, self._engine)
        found = await asyncio.to_thread(live_sources, self._engine, self._vault, self._clock.now_us())
        wanted = {camera_id: source for camera_id, source in found.items() if self._mine(camera_id)}
        for camera_id, one in list(self.cameras.items()):
            if wanted.get(camera_id) != one.recorder.source:
                self._leave(camera_id)
            elif one.streams.spare_wanted:
                more = len(one.streams) + 1
                streams = await asyncio.to_thread(streams_for, self._engine, [camera_id], more)
                one.streams.add(streams[camera_id])
        fresh = [source for camera_id, source in sorted(wanted.items()) if camera_id not in self.cameras]
        await self._until_left()
        streams_of = await asyncio.to_thread(streams_for, self._engine, [source.camera_id for source in fresh])
        for place, source in enumerate(fresh):
            theirs = Streams(streams_of[source.camera_id])
            if source.camera_id in self._left:  # the catalogue may not have been told of its end yet
                theirs.follow(self._left.pop(source.camera_id))
            self._begin(source, theirs, place * _PACE_S)
        self._revision = revision

    def _leave(self, camera_id: int) -> None:
        one = self.cameras.pop(camera_id)
        one.recorder.stop()
        self._left[camera_id] = one.streams
        self._leaving.add(one.task)
        one.task.add_done_callback(self._leaving.discard)
        self._states.forget(camera_id)

    async def _until_left(self) -> None:
        """What changed begins anew once it has ended: two recordings of a camera at once would overlap."""
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=10)

    def _begin(self, source: LiveSource, streams: Streams, wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        held: list[CameraRecorder] = []

        def failed(token: RunToken, reason: GapReason, _detail: str) -> None:
            loop.call_soon_threadsafe(held[0].taking.lost_tape, token, reason)

        def begun(start_us: int) -> None:
            held[0].begun(start_us)

        tape = Tape(self.desk, source.camera_id, failed, self._states.retrievable(source.camera_id))
        segment_ticks = self._options.segment_s * MEDIA_TIMESCALE
        share = self._dice.uniform(_LEAST_SHARE, 1)  # so that not all cameras seal in one second
        taking = Taking(
            CameraFacts(source.camera_id, source.code),
            streams,
            tape,
            self.ledger.put,
            begun,
            round(segment_ticks * share),
            segment_ticks,
            self._options.settle_s,
        )
        held.append(CameraRecorder(source, taking, streams, self._surroundings(), self._dice))
        task = loop.create_task(held[0].run(wait_s), name=f"camera {source.code}")
        task.add_done_callback(_noticed)
        self.cameras[source.camera_id] = _Recorded(held[0], tape, streams, task)

    def _surroundings(self) -> Surroundings:
        options = self._options

        def own(source: LiveSource, taking: Taking) -> Attempt:
            return OwnAttempt(
                source,
                taking,
                self._clock,
                stalled_s=options.stalled_s,
                verify_tls=options.verify_tls,
                networks=options.networks,
            )

        return Surroundings(
            now_us=self._clock.now_us,
            tell=self.ledger.put,
            own=own,
            other=None if options.prefer == "own" else self._libav,
            hindrance=self._hindrance,
            prefer_other=options.prefer == "libav",
            wait_scale=options.wait_scale,
        )

    def _hindrance(self) -> GapReason | None:
        if not self._room:
            return GapReason.DISK_FULL
        return GapReason.STORE_AWAY if self.desk.spool_full else None


def _noticed(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s ended by a defect of the recorder", task.get_name(), exc_info=task.exception())
