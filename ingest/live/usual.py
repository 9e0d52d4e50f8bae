"""What nearly all packets of pictures look like, so that one look at sixteen bytes tells; the others take the long way. Pure.

A usual packet is interleaved (RFC 2326 section 10.12) on our channel, has the fixed head of RTP and nothing more (RFC 3550 section
5.1), and carries a fragment (RFC 6184 section 5.8, RFC 7798 section 4.4.3) or a small unit that says nothing of the coding.
"""

import struct
from collections.abc import Callable

from ingest.live.pictures import Kind

WRAP = 4
"""Bytes that interleaving puts before a packet."""
MARKER = 0x80
FIRST, LAST, FIRST_LAST = 0x80, 0x40, 0xC0
"""Of a fragment's head: it begins its unit, it ends it."""
OTHER, WHOLE, PART = 0, 1, 2
"""Forms of a payload: the long way, a whole unit, a fragment."""
_FIXED = 12
_DOLLAR = 0x24
_PLAIN = 0x8000
_Read = Callable[[bytearray, int], tuple[int, int, int, int, int, int]]


class UsualPackets:
    """How packets of one stream look. `read` gives what is compared, from the `$` on:

    `$` and channel (`tag`), length, the first two bytes of RTP (`plain`, or with `MARKER`), sequence number, timestamp, and the last
    bytes of the source with the head of the fragment. `payload` and `skip` are where the payload and what is behind a fragment's
    head begin; `forms` tells by a payload's first byte what it is.
    """

    __slots__ = ("_shift", "forms", "payload", "plain", "read", "skip", "tag")

    def __init__(self, kind: Kind, channel: int, payload_type: int) -> None:
        h264 = kind == "h264"
        head = 2 if h264 else 3
        self.tag, self.plain = _DOLLAR << 8 | channel, _PLAIN | payload_type
        self.read: _Read = struct.Struct(">HHHHI2xI" if h264 else ">HHHHI3xI").unpack_from
        self.payload = WRAP + _FIXED
        self.skip = self.payload + head
        self._shift = 8 * head
        # Slices of pictures that lean on others, and messages; key frames and parameter sets are looked at closely.
        small, part = ({1, 6, 9}, 28) if h264 else ({*range(10), 35, 39, 40}, 49)
        numbers = [first & 31 if h264 else first >> 1 & 63 for first in range(256)]
        self.forms = [WHOLE if number in small else PART if number == part else OTHER for number in numbers]

    def high(self, source: int) -> int:
        """Return what the sender's number adds to the last field."""
        return (source << self._shift) & 0xFFFF_FFFF
