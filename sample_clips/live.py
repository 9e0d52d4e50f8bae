"""Many live cameras in one process: RTSP over TCP on loopback, for trying a recorder of a whole ward. docs/ref/sample-footage.md.

    rtsp://127.0.0.1:PORT/camera/1 ... /camera/N        each plays the same dated loop from another place of it

A camera films whether anybody watches or not: its frame numbers and times go on between connections, so what a recorder
misses shows. Frames go out in real time, cameras one after the other within the time of a frame. All cameras share the
loop's packets (`live_packets`), which is what makes hundreds of them cheap.
"""

import asyncio
import json
import random
import signal
import sys
from collections.abc import Callable

from foundation.clock import Clock
from foundation.timebase import MICROSECONDS
from sample_clips import live_protocol
from sample_clips.live_footage import Coded
from sample_clips.live_packets import pictures
from sample_clips.live_protocol import NotRtsp, Request
from sample_clips.live_sender import Plan, Sender, Tally

HOST = "127.0.0.1"
_BACKLOG = 1024


class Street:
    """The cameras together. `start` listens, and plays until `stop`."""

    def __init__(self, plan: Plan, coded: Coded, clock: Clock) -> None:
        self.plan, self.coded = plan, coded
        self.pictures = pictures(coded, plan.packet_bytes)
        self.tallies = {camera: Tally() for camera in range(1, plan.cameras + 1)}
        self.latest_us = 0
        """How late frames were at worst. Beyond the time of a frame, this machine could not play so many cameras."""
        self._clock = clock
        self._viewers: list[dict[Viewer, None]] = [{} for _ in range(plan.slots)]
        self._connected: set[Viewer] = set()
        self._loop = asyncio.get_running_loop()
        self._begun, self._slot = self._loop.time(), 0
        self._timer: asyncio.TimerHandle | None = None
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> int:
        """Listen on `port`, or on any that is free; return it."""
        self._server = await self._loop.create_server(lambda: Viewer(self), HOST, port, backlog=_BACKLOG)
        self._begun, self._slot = self._loop.time(), 0
        self._play()
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for viewer in list(self._connected):
            viewer.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def report(self) -> dict[str, object]:
        """Return what was sent and dropped, camera by camera."""
        cameras = [
            {"camera": camera, "sent": tally.sent, "dropped": tally.dropped, "runs": tally.runs}
            for camera, tally in self.tallies.items()
        ]
        sent, dropped = (sum(getattr(tally, name) for tally in self.tallies.values()) for name in ("sent", "dropped"))
        return {"sent": sent, "dropped": dropped, "latest_us": self.latest_us, "cameras": cameras}

    def came(self, viewer: "Viewer") -> None:
        self._connected.add(viewer)

    def plays(self, viewer: "Viewer") -> None:
        self._viewers[viewer.camera % self.plan.slots][viewer] = None

    def left(self, viewer: "Viewer") -> None:
        self._viewers[viewer.camera % self.plan.slots].pop(viewer, None)
        self._connected.discard(viewer)

    def _play(self) -> None:
        """Send what is due by now. After a halt everything that was missed follows at once, as nothing may be left out."""
        each = 1 / (self.plan.rate * self.plan.slots)
        while (late := self._loop.time() - self._begun - self._slot * each) >= 0:
            self.latest_us = max(self.latest_us, int(late * MICROSECONDS))
            number, slot = divmod(self._slot, self.plan.slots)
            self._slot += 1
            if viewers := self._viewers[slot]:
                now_us = self._clock.now_us()
                for viewer in list(viewers):
                    viewer.send(number, now_us)
                if number % self.plan.rate == 0:
                    for viewer in list(viewers):
                        viewer.end_if_due()
        self._timer = self._loop.call_at(self._begun + self._slot * each, self._play)


class Viewer(asyncio.Protocol):
    """One connection: nobody's at first, then of the camera that it sets up."""

    def __init__(self, street: Street) -> None:
        self.camera = 0
        self.send: Callable[[int, int], None] = _nothing_yet
        self._street = street
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._heard = self._since = self._loop.time()
        self._nonce, self._session = (f"{random.getrandbits(64):016x}" for _ in range(2))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._street.came(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._street.left(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._heard = self._loop.time()
        self._buffer += data
        try:
            while (request := live_protocol.take(self._buffer)) is not None:
                self._transport.write(self._answer(request))
                if request.method == "TEARDOWN":
                    self.close()
        except NotRtsp:
            self.close()

    def close(self) -> None:
        self._street.left(self)
        if self._transport is not None:
            self._transport.close()

    def end_if_due(self) -> None:
        """End what has lasted as long as it should, or whose reader is not heard of any more."""
        now, drop_every_s = self._loop.time(), self._street.plan.drop_every_s
        if now - self._heard > live_protocol.SESSION_TIMEOUT_S or 0 < drop_every_s <= now - self._since:
            self.close()

    def _answer(self, request: Request) -> bytes:
        keeper = self._street.plan.keeper
        if request.method == "OPTIONS":
            return live_protocol.options(request)
        if keeper is not None and not keeper.lets_in(request, self._nonce):
            return live_protocol.refused(request, self._nonce)
        if request.method in {"GET_PARAMETER", "SET_PARAMETER", "TEARDOWN"}:
            return live_protocol.response(request, 200, {"Session": self._session})
        if request.method not in {"DESCRIBE", "SETUP", "PLAY"}:
            return live_protocol.response(request, 501)
        if request.camera is None or request.camera not in self._street.tallies:
            return live_protocol.response(request, 404)
        if request.method == "DESCRIBE":
            coded, base = self._street.coded, request.uri.rstrip("/") + "/"
            body = live_protocol.description(request.camera, coded.sps, coded.pps)
            return live_protocol.response(request, 200, {"Content-Base": base}, body)
        return self._set_up(request, request.camera) if request.method == "SETUP" else self._start(request)

    def _set_up(self, request: Request, camera: int) -> bytes:
        agreed = live_protocol.transport(request)
        if agreed is None:
            return live_protocol.response(request, 461)
        if self.camera:
            return live_protocol.response(request, 455)
        assert self._transport is not None
        self.camera, street = camera, self._street
        self.send = Sender(street.plan, street.pictures, camera, street.tallies[camera], self._transport).send
        session = f"{self._session};timeout={live_protocol.SESSION_TIMEOUT_S}"
        return live_protocol.response(request, 200, {"Transport": agreed, "Session": session})

    def _start(self, request: Request) -> bytes:
        if not self.camera or request.headers.get("session", "").partition(";")[0] != self._session:
            return live_protocol.response(request, 454)
        self._since = self._loop.time()
        self._street.plays(self)
        return live_protocol.response(request, 200, {"Session": self._session})


async def run(plan: Plan, coded: Coded, clock: Clock, port: int, seconds: int) -> None:
    """Play until told to end (INT, TERM), or for `seconds` if that is not 0; one line of JSON at the start, one at the end."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    street = Street(plan, coded, clock)
    bound = await street.start(port)
    _tell({"ready": True, "port": bound, "cameras": plan.cameras, "address": f"rtsp://{HOST}:{bound}/camera/1"})
    if seconds:
        loop.call_later(seconds, over.set)
    await over.wait()
    await street.stop()
    _tell(street.report())


def _nothing_yet(_number: int, _now_us: int) -> None:
    """Stand in for the sender before there is one."""


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
