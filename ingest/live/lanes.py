"""One RTP stream of a camera: from a packet in the receive buffer to pictures or sound, at next to no cost for most.

Nine packets of ten are fragments in the middle of a picture. Those are recognised by the sixteen bytes of their heads and copied
behind the picture so far; everything else takes the long way through the parsers. Pure but for whom it tells.
"""

import struct
from abc import ABC, abstractmethod
from typing import NamedTuple, Protocol

from ingest.live.description import MediaOffer
from ingest.live.pictures import AccessUnit, GoingOn, Kind, Pictures
from ingest.live.rtcp import Received, SenderReport, receiver_report
from ingest.live.rtp import Sequence, read_head
from ingest.live.sound import AacPacking, Unsupported

_HEAD = struct.Struct(">BHI").unpack_from
_WHOLE = struct.Struct(">BBHBBHI").unpack_from
_FIXED = 12
_WRAPPED = 4 + _FIXED
_DOLLAR = 0x24
_LAST = 0x40
"""Of a fragment's state: it ends its unit (RFC 6184 section 5.8, RFC 7798 section 4.4.3)."""
_PICTURES: dict[str, Kind] = {"H264": "h264", "H265": "h265"}
_G711 = frozenset({"PCMA", "PCMU"})


class Now:
    """When the bytes that are being looked at came: the receiver's wall clock, and a clock that never steps."""

    __slots__ = ("steady_us", "wall_us")

    def __init__(self) -> None:
        self.wall_us = self.steady_us = 0


class Intake(Protocol):
    """Whoever records a camera. Everything told came at `now`."""

    def picture(self, unit: AccessUnit, now: Now) -> None: ...

    def sound(self, packets: list[bytes], timestamp: int, now: Now) -> None: ...

    def reported(self, offer: MediaOffer, report: SenderReport, now: Now) -> None: ...


class Lane(ABC):
    """What all streams have in common. `take` is called with a packet at `[begin, end)` of a buffer that is filled up to
    `limit`, and returns where the next one begins that it has not taken.
    """

    def __init__(self, offer: MediaOffer, channel: int, intake: Intake, now: Now) -> None:
        self._channel = channel
        self.offer = offer
        self.sequence = Sequence()
        self.broken = 0
        """Packets that are none, or payloads that cannot be read."""
        self._intake = intake
        self._now = now
        self._source = 0
        self._report: tuple[int, int] | None = None  # (middle of its NTP time, when it came)
        self._told: tuple[int, int] | None = None  # (highest, lost) of the report before

    def take(self, buffer: bytearray, view: memoryview, begin: int, end: int, _limit: int) -> int:
        head = read_head(buffer, begin, end)
        if head is None:
            self.broken += 1
        elif head.payload_type == self.offer.payload_type:
            self._source = head.source
            lost = self.sequence.gap(head.sequence)
            self._payload(view[head.begin : head.end], head.timestamp, head.marker, lost)
        return end

    @abstractmethod
    def _payload(self, payload: memoryview, timestamp: int, marker: bool, lost: int, /) -> None: ...

    def reported(self, report: SenderReport) -> None:
        self._report = (report.middle, self._now.steady_us)
        self._intake.reported(self.offer, report, self._now)

    def receiver_report(self, steady_us: int) -> bytes | None:
        """Return the report that is due to the sender, None before anything came."""
        if self.sequence.next < 0:
            return None
        highest, lost = self.sequence.highest, self.sequence.lost
        before, lost_before = self._told or (self.sequence.first - 1, 0)
        share = min(255, 256 * (lost - lost_before) // max(1, highest - before))
        self._told = (highest, lost)
        middle, came_us = self._report or (0, steady_us)
        return receiver_report(
            Received(self._source, share, lost, highest, middle, (steady_us - came_us) * 4096 // 62_500)
        )


class PictureLane(Lane):
    def __init__(self, offer: MediaOffer, channel: int, intake: Intake, now: Now) -> None:
        super().__init__(offer, channel, intake, now)
        self._pictures = Pictures(_PICTURES[offer.encoding])
        self._payload_type = offer.payload_type
        self._timestamp = -1

    @property
    def held(self) -> int:
        return self._pictures.held

    def take(self, buffer: bytearray, view: memoryview, begin: int, end: int, limit: int) -> int:
        sequence = self.sequence
        if end - begin <= _FIXED or buffer[begin] != 0x80 or not self._source:
            super().take(buffer, view, begin, end, limit)  # extensions, padding, or no packet at all
        else:
            second, number, timestamp = _HEAD(buffer, begin + 1)
            if second & 0x7F == self._payload_type:
                lost = 0
                if number == sequence.next:
                    sequence.advance(number)
                else:
                    lost = sequence.gap(number)
                self._payload(view[begin + _FIXED : end], timestamp, second >= 0x80, lost)
        goes_on = self._pictures.going_on()
        return end if goes_on is None else self._middles(goes_on, buffer, view, end, limit)

    def _middles(self, goes_on: GoingOn, buffer: bytearray, view: memoryview, at: int, limit: int) -> int:
        """Take the fragments from `at` on that go on with the open unit, up to its last; return where something else begins."""
        data, (first, state_before, state), head, room = goes_on
        sequence, number, channel = self.sequence, self.sequence.next, self._channel
        kind, timestamp, skip = self._payload_type, self._timestamp, _WRAPPED + head
        limit = min(limit, at + room)
        while at + skip < limit:
            mark, there, length, plain, second, came, stamp = _WHOLE(buffer, at)
            stop: int = at + 4 + length
            ends = buffer[at + skip - 1] ^ state  # 0 in the middle of the unit
            if (
                came != number
                or stamp != timestamp
                or ends & ~_LAST
                or second & 0x7F != kind
                or (second != kind and not ends)  # a marker amid a unit is for the long way
                or buffer[at + _WRAPPED] != first
                or buffer[at + skip - 2] != state_before
                or mark != _DOLLAR
                or there != channel
                or plain != 0x80
                or not at + skip < stop <= limit
            ):
                break
            data += view[at + skip : stop]
            sequence.advance(number)
            if ends:
                self._told_of(self._pictures.ended(marker=second != kind), marker=second != kind)
                return stop
            number, at = sequence.next, stop
        return at

    def _told_of(self, units: list[AccessUnit], *, marker: bool) -> None:
        if marker:
            self._timestamp = -1
        for unit in units:
            self._intake.picture(unit, self._now)

    def _payload(self, payload: memoryview, timestamp: int, marker: bool, lost: int, /) -> None:
        self._timestamp = -1 if marker else timestamp
        for unit in self._pictures.feed(payload, timestamp, marker=marker, lost=lost):
            self._intake.picture(unit, self._now)

    @property
    def refused(self) -> int:
        return self._pictures.refused


class SoundLane(Lane):
    def __init__(self, offer: MediaOffer, channel: int, intake: Intake, now: Now) -> None:
        super().__init__(offer, channel, intake, now)
        self._packing = None if offer.encoding in _G711 else AacPacking.of(offer.settings)

    def _payload(self, payload: memoryview, timestamp: int, _marker: bool, _lost: int, /) -> None:
        packets = [bytes(payload)] if self._packing is None else self._packing.units(payload)
        if packets is None or not packets[0]:
            self.broken += 1
        else:
            self._intake.sound(packets, timestamp, self._now)


class Chosen(NamedTuple):
    """What is recorded of an offer; `left` are the codings that are not, for the log."""

    offers: list[MediaOffer]
    left: list[str]


def choose(offers: list[MediaOffer], *, sound: bool) -> Chosen:
    """Return the first stream of pictures that we speak and, where consent covers it, the first such sound."""
    pictures = [one for one in offers if one.kind == "video" and one.encoding in _PICTURES and one.clock_rate == 90_000]
    heard = [one for one in offers if one.kind == "audio" and _spoken(one)] if sound else []
    taken = pictures[:1] + heard[:1] if pictures else []
    return Chosen(taken, [f"{one.kind} {one.encoding}" for one in offers if one not in taken])


def _spoken(offer: MediaOffer) -> bool:
    if offer.encoding in _G711:
        return offer.channels == 1
    if offer.encoding != "MPEG4-GENERIC":
        return False
    try:
        AacPacking.of(offer.settings)
    except Unsupported:
        return False
    return bool(offer.settings.get("config"))


def lane_of(offer: MediaOffer, channel: int, intake: Intake, now: Now) -> Lane:
    kind = PictureLane if offer.kind == "video" else SoundLane
    return kind(offer, channel, intake, now)


def kind_of(offer: MediaOffer) -> Kind:
    return _PICTURES[offer.encoding]
