"""AVI tells only the order of decoding. Where pictures are shown in another order, the decoder is asked for it.

This is the one place where an import decodes; H.264 and H.265 with B-frames in AVI are rare, and slow to import.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

import av.error
from av.codec import CodecContext
from av.packet import Packet

_MOST_WAITING = 128


def in_display_order(packets: "Iterator[Packet[Any]]", stream: Any) -> "Iterator[Packet[Any]]":
    """Yield the packets as they come, those of `stream` with the pts at which they are shown.

    The decode times are taken as the raster of display times: the nth picture shown gets the nth of them.
    """
    decoder = CodecContext.create(stream.codec_context.codec.canonical_name, "r")
    decoder.extradata = stream.codec_context.extradata
    decoder.options = {"skip_loop_filter": "all"}
    order = _Order()
    for packet in packets:
        if packet.stream_index == stream.index:
            order.add(packet)
            order.shown(_decoded(decoder, packet, order.newest))
        else:
            order.waiting.append((-1, packet))
        yield from order.ready()
    order.shown(_decoded(decoder, None, 0))
    yield from order.rest()


def _decoded(decoder: Any, packet: "Packet[Any] | None", number: int) -> list[int]:
    """Return the numbers of the pictures that come out; a copy goes in, for the number travels as its pts."""
    copy = None
    if packet is not None:
        copy = Packet(bytes(packet))
        copy.pts = copy.dts = number
    try:
        return [frame.pts for frame in decoder.decode(copy) if frame.pts is not None]
    except av.error.FFmpegError:
        return []  # a damaged picture is never shown; the packet gets its decode time


class _Order:
    def __init__(self) -> None:
        self.waiting: deque[tuple[int, Packet[Any]]] = deque()
        self.newest = -1
        self._raster: deque[int] = deque()
        self._times: dict[int, int] = {}

    def add(self, packet: "Packet[Any]") -> None:
        self.newest += 1
        self.waiting.append((self.newest, packet))
        self._raster.append(self.newest if packet.dts is None else packet.dts)

    def shown(self, numbers: list[int]) -> None:
        for number in numbers:
            self._times[number] = self._raster.popleft()

    def ready(self) -> "Iterator[Packet[Any]]":
        while self.waiting:
            number = self.waiting[0][0]
            if number >= 0 and number not in self._times and len(self.waiting) <= _MOST_WAITING:
                return
            yield self._next()

    def rest(self) -> "Iterator[Packet[Any]]":
        while self.waiting:
            yield self._next()

    def _next(self) -> "Packet[Any]":
        number, packet = self.waiting.popleft()
        if number >= 0:
            packet.pts = self._times.pop(number, packet.dts)
        return packet
