"""Sound of a camera on the time axis of its pictures. Pure.

Both are told in times of one device, but each from a random zero. The zero of sound is where its least delayed packet of the first
second places it by the receiver's clock, as for pictures; from then on the two run together.
"""

from collections import deque
from dataclasses import dataclass

from foundation.mp4.entry_writer import AUDIO_STREAM, audio_entry, esds
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.sample_entries import codec_kind, codec_string
from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS, rescale
from ingest.coding import Coding
from ingest.live.description import MediaOffer
from ingest.live.gathering import Piece
from ingest.live.rtp import RtpClock
from ingest.live.sound import AAC_FRAME
from ingest.samples import Sample

MOST_BYTES = 4 * 2**20
_G711 = {"PCMA": b"alaw", "PCMU": b"ulaw"}
_AAC = 0x40


def coding_of_sound(offer: MediaOffer) -> Coding | None:
    """Return the coding of an offered sound, None when its settings describe none."""
    try:
        if offer.encoding in _G711:
            entry = audio_entry(_G711[offer.encoding], offer.channels, 16, offer.clock_rate)
        else:
            specific = bytes.fromhex(offer.settings["config"])
            entry = audio_entry(b"mp4a", offer.channels, 16, offer.clock_rate, esds(_AAC, AUDIO_STREAM, specific))
    except (KeyError, ValueError, Mp4Unwritable):
        return None
    return Coding(entry, codec_string(entry), codec_kind(entry), rate=offer.clock_rate)


@dataclass(frozen=True)
class _Heard:
    data: bytes
    ticks: int
    duration: int
    arrived_us: int


class Sounding:
    """The sound of one run. `hear` what comes, `give` what belongs to a piece of pictures."""

    def __init__(self, offer: MediaOffer, coding: Coding) -> None:
        self.coding = coding
        self._g711 = offer.encoding in _G711
        self._clock = RtpClock(coding.rate)
        self._waiting: deque[_Heard] = deque()
        self._size = 0
        self._zero: int | None = None  # what is to be added to its ticks to count like the pictures' axis
        self._given: int | None = None
        self.left_out = 0

    def hear(self, packets: list[bytes], timestamp: int, wall_us: int, steady_us: int) -> None:
        at, restarts = self._clock.at(timestamp, steady_us), self._clock.restarts
        if restarts:
            self._clock = RtpClock(self.coding.rate)
            self._waiting.clear()
            self._zero, self._size = None, 0
            at = self._clock.at(timestamp, steady_us)
        for data in packets:
            duration = len(data) if self._g711 else AAC_FRAME
            self._waiting.append(_Heard(data, at, duration, wall_us))
            self._size += len(data)
            at += duration
        while self._size > MOST_BYTES:
            self._size -= len(self._waiting.popleft().data)
            self.left_out += 1

    def give(self, piece: Piece, offset_us: int) -> list[Sample]:
        """Return the sound that begins before the piece's end; `offset_us` is wall minus media time of the pictures."""
        rate = self.coding.rate
        if self._zero is None:
            if not self._waiting:
                return []
            least = min(one.arrived_us - rescale(one.ticks, MICROSECONDS, rate) for one in self._waiting)
            self._zero = rescale(least - offset_us, rate, MICROSECONDS)
        end = rescale(piece.end, rate, MEDIA_TIMESCALE)
        low = rescale(piece.low, rate, MEDIA_TIMESCALE) - rate
        found: list[Sample] = []
        while self._waiting and self._waiting[0].ticks + self._zero < end:
            one = self._waiting.popleft()
            self._size -= len(one.data)
            at = one.ticks + self._zero
            if at < low or (self._given is not None and at < self._given):
                self.left_out += 1
                continue
            self._given = at + one.duration
            found.append(Sample(one.data, at, one.duration, True, self.coding, sound=True))
        return found
