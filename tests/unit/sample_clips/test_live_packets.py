"""Frames as packets: put together again they are the frame, and nothing of one camera is left for the next."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_clips import live_mark
from sample_clips.live_footage import Coded
from sample_clips.live_packets import cut, pictures, sender_report
from sample_clips.live_sender import place

SPS, PPS = b"\x67\x42\xc0\x1e\x01", b"\x68\xce\x3c\x80"
UNITS = st.binary(min_size=2, max_size=3000).map(lambda data: bytes([0x65]) + data)


class Packet(NamedTuple):
    marker: bool
    sequence: int
    timestamp: int
    source: int
    payload: bytes


def read(data: bytes) -> Iterator[Packet]:
    """Read interleaved RTP packets (RFC 2326, section 10.12; RFC 3550, section 5.1)."""
    while data:
        dollar, channel, length, version, kind, sequence, timestamp, source = struct.unpack_from(">cBHBBHII", data)
        assert (dollar, channel, version, kind & 0x7F) == (b"$", 0, 0x80, 96)
        yield Packet(kind >= 0x80, sequence, timestamp, source, data[16 : 4 + length])
        assert len(data) >= 4 + length
        data = data[4 + length :]


def units(payloads: list[bytes]) -> list[bytes]:
    """Put NAL units together again (RFC 6184, sections 5.6 and 5.8)."""
    found: list[bytes] = []
    for payload in payloads:
        if payload[0] & 31 != 28:
            found.append(payload)
        elif payload[1] & 0x80:
            found.append(bytes([(payload[0] & 0xE0) | payload[1] & 31]) + payload[2:])
        else:
            found[-1] += payload[2:]
    return found


@given(UNITS, st.integers(200, 1400))
def test_a_unit_cut_is_the_unit_put_together(unit: bytes, size: int) -> None:
    pieces = cut(unit, size)
    assert units(pieces) == [unit]
    assert all(len(piece) <= size for piece in pieces)
    if len(pieces) > 1:
        assert [bool(piece[1] & 0x80) for piece in pieces] == [True] + [False] * (len(pieces) - 1)
        assert [bool(piece[1] & 0x40) for piece in pieces] == [False] * (len(pieces) - 1) + [True]


@given(st.lists(UNITS, min_size=1, max_size=3), st.booleans(), st.integers(0, 0xFFFF), st.integers(200, 1500))
def test_a_frame_sent_is_the_frame(slices: list[bytes], key: bool, first: int, size: int) -> None:
    [picture] = pictures(Coded(SPS, PPS, [slices], [key]), size)
    for camera in (1, 0xFFFF_FFFF, 2):  # marks of different length, one after the other in the same room
        mark = live_mark.unit(camera, 5, 2**40 + camera)
        packets = list(read(picture.filled(first, 0xFFFF_FFF0, camera, mark)))
        assert units([packet.payload for packet in packets]) == [*([SPS, PPS] if key else []), mark, *slices]
        assert [packet.sequence for packet in packets] == [(first + n) % 0x10000 for n in range(picture.packets)]
        assert {(packet.timestamp, packet.source) for packet in packets} == {(0xFFFF_FFF0, camera)}
        assert [packet.marker for packet in packets] == [False] * (picture.packets - 1) + [True]
        assert max(len(packet.payload) for packet in packets) + 12 <= size


@pytest.mark.parametrize("size", [0, 199, 0x10000])
def test_packets_that_cannot_be_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="200 to 65535"):
        pictures(Coded(SPS, PPS, [[b"\x65\x01"]], [True]), size)


def test_a_sender_report_tells_the_time_of_the_camera() -> None:
    report = sender_report(7, 1_500_000, 90_000, 2**32 + 3, 4, "camera-7")
    assert struct.unpack_from(">cBHBBH", report) == (b"$", 1, len(report) - 4, 0x80, 200, 6)
    assert struct.unpack_from(">IIIIII", report, 8) == (7, 2_208_988_801, 1 << 31, 90_000, 3, 4)
    kind, words, source = struct.unpack_from(">xBHI", report, 32)
    assert (kind, source, 36 + 4 * words) == (202, 7, len(report))
    assert report[40:].startswith(b"\x01\x08camera-7\x00")


@pytest.mark.parametrize("frames", [100, 1500, 3000, 3700])
def test_cameras_are_at_different_places_of_the_loop(frames: int) -> None:
    places = {place(camera, 0, frames) for camera in range(1, min(frames, 790) + 1)}
    assert len(places) == min(frames, 790)
    assert len({at % 50 for at in places}) == 50
    assert place(3, 8, frames) == (place(3, 7, frames) + 1) % frames
