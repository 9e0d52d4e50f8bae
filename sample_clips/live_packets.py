"""Frames cut into the RTP packets of an RTSP connection (RFC 6184, RFC 3550), once for all cameras. Pure.

    blob   | room, filled from its end | $ 0 length | RTP head | piece | $ 0 length | RTP head | piece ...
              SPS, PPS, mark

All that differs from camera to camera is the mark, which stands first and has no fixed length, and ten bytes in each RTP
head: sequence number, time and source. They are written over each time that the frame is sent, and nothing else is.
"""

import struct
from dataclasses import dataclass

from sample_clips import live_mark
from sample_clips.live_footage import Coded

PACKET_BYTES = 1400
PAYLOAD_TYPE = 96
VIDEO_CHANNEL, REPORT_CHANNEL = 0, 1
RTP_HEAD = 12
LEAST_PACKET, MOST_PACKET = 200, 0xFFFF
"""A packet has room for a mark at least, and its length is told in 16 bits."""

_WRAPPER = struct.Struct(">cBHBBHII")
_VARYING = struct.Struct(">HII")
_VARYING_AT = 6
_FU_A = 28
_NTP_1970 = 2_208_988_800


@dataclass(slots=True)
class Picture:
    """One frame of the loop. `varying` says where in `blob` each packet has what differs from camera to camera.

    `sets` are the parameter sets that go before a key frame, `packets` counts those and the mark as well.
    """

    key: bool
    blob: memoryview
    room: int
    sets: tuple[bytes, ...]
    varying: tuple[int, ...]
    packets: int

    def filled(self, sequence: int, timestamp: int, source: int, mark: bytes) -> bytes:
        """Return the frame as it is sent; `sequence` is the number of its first packet."""
        head, blob = b"", self.blob
        for unit in (*self.sets, mark) if self.sets else (mark,):
            size = RTP_HEAD + len(unit)
            head += _WRAPPER.pack(b"$", VIDEO_CHANNEL, size, 0x80, PAYLOAD_TYPE, sequence & 0xFFFF, timestamp, source)
            head += unit
            sequence += 1
        begin = self.room - len(head)
        blob[begin : self.room] = head
        pack = _VARYING.pack_into
        for at in self.varying:
            pack(blob, at, sequence & 0xFFFF, timestamp, source)
            sequence += 1
        return bytes(blob[begin:])


def pictures(coded: Coded, packet_bytes: int) -> list[Picture]:
    """Return all frames of the loop, in packets of at most `packet_bytes`, RTP head included."""
    if not LEAST_PACKET <= packet_bytes <= MOST_PACKET:
        raise ValueError(f"Packets of {packet_bytes} bytes; {LEAST_PACKET} to {MOST_PACKET} can be sent")
    room = 3 * _WRAPPER.size + len(coded.sps) + len(coded.pps) + live_mark.LONGEST
    made = []
    for units, key in zip(coded.frames, coded.keys, strict=True):
        payloads = [payload for unit in units for payload in cut(unit, packet_bytes - RTP_HEAD)]
        blob, varying = bytearray(room), []
        for number, payload in enumerate(payloads):
            kind = PAYLOAD_TYPE | (0x80 if number == len(payloads) - 1 else 0)
            varying.append(len(blob) + _VARYING_AT)
            blob += _WRAPPER.pack(b"$", VIDEO_CHANNEL, RTP_HEAD + len(payload), 0x80, kind, 0, 0, 0) + payload
        sets = (coded.sps, coded.pps) if key else ()
        made.append(Picture(key, memoryview(blob), room, sets, tuple(varying), len(sets) + 1 + len(varying)))
    return made


def cut(unit: bytes, size: int) -> list[bytes]:
    """Return a NAL unit as one payload of at most `size` bytes, or as several (FU-A: RFC 6184, section 5.8)."""
    if len(unit) <= size:
        return [unit]
    pieces = [unit[at : at + size - 2] for at in range(1, len(unit), size - 2)]
    indicator, kind, last = (unit[0] & 0xE0) | _FU_A, unit[0] & 31, len(pieces) - 1
    marks = ((0x80 if number == 0 else 0) | (0x40 if number == last else 0) for number in range(len(pieces)))
    return [bytes([indicator, mark | kind]) + piece for mark, piece in zip(marks, pieces, strict=True)]


def sender_report(source: int, camera_us: int, timestamp: int, packets: int, octets: int, name: str) -> bytes:
    """Return a sender report and the source's name (RFC 3550, 6.4.1, 6.5): at `timestamp`, the camera's clock told `camera_us`."""
    seconds, rest = divmod(camera_us, 1_000_000)
    clock = (seconds + _NTP_1970, (rest << 32) // 1_000_000)
    wrapping = (number & 0xFFFF_FFFF for number in (timestamp, packets, octets))
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, source, *clock, *wrapping)
    item = struct.pack(">IBB", source, 1, len(name)) + name.encode()
    item += bytes(4 - len(item) % 4)
    both = report + struct.pack(">BBH", 0x81, 202, len(item) // 4) + item
    return struct.pack(">cBH", b"$", REPORT_CHANNEL, len(both)) + both
