"""Sound on the axis of its pictures: where it begins, what a gap is, what a restart is."""

from itertools import pairwise

import pytest

from foundation.timebase import MEDIA_TIMESCALE as SECOND
from foundation.timebase import MICROSECONDS
from ingest.live.description import MediaOffer
from ingest.live.gathering import Piece
from ingest.live.pictures import AccessUnit
from ingest.live.sounding import MOST_BYTES, Sounding, coding_of_sound
from ingest.samples import Sample

G711 = MediaOffer("audio", 8, "PCMA", 8000, 1, "rtsp://h/x")
AAC = MediaOffer("audio", 97, "MPEG4-GENERIC", 48_000, 1, "rtsp://h/x", {"config": "1188", "mode": "AAC-hbr"})
BEGIN_US = 1_772_892_000_000_000
LATE_US = 60_000
"""How long everything is on its way, but for what the test says."""


class Ear:
    """Sends packets of 20 ms of G.711, or one access unit of AAC, from a random RTP time on."""

    def __init__(self, offer: MediaOffer, first: int = 4_294_960_000) -> None:
        coding = coding_of_sound(offer)
        assert coding is not None
        self.sounding = Sounding(offer, coding)
        self.length = 160 if offer is G711 else 1024
        self.rate = offer.clock_rate
        self._first, self.rtp = first, first

    def hear(self, seconds: float, late_us: int = LATE_US) -> None:
        """Send what is captured in the next seconds."""
        for number in range(round(seconds * self.rate / self.length)):
            captured = (self.rtp - self._first) * MICROSECONDS // self.rate
            data = number.to_bytes(4, "big") * (self.length // 4)
            came = captured + late_us
            self.sounding.hear([data], self.rtp & 0xFFFF_FFFF, BEGIN_US + came, came)
            self.rtp += self.length

    def skip(self, seconds: float) -> None:
        self.rtp += round(seconds * self.rate)


def piece(low_s: float, end_s: float) -> Piece:
    found = Piece(end=round(end_s * SECOND))
    for ticks in range(round(low_s * SECOND), found.end, 3600):
        found.add(AccessUnit(0, bytearray(4), False, (), False), ticks, 0, 0)
    return found


def joined(samples: list[Sample]) -> bool:
    """Tell whether each begins where the one before it ends."""
    times = [sample.pts or 0 for sample in samples]
    return times == [times[0] + number * samples[0].duration for number in range(len(samples))]


@pytest.mark.parametrize("offer", [G711, AAC], ids=["g711", "aac"])
def test_sound_lies_beside_the_pictures_that_were_taken_with_it(offer: MediaOffer) -> None:
    """Pictures and sound begin together and are as long on their way; the pictures' axis begins at 5 s."""
    ear = Ear(offer)
    ear.hear(2.1)
    offset_us = BEGIN_US + LATE_US - 5 * MICROSECONDS
    found = ear.sounding.give(piece(5, 7), offset_us)
    assert found[0].pts == 5 * ear.rate
    assert joined(found)
    last = found[-1]
    assert (last.pts or 0) < 7 * ear.rate <= (last.pts or 0) + last.duration
    assert all(sample.sound and sample.coding is ear.sounding.coding for sample in found)
    ear.hear(2)
    more = ear.sounding.give(piece(7, 9), offset_us + 3000)  # the pictures' clock is steadied; sound goes on as it is
    assert joined([*found, *more])
    assert ear.sounding.left_out == 0


def test_the_least_delayed_packet_says_where_it_lies() -> None:
    ear = Ear(G711)
    ear.hear(0.5, LATE_US + 300_000)
    ear.hear(0.02, LATE_US)
    ear.hear(0.5, LATE_US + 300_000)
    (first, *_) = ear.sounding.give(piece(0, 1), BEGIN_US + LATE_US)
    assert first.pts == 0


def test_several_units_of_a_packet_follow_each_other() -> None:
    """And the last of them, which waited for nothing, says when they were."""
    ear = Ear(AAC)
    ear.sounding.hear([b"one", b"two", b"three"], 7, BEGIN_US, 0)
    found = ear.sounding.give(piece(0, 1), BEGIN_US)
    assert [(sample.data, sample.pts) for sample in found] == [(b"one", -2048), (b"two", -1024), (b"three", 0)]


def test_a_gap_in_the_sound_is_a_gap() -> None:
    ear = Ear(G711)
    ear.hear(1)
    ear.skip(0.5)
    ear.hear(0.5)
    found = ear.sounding.give(piece(0, 3), BEGIN_US + LATE_US)
    steps = {(after.pts or 0) - (before.pts or 0) for before, after in pairwise(found)}
    assert steps == {160, 160 + 4000}


def test_what_comes_twice_or_late_is_left_out() -> None:
    ear = Ear(G711)
    ear.hear(1)
    ear.rtp -= 800
    ear.hear(0.1)
    found = ear.sounding.give(piece(0, 1), BEGIN_US + LATE_US)
    assert joined(found)
    assert len(found) == 50
    assert ear.sounding.left_out == 5


def test_a_sender_that_restarts_is_placed_anew() -> None:
    ear = Ear(G711)
    ear.hear(1)
    before = ear.sounding.give(piece(0, 1), BEGIN_US + LATE_US)
    for number in range(50):
        came = MICROSECONDS + number * 20_000 + LATE_US
        ear.sounding.hear([bytes(160)], 1_000_000 + number * 160, BEGIN_US + came, came)
    after = ear.sounding.give(piece(1, 2), BEGIN_US + LATE_US)
    assert joined([*before, *after])
    assert len(after) == 50


def test_what_no_pictures_ask_for_is_bounded() -> None:
    ear = Ear(G711)
    for number in range(100):
        ear.sounding.hear([bytes(60_000)], number * 60_000, BEGIN_US, number * 7_500_000)
    assert ear.sounding._size <= MOST_BYTES
    assert ear.sounding._size == sum(len(one.data) for one in ear.sounding._waiting)
    assert ear.sounding.left_out == 100 - len(ear.sounding._waiting)


def test_before_any_sound_there_is_none() -> None:
    assert Ear(AAC).sounding.give(piece(0, 2), BEGIN_US) == []


@pytest.mark.parametrize("settings", [{}, {"config": "xyz"}])
def test_settings_that_describe_no_sound(settings: dict[str, str]) -> None:
    offer = MediaOffer("audio", 97, "MPEG4-GENERIC", 48_000, 1, "rtsp://h/x", settings)
    assert coding_of_sound(offer) is None
