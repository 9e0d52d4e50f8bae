"""Heads of packets, sequence numbers and times."""

import pytest

from ingest.live.rtp import RtpClock, Sequence, read_head

HEAD = bytes.fromhex("80e0010200000e10deadbeef")


def test_a_plain_head() -> None:
    data = b"xx" + HEAD + b"payload"
    head = read_head(data, 2, len(data))
    assert head is not None
    assert (head.payload_type, head.marker, head.sequence) == (96, True, 0x0102)
    assert (head.timestamp, head.source, data[head.begin : head.end]) == (3600, 0xDEADBEEF, b"payload")


def test_sources_extension_and_padding_are_stepped_over() -> None:
    data = bytes([0x80 | 0x30 | 2]) + HEAD[1:] + b"\0" * 8 + b"\xbe\xde\x00\x01EXTN" + b"body" + b"\0\0\x03"
    head = read_head(data, 0, len(data))
    assert head is not None
    assert data[head.begin : head.end] == b"body"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD[:11],
        b"\x40" + HEAD[1:],
        bytes([0x8F]) + HEAD[1:] + b"x" * 20,
        bytes([0x90]) + HEAD[1:] + b"\0\0\xff\xff" + b"x" * 20,
        bytes([0x90]) + HEAD[1:] + b"\0\0",
        bytes([0xA0]) + HEAD[1:] + b"x\x00",
        bytes([0xA0]) + HEAD[1:] + b"x\x09",
    ],
    ids=["empty", "short", "version", "sources", "extension", "cut extension", "no padding", "all padding"],
)
def test_what_is_no_packet_is_none(data: bytes) -> None:
    assert read_head(data, 0, len(data)) is None


def test_what_never_came_is_counted_also_over_the_wrap() -> None:
    sequence = Sequence()
    assert [sequence.gap(number) for number in (65_533, 65_534, 1, 2)] == [0, 0, 2, 0]
    assert sequence.lost == 2


def test_a_step_back_is_a_restart() -> None:
    sequence = Sequence()
    assert [sequence.gap(number) for number in (5000, 5001, 7, 8)] == [0, 0, 1, 0]
    assert (sequence.lost, sequence.restarts) == (0, 1)


def test_times_go_on_over_the_wrap_and_back_for_b_frames() -> None:
    clock = RtpClock(90_000)
    told = [
        clock.at(stamp % (1 << 32), n * 40_000)
        for n, stamp in enumerate((2**32 - 3600, 2**32 + 3600, 2**32, 2**32 + 7200))
    ]
    assert told == [0, 7200, 3600, 10_800]
    assert clock.restarts == 0


def test_a_clock_that_starts_anew_goes_on_by_the_receivers() -> None:
    clock = RtpClock(90_000)
    assert [clock.at(1_000_000, 0), clock.at(1_003_600, 40_000)] == [0, 3600]
    assert clock.at(77, 2_040_000) == 3600 + 180_000
    assert clock.at(77 + 3600, 2_080_000) == 3600 + 183_600
    assert clock.restarts == 1


def test_a_pause_of_the_connection_is_no_restart() -> None:
    clock = RtpClock(90_000)
    clock.at(0, 0)
    assert clock.at(60 * 90_000, 60_000_000) == 60 * 90_000
    assert clock.restarts == 0
