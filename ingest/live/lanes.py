"""One RTP stream of a camera: from a packet in the receive buffer to pictures or sound, at next to no cost for most.

Nine packets of ten are fragments in the middle of a picture. Those are recognised by the sixteen bytes of their heads and copied
behind the picture so far; everything else takes the long way through the parsers. Pure but for whom it tells.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple, Protocol

from ingest.live.description import MediaOffer
from ingest.live.pictures import MOST_BYTES, AccessUnit, Kind, Pictures
from ingest.live.rtcp import Received, SenderReport, receiver_report
from ingest.live.rtp import Sequence, read_head
from ingest.live.sound import AacPacking, Unsupported
from ingest.live.usual import FIRST, FIRST_LAST, LAST, MARKER, PART, WHOLE, WRAP, UsualPackets

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
        self._pictures = Pictures(kind_of(offer))
        self._usual = UsualPackets(kind_of(offer), channel, offer.payload_type)

    @property
    def held(self) -> int:
        return self._pictures.held

    @property
    def refused(self) -> int:
        return self._pictures.refused

    def take(self, buffer: bytearray, view: memoryview, begin: int, end: int, limit: int) -> int:
        at = self._run(buffer, view, begin - WRAP, limit) if self._source else 0
        # What is left has extensions or padding, comes after a loss, is a parameter set, or is no packet at all.
        return at if at >= end else super().take(buffer, view, begin, end, limit)

    def _run(self, buffer: bytearray, view: memoryview, at: int, limit: int) -> int:
        """Take packets from `at` on while they are usual and none is missing; return where another one begins."""
        pictures, usual = self._pictures, self._usual
        if pictures.held + limit - at > MOST_BYTES:
            return at
        tagged, plain, read, skip, high = usual.tag, usual.plain, usual.read, usual.skip, usual.high(self._source)
        data, timestamp, middle = pictures.data, pictures.timestamp, high | pictures.middle
        number, last = self.sequence.next, limit - skip
        while at < last:
            tag, length, kind, came, stamp, state = read(buffer, at)
            stop = at + WRAP + length
            if tag != tagged or came != number or not at + skip < stop <= limit:
                break
            if state == middle and kind == plain and stamp == timestamp:
                data += view[at + skip : stop]
            elif self._edge(view, at, stop, kind ^ plain, stamp, state ^ middle):
                data, timestamp, middle = pictures.data, pictures.timestamp, high | pictures.middle
            else:
                break
            number = (number + 1) & 0xFFFF
            at = stop
        self.sequence.reached(number)
        return at

    def _edge(self, view: memoryview, at: int, stop: int, marker: int, stamp: int, differs: int) -> bool:
        """Take a packet where a unit begins or ends, or that is a whole one; False if it is of another kind.

        `differs` is in which bits it is not like the middle of the open unit.
        """
        pictures, usual = self._pictures, self._usual
        if (marker and marker != MARKER) or (pictures.timestamp != stamp and pictures.timestamp is not None):
            return False
        if pictures.middle >= 0:
            if differs != LAST:
                return False
            pictures.data += view[at + usual.skip : stop]
            pictures.end_unit()
        else:
            form = usual.forms[view[at + usual.payload]]
            if form == WHOLE:
                pictures.timestamp = stamp
                pictures.add(view[at + usual.payload : stop])
            elif form == PART and view[at + usual.skip - 1] & FIRST_LAST == FIRST:
                pictures.timestamp = stamp
                pictures.begin(view[at + usual.payload : at + usual.skip])
                pictures.data += view[at + usual.skip : stop]
            else:
                return False
        if marker:
            unit = pictures.finish()
            if unit is not None:
                self._intake.picture(unit, self._now)
        return True

    def _payload(self, payload: memoryview, timestamp: int, marker: bool, lost: int, /) -> None:
        for unit in self._pictures.feed(payload, timestamp, marker=marker, lost=lost):
            self._intake.picture(unit, self._now)


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
