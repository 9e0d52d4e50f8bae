"""Build sample entries (clause 8.5.2) for samples that come from another container. Codec configurations are given."""

import struct

from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unwritable

VISUAL_STREAM, AUDIO_STREAM = 4, 5
"""streamType of `esds` (ISO/IEC 14496-1, table 6)."""


def visual_entry(kind: bytes, width: int, height: int, *inner: bytes) -> bytes:
    """Return a visual sample entry (clause 12.1.3) of the format `kind`; `inner` are whole boxes such as `avcC`."""
    if not (0 < width < 0x10000 and 0 < height < 0x10000):
        raise Mp4Unwritable(f"a picture of {width} x {height}")
    fields = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1)
    return box(kind, fields, *inner)


def audio_entry(kind: bytes, channels: int, bits: int, rate: int, *inner: bytes) -> bytes:
    """Return an audio sample entry (clause 12.2.3); `rate` is in samples per second."""
    if not (0 < channels < 0x10000 and rate > 0):
        raise Mp4Unwritable(f"sound of {channels} channels at {rate} samples per second")
    # A rate beyond 16 bits is told by the track's timescale alone.
    return box(kind, struct.pack(">6xH8xHH4xI", 1, channels, bits, rate << 16 if rate < 0x10000 else 0), *inner)


def esds(object_type: int, stream_type: int, specific: bytes) -> bytes:
    """Return an `esds` box (ISO/IEC 14496-14, 5.6); `specific` is the DecoderSpecificInfo, which may be empty."""
    info = _descriptor(5, specific) if specific else b""
    decoder = _descriptor(4, struct.pack(">BB3xII", object_type, stream_type << 2 | 1, 0, 0) + info)
    return full_box(b"esds", 0, 0, _descriptor(3, bytes(3) + decoder + _descriptor(6, b"\x02")))


def _descriptor(tag: int, payload: bytes) -> bytes:
    """ISO/IEC 14496-1, 8.3.3: the size in four times seven bits, the form that every reader knows."""
    size = len(payload)
    groups = (size >> 21 & 0x7F | 0x80, size >> 14 & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size & 0x7F)
    return bytes((tag, *groups)) + payload
