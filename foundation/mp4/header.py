"""The head of a plain file whose samples follow in one `mdat`: all that is computed of a virtual clip file."""

import struct
from collections.abc import Sequence

from foundation.mp4.boxes import box
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.model import Track
from foundation.mp4.moov_writer import moov, moov_bytes, prepare
from foundation.mp4.stbl_writer import U32_MAX
from foundation.timebase import MEDIA_TIMESCALE

FILE_TYPE = box(b"ftyp", b"isom", (0x200).to_bytes(4, "big"), b"isom", b"iso4", b"mp41", b"mp42")
"""iso4 stands for signed composition offsets (annex E)."""


def build_header(tracks: Sequence[Track], payload_bytes: int, movie_timescale: int = MEDIA_TIMESCALE) -> bytes:
    """Return `ftyp`, `moov` and the head of an `mdat` of `payload_bytes`, which the payload's bytes are to follow.

    `Track.samples.offset` counts from the first byte of the payload. Samples that touch and share an entry are one
    chunk. Decode times are moved to begin at 0, and the edits with them; an edit of duration 0 lasts until the end.
    Offsets and the `mdat` size take 64 bits only if 32 do not hold them. Raises `Mp4Unwritable`.
    """
    for track in tracks:
        samples = track.samples
        if len(samples) and int((samples.offset + samples.size).max()) > payload_bytes:
            raise Mp4Unwritable(f"a sample of track {track.id} beyond the payload of {payload_bytes} bytes")
    prepared = [prepare(track, movie_timescale) for track in tracks]
    media = _media_head(payload_bytes)
    before = len(FILE_TYPE) + len(media)
    base = before + moov_bytes(prepared, movie_timescale, large=False)
    large = base + payload_bytes > U32_MAX
    if large:
        base = before + moov_bytes(prepared, movie_timescale, large=True)
    return b"".join((FILE_TYPE, moov(prepared, movie_timescale, base, large), media))


def _media_head(payload_bytes: int) -> bytes:
    if payload_bytes + 8 > U32_MAX:
        return struct.pack(">I4sQ", 1, b"mdat", payload_bytes + 16)
    return struct.pack(">I4s", payload_bytes + 8, b"mdat")
