"""One connection to one camera: bytes in and out, timers, one buffer. What they mean is known elsewhere.

The buffer is reused for the life of the connection. Packets are parsed where they lie and handed on as views that are good
until the callback returns: whoever keeps a payload copies it.
"""

import asyncio
from collections.abc import Callable

from ingest.index.records import GapReason
from ingest.live.description import MediaOffer
from ingest.live.rtp import Head, Sequence, read_head
from ingest.live.session import Redirected, Refusal, Session, SessionRefused, State
from ingest.live.wire import MOST_BODY, MOST_HEAD, MOST_PACKET, Message, WireBroken, scan

BUFFER_BYTES = 256 * 1024 + MOST_PACKET + MOST_HEAD + MOST_BODY
"""Room for the largest message or packet behind whatever a read leaves over."""
STALLED_S = 10.0

Packets = Callable[[MediaOffer, Head, memoryview, int], None]
"""Stream, head, payload, and how many packets are missing just before it."""


class Connection(asyncio.BufferedProtocol):
    """Runs a `Session`. `ended` is set once, with the reason for which nothing more will come, and a word for the log."""

    def __init__(self, session: Session, packets: Packets, *, stalled_s: float = STALLED_S) -> None:
        self._session = session
        self._packets = packets
        self._stalled_s = stalled_s
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._begin = self._end = 0
        self._sequences: dict[int, Sequence] = {}
        self._transport: asyncio.Transport | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._heard = self._loop.time()
        self.ended: asyncio.Future[tuple[GapReason, str]] = self._loop.create_future()
        self.redirected: str | None = None

    @property
    def lost(self) -> int:
        """How many packets never came, over all streams."""
        return sum(one.lost for one in self._sequences.values())

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
        return self._view[self._end :]

    def buffer_updated(self, count: int) -> None:
        self._end += count
        self._heard = self._loop.time()
        try:
            self._begin = scan(self._buffer, self._begin, self._end, self._packet, self._message)
        except WireBroken as error:
            self._finish(GapReason.GARBLED, str(error))
        except SessionRefused as error:
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

    def stop(self) -> None:
        """End in good order: tell the camera, then close."""
        if self._transport is not None and not self._transport.is_closing() and self._session.state is State.PLAYING:
            self._transport.write(self._session.end())
        self._finish(GapReason.STOPPED, "")

    def _packet(self, channel: int, begin: int, end: int) -> None:
        offer = self._session.channels.get(channel)
        if offer is None:
            return  # RTCP, or a channel that nobody set up
        head = read_head(self._buffer, begin, end)
        if head is None or head.payload_type != offer.payload_type:
            return
        sequence = self._sequences.get(channel)
        if sequence is None:
            sequence = self._sequences[channel] = Sequence()
        self._packets(offer, head, self._view[head.begin : head.end], sequence.gap(head.sequence))

    def _message(self, message: Message) -> None:
        was = self._session.state
        answer = self._session.take(message)
        if answer and self._transport is not None:
            self._transport.write(answer)
        if was is not State.PLAYING and self._session.state is State.PLAYING:
            self._later(self._session.timeout_s / 3, self._keep_alive)

    def _watch(self) -> None:
        """Look now and then whether anything came; a timer for each packet would cost more than the packet."""
        silent = self._loop.time() - self._heard
        if silent >= self._stalled_s:
            self._finish(GapReason.STALLED, f"nothing came for {silent:.0f} s")
        else:
            self._later(self._stalled_s - silent, self._watch)

    def _keep_alive(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._session.keep_alive())
            self._later(self._session.timeout_s / 3, self._keep_alive)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        now = self._loop.time()
        self._timers = [timer for timer in self._timers if not timer.cancelled() and timer.when() > now]
        self._timers.append(self._loop.call_later(seconds, act))

    def _finish(self, reason: GapReason, detail: str) -> None:
        for timer in self._timers:
            timer.cancel()
        if self._transport is not None:
            self._transport.close()
        if not self.ended.done():
            self.ended.set_result((reason, detail))


_REASONS = {Refusal.SIGN_IN: GapReason.SIGN_IN_REFUSED}
