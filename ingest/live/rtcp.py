"""RTCP (RFC 3550, section 6): what a sender says of its own clock, and the report that a receiver owes it. Pure."""

import struct
from typing import NamedTuple

_SENDER, _RECEIVER, _DESCRIPTION, _BYE = 200, 201, 202, 203
_NTP_EPOCH_S = 2_208_988_800  # from 1900, where NTP counts from, to 1970
_OURS = b"MatP"  # our synchronisation source; nobody else is in the session
_NAME = b"matpho"


class SenderReport(NamedTuple):
    """`ntp_us` is the sender's wall clock as microseconds since 1970, at its RTP time `timestamp`; `middle` are the middle
    32 bits of its NTP time, which a receiver's report returns.
    """

    source: int
    ntp_us: int
    timestamp: int
    middle: int


def sender_report(data: bytes | memoryview) -> SenderReport | None:
    """Return the sender report of a compound packet (section 6.4.1), None when there is none or it tells no time."""
    at = 0
    while at + 4 <= len(data):
        if data[at] >> 6 != 2:
            return None
        length = 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if data[at + 1] == _SENDER and length >= 28 and at + length <= len(data):
            source, seconds, fraction, timestamp = struct.unpack_from(">IIII", data, at + 4)
            if not seconds:
                return None  # a sender without a clock says so with 0
            era = 0 if seconds >= 0x8000_0000 else 1 << 32  # from 2036 on the count begins anew (RFC 5905, section 6)
            ntp_us = (seconds + era - _NTP_EPOCH_S) * 1_000_000 + (fraction * 1_000_000 >> 32)
            return SenderReport(source, ntp_us, timestamp, (seconds & 0xFFFF) << 16 | fraction >> 16)
        at += length
    return None


def says_goodbye(data: bytes | memoryview) -> bool:
    """Tell whether a compound packet has a BYE (section 6.6)."""
    at = 0
    while at + 4 <= len(data) and data[at] >> 6 == 2:
        if data[at + 1] == _BYE:
            return True
        at += 4 + 4 * (data[at + 2] << 8 | data[at + 3])
    return False


class Received(NamedTuple):
    """What a report says of one sender; `lost_share` is of the packets since the last report, in 1/256.

    `delay` is the time since its sender report came, in 1/65536 s.
    """

    source: int
    lost_share: int
    lost: int
    highest: int
    middle: int
    delay: int


def receiver_report(received: Received) -> bytes:
    """Return a compound packet: a receiver report of one block, and who we are (sections 6.4.2 and 6.5).

    Jitter is told as 0: what TCP delivers has none that the sender could do anything about.
    """
    lost = min(received.lost, 0x7FFFFF)
    block = struct.pack(">IB3sII", received.source, received.lost_share, lost.to_bytes(3, "big"), received.highest, 0)
    block += struct.pack(">II", received.middle, min(received.delay, 0xFFFF_FFFF))
    report = struct.pack(">BBH", 0x81, _RECEIVER, 7) + _OURS + block
    item = bytes([1, len(_NAME)]) + _NAME
    chunk = _OURS + item + bytes(4 - len(item) % 4)
    return report + struct.pack(">BBH", 0x81, _DESCRIPTION, len(chunk) // 4) + chunk
