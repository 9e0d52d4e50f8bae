"""Timed text (3GPP TS 26.245): a soft track that any player shows or hides, here with the time on the wall."""

import struct
from collections.abc import Sequence

import numpy as np

from foundation.mp4.boxes import box
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.model import Track
from foundation.mp4.tables import SampleTable
from foundation.timebase import MEDIA_TIMESCALE

_FONT = b"Sans-Serif"


def text_sample(text: str) -> bytes:
    """Return a sample (clause 5.17): the length in bytes, then UTF-8. An empty text shows nothing."""
    data = text.encode()
    if len(data) > 0xFFFF:
        raise Mp4Unwritable(f"a text of {len(data)} bytes")
    return struct.pack(">H", len(data)) + data


def text_entry(width: int, height: int) -> bytes:
    """Return the `tx3g` sample entry (clause 5.16): centred at the bottom of a box of this size, white on black."""
    shape = struct.pack(">Ibb4B", 0, 1, -1, 0, 0, 0, 160)
    place = struct.pack(">4h", 0, 0, min(height, 0x7FFF), min(width, 0x7FFF))
    style = struct.pack(">HHHBB4B", 0, 0, 1, 0, max(12, min(height * 2 // 3, 48)), 255, 255, 255, 255)
    fonts = box(b"ftab", struct.pack(">HHB", 1, 1, len(_FONT)), _FONT)
    return box(b"tx3g", bytes(6), struct.pack(">H", 1), shape, place, style, fonts)


def wall_clock_track(
    lines: Sequence[tuple[int, int, str]],
    *,
    track_id: int,
    payload_at: int = 0,
    timescale: int = MEDIA_TIMESCALE,
    width: int = 0,
    height: int = 0,
    language: str = "und",
) -> tuple[Track, bytes]:
    """Return a text track of `lines` (start ticks, duration ticks, text), and the bytes of its samples.

    The lines are in order and do not overlap; time between them and before the first shows nothing. `width` and
    `height` are those of the picture, of whose lower edge the text takes a strip. The samples' offsets begin at
    `payload_at`, where the caller puts the bytes. The track's time is the movie's time: it has no edits.
    """
    starts, ends, texts = [], [], []
    now = 0
    for start, duration, text in lines:
        if start < now or duration <= 0:
            raise Mp4Unwritable(f"a text from {start} for {duration} ticks, the one before it ends at {now}")
        if start > now:
            starts.append(now)
            ends.append(start)
            texts.append(text_sample(""))
        now = start + duration
        starts.append(start)
        ends.append(now)
        texts.append(text_sample(text))
    count = len(texts)
    size = np.fromiter(map(len, texts), np.int64, count)
    offset = payload_at + np.cumsum(size) - size
    dts, none = np.array(starts, np.int64), np.zeros(count, np.int64)
    samples = SampleTable(offset, size, dts, none, np.ones(count, np.bool_), np.zeros(count, np.int32), now)
    strip = max(height // 12, min(height, 24))
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, (height - strip) << 16, 0x40000000)
    entries = (text_entry(width, strip),)
    return Track(track_id, "text", timescale, entries, samples, (), width, strip, language, matrix), b"".join(texts)
