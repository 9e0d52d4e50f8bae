"""What a movie is once read, and what a reader will take from a file it does not trust."""

import struct
from dataclasses import dataclass, field
from typing import Literal

from foundation.mp4.tables import SampleTable

Media = Literal["video", "audio", "text", "other"]

UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The matrix of a picture shown as it is coded (clause 6.2.2)."""


@dataclass(frozen=True)
class Limits:
    """Bounds on what a hostile file can make us hold: memory is at most a few times these."""

    moov_bytes: int = 64 * 2**20
    moof_bytes: int = 16 * 2**20
    top_boxes: int = 400_000
    tracks: int = 64
    sample_entries: int = 256
    edits: int = 65_536
    samples: int = 3_000_000  # all tracks together; a day at 25 fps with sound
    runs: int = 400_000  # `trun` boxes; each costs about 20 microseconds


@dataclass(frozen=True)
class Edit:
    """One line of an edit list (clause 8.6.6).

    `duration` is in the movie's timescale (0 in a fragmented file: all that follows). `media_time` is a presentation
    time in the track's ticks, on the axis of `SampleTable.pts`; -1 shows nothing.
    """

    duration: int
    media_time: int


@dataclass(frozen=True)
class Track:
    """`sample_entries` are whole boxes, as they stand in `stsd`. `width`, `height` are pixels as shown."""

    id: int
    media: Media
    timescale: int
    sample_entries: tuple[bytes, ...]
    samples: SampleTable = field(default_factory=SampleTable.empty)
    edits: tuple[Edit, ...] = ()
    width: int = 0
    height: int = 0
    language: str = "und"
    matrix: bytes = UPRIGHT


@dataclass(frozen=True)
class Movie:
    """`whole_bytes` is where the last whole box or fragment of the file ends; what lies after it is a torn tail."""

    timescale: int
    tracks: tuple[Track, ...]
    whole_bytes: int = 0
