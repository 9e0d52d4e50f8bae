"""Reports of senders and receivers."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from ingest.live.rtcp import Received, receiver_report, says_goodbye, sender_report

SECONDS_1970 = 2_208_988_800


def report(seconds: int, fraction: int = 0, timestamp: int = 9000) -> bytes:
    return struct.pack(">BBHIIIIII", 0x80, 200, 6, 0xC0FFEE, seconds, fraction, timestamp, 5, 500)


def test_a_sender_tells_its_clock() -> None:
    found = sender_report(report(SECONDS_1970 + 1_772_892_300, 0x8000_0000))
    assert found is not None
    assert (found.source, found.ntp_us, found.timestamp) == (0xC0FFEE, 1_772_892_300_500_000, 9000)
    assert found.middle == ((SECONDS_1970 + 1_772_892_300) & 0xFFFF) << 16 | 0x8000


def test_from_2036_on_the_count_begins_anew() -> None:
    found = sender_report(report(1000))
    assert found is not None
    assert found.ntp_us == (2**32 + 1000 - SECONDS_1970) * 1_000_000


def test_a_sender_without_a_clock_tells_none() -> None:
    assert sender_report(report(0)) is None


def test_a_report_behind_others_and_a_goodbye_are_found() -> None:
    other = struct.pack(">BBHI", 0x80, 201, 1, 7)
    assert sender_report(other + report(SECONDS_1970)) is not None
    assert says_goodbye(other + struct.pack(">BBHI", 0x81, 203, 1, 7))
    assert not says_goodbye(other + report(SECONDS_1970))


def test_what_a_receiver_reports() -> None:
    data = receiver_report(Received(0xC0FFEE, 12, 345, 0x0001_FFFF, 0xAABBCCDD, 65_536))
    first, kind, words, ours, source, share, lost = struct.unpack_from(">BBHIIB3s", data)
    assert (first, kind, words, source, share) == (0x81, 201, 7, 0xC0FFEE, 12)
    assert int.from_bytes(lost, "big") == 345
    assert struct.unpack_from(">IIII", data, 16) == (0x0001_FFFF, 0, 0xAABBCCDD, 65_536)
    description = data[32:]
    assert (description[1], int.from_bytes(description[4:8], "big")) == (202, ours)
    assert len(description) == 4 * (int.from_bytes(description[2:4], "big") + 1)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_harm(data: bytes) -> None:
    found = sender_report(data)
    assert found is None or found.ntp_us > 0
    assert says_goodbye(data) in {True, False}
