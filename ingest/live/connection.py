"""One connection to one camera: bytes in and out, timers, one buffer. What they mean is known elsewhere.

The buffer is reused for the life of the connection. Packets are parsed where they lie and handed on as views that are good
until the callback returns: whoever keeps a payload copies it.
"""

import asyncio
import socket
from collections.abc import Callable

from foundation.clock import Clock
from ingest.index.records import GapReason
from ingest.live.lanes import Intake, Lane, Now, lane_of
from ingest.live.rtcp import says_goodbye, sender_report
from ingest.live.session import Redirected, Refusal, Session, SessionRefused, State
from ingest.live.wire import MOST_BODY, MOST_HEAD, MOST_PACKET, Message, WireBroken, scan

BUFFER_BYTES = 256 * 1024 + MOST_PACKET + MOST_HEAD + MOST_BODY
"""Room for the largest message or packet behind whatever a read leaves over."""
MOST_UNSENT = 64 * 1024
"""Of what we say to a camera; one that asks all the time and never reads gets no more than that."""
_MOST_READ = 128 * 1024
"""At once: what lies in it is gone through in one go, in which no other camera is heard."""
STALLED_S = 10.0
_USUAL_REPORT_S = 15.0
_WATCH_S = 1.0
_GATHERED_S = 0.4
_DRAINED_S = 0.1
_MOST_GATHERED = 160 * 1024


class Connection(asyncio.BufferedProtocol):
    """Runs a `Session`. `ended` is set once, with the reason for which nothing more will come, and a word for the log.

    Stalled is a camera that sends no media for `stalled_s`, whatever else it says.
    """

    def __init__(self, session: Session, intake: Intake, clock: Clock, *, stalled_s: float = STALLED_S) -> None:
        self._session = session
        self._intake = intake
        self._clock = clock
        self._stalled_s = stalled_s
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._begin = self._end = 0
        self._now = Now()
        self._lanes: dict[int, Lane] = {}
        self._transport: asyncio.Transport | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._heard = self._loop.time()
        self._media = 0
        self._media_seen = 0
        self._bytes = 0
        self._before = 0
        self._low_water = 1
        self._stopping = False
        self.ended: asyncio.Future[tuple[GapReason, str]] = self._loop.create_future()
        self.redirected: str | None = None
        self.refused: Refusal | None = None

    @property
    def lost(self) -> int:
        """How many packets never came, over all streams."""
        return sum(lane.sequence.lost for lane in self._lanes.values())

    @property
    def broken(self) -> int:
        return sum(lane.broken for lane in self._lanes.values())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._heard = self._loop.time()
        self._watch()
        transport.write(self._session.begin())

    def get_buffer(self, _size_hint: int) -> memoryview:
        if self._begin and BUFFER_BYTES - self._end < MOST_PACKET:
            left = self._end - self._begin
            self._view[:left] = bytes(self._view[self._begin : self._end])
            self._begin, self._end = 0, left
        return self._view[self._end : self._end + _MOST_READ]

    def buffer_updated(self, count: int) -> None:
        self._end += count
        self._bytes += count
        self._now.wall_us = self._clock.now_us()
        self._now.steady_us = self._clock.steady_us()
        try:
            self._begin = scan(self._buffer, self._begin, self._end, self._packet, self._message)
        except WireBroken as error:
            self._finish(GapReason.GARBLED, str(error))
        except SessionRefused as error:
            self.refused = error.reason
            self._finish(_REASONS.get(error.reason, GapReason.UNREACHABLE), str(error))
        except Redirected as error:
            self.redirected = error.address
            self._finish(GapReason.UNREACHABLE, "redirected")
        if self._begin == self._end:
            self._begin = self._end = 0

    def eof_received(self) -> bool:
        return False  # and so the transport closes itself

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(GapReason.UNREACHABLE, str(error) if error else "the camera closed the connection")
        self._view = memoryview(b"")
        self._buffer = bytearray()  # we are part of a circle that is collected some time later

    def stop(self) -> None:
        """End in good order: tell the camera, take what has come already, then close."""
        if self._stopping or self.ended.done():
            return
        self._stopping = True
        if self._transport is None or self._transport.is_closing() or self._session.state is not State.PLAYING:
            self._finish(GapReason.STOPPED, "")
            return
        self._wake_at(1)
        self._transport.write(self._session.end())
        self._later(_DRAINED_S, lambda: self._finish(GapReason.STOPPED, ""))

    def fail(self, reason: GapReason, detail: str) -> None:
        """End because of something that only whoever records can see."""
        self._finish(reason, detail)

    def _packet(self, channel: int, begin: int, end: int) -> int:
        lane = self._lanes.get(channel)
        if lane is not None:
            self._media += 1
            return lane.take(self._buffer, self._view, begin, end, self._end)
        if channel - 1 in self._lanes:
            self._control(self._lanes[channel - 1], channel, self._view[begin:end])
        elif channel in self._session.channels:
            self._lanes[channel] = lane_of(self._session.channels[channel], channel, self._intake, self._now)
            return self._packet(channel, begin, end)
        return end

    def _control(self, lane: Lane, channel: int, data: memoryview) -> None:
        report = sender_report(data)
        if report is not None:
            lane.reported(report)
            self._report(lane, channel)
        if says_goodbye(data):
            self._finish(GapReason.UNREACHABLE, "the camera ended the stream")

    def _report(self, lane: Lane, channel: int) -> None:
        data = lane.receiver_report(self._now.steady_us)
        if data is not None:
            self._say(b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data)

    def _say(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            self._finish(GapReason.STALLED, "it does not read what it is told")
        else:
            self._transport.write(data)

    def _message(self, message: Message) -> None:
        was = self._session.state
        answer = self._session.take(message)
        if answer:
            self._say(answer)
        if was is not State.PLAYING and self._session.state is State.PLAYING:
            self._later(self._keep_alive_s(), self._keep_alive)

    def _watch(self) -> None:
        """Look now and then whether anything came; a timer for each packet would cost more than the packet."""
        now = self._loop.time()
        if self._media != self._media_seen:
            self._media_seen, self._heard = self._media, now
        silent = now - self._heard
        if silent >= self._stalled_s:
            self._finish(GapReason.STALLED, f"no media for {silent:.0f} s")
        else:
            self._gather()
            self._later(min(self._stalled_s - silent + 0.01, _WATCH_S), self._watch)

    def _gather(self) -> None:
        """Let the kernel wake us for a few pictures at once instead of for each: that halves what a camera costs.

        The mark follows what came in the last second, and goes down to a byte when nothing did. A picture that waits for
        the next ones is dated late; the last of each lot is not, and the least delayed is what times are taken from.
        """
        # The quieter of two seconds counts, for in one of them a key frame may have come that is as large as all the others.
        came, self._before, self._bytes = min(self._bytes, self._before), self._bytes, 0
        wanted = min(_MOST_GATHERED, int(came * _GATHERED_S / _WATCH_S)) if self._session.state is State.PLAYING else 1
        wanted = wanted if wanted > 4096 else 1
        if wanted == self._low_water or (wanted > 1 and abs(wanted - self._low_water) < self._low_water // 4):
            return
        self._wake_at(wanted)

    def _wake_at(self, count: int) -> None:
        """Be woken once so many bytes have come."""
        where = None if self._transport is None else self._transport.get_extra_info("socket")
        if where is not None and self._transport is not None and not self._transport.get_extra_info("ssl_object"):
            where.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)
            self._low_water = count

    def _keep_alive_s(self) -> float:
        return min(self._session.timeout_s / 3, _USUAL_REPORT_S)

    def _keep_alive(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._session.keep_alive())
            for channel, lane in self._lanes.items():
                self._report(lane, channel + 1)
            self._later(self._keep_alive_s(), self._keep_alive)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        now = self._loop.time()
        self._timers = [timer for timer in self._timers if not timer.cancelled() and timer.when() > now]
        self._timers.append(self._loop.call_later(seconds, act))

    def _finish(self, reason: GapReason, detail: str) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers = []
        if self._transport is not None and self._transport.get_write_buffer_size():
            self._transport.abort()  # whoever does not read would keep it, and us, for ever
        elif self._transport is not None:
            self._transport.close()
        if not self.ended.done():
            self.ended.set_result((GapReason.STOPPED, "") if self._stopping else (reason, detail))


_REASONS = {Refusal.SIGN_IN: GapReason.SIGN_IN_REFUSED}
