"""What each live frame carries beside its picture: which camera, which frame of it, sent when. Pure.

    06  05  24  UUID(16)  camera u32  number u64  sent_us u64  80        a NAL unit of H.264, before its emulation prevention

It is supplemental information (ITU-T H.264, D.1.7: user data, unregistered), which decoders pass over and recorders keep. So
every recorded frame can be accounted for without decoding it: lost, doubled, of another camera, or out of order.
"""

import re
import struct
from typing import NamedTuple

UUID = bytes.fromhex("6d61742d70686f2d9c41e8b25a17d3f4")
"""Ours alone. It has no zero byte, so it is found in coded bytes as it stands here."""
LONGEST = 3 + len(UUID) + 20 * 3 // 2 + 1
"""Bytes of the longest unit: emulation prevention adds at most one byte to each two."""

_FIELDS = struct.Struct(">IQQ")
_HEAD = bytes([6, 5, len(UUID) + _FIELDS.size]) + UUID
_TRAILING = b"\x80"
_TO_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")
_ESCAPED = re.compile(rb"\x00\x00\x03")


class Mark(NamedTuple):
    """`number` counts the frames of its camera, `sent_us` is when it was sent, microseconds UTC."""

    camera: int
    number: int
    sent_us: int


def escape(data: bytes) -> bytes:
    """Put emulation prevention bytes in (ITU-T H.264, 7.4.1), for data that follows a byte other than zero."""
    return _TO_ESCAPE.sub(b"\x00\x00\x03", data)


def unescape(data: bytes) -> bytes:
    return _ESCAPED.sub(b"\x00\x00", data)


def unit(camera: int, number: int, sent_us: int) -> bytes:
    """Return the mark as a NAL unit. It is written for every frame that is sent, so it is one expression."""
    return _HEAD + _TO_ESCAPE.sub(b"\x00\x00\x03", _FIELDS.pack(camera, number, sent_us)) + _TRAILING


def find(data: bytes) -> Mark | None:
    """Return the mark in coded bytes, be they a unit, a sample or its beginning; None where there is none that is whole."""
    at = data.find(UUID)
    if at < 0:
        return None
    at += len(UUID)
    fields = unescape(data[at : at + LONGEST])[: _FIELDS.size]
    return Mark(*_FIELDS.unpack(fields)) if len(fields) == _FIELDS.size else None
