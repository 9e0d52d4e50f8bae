"""What planning knows of a segment: its place in time, its looks and, once read, its samples. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foundation.mp4.model import UPRIGHT
from foundation.mp4.tables import Int64, SampleTable
from foundation.timebase import rescale


@dataclass(frozen=True)
class Look:
    """What one track can hold only one of: the coding and its dimensions. `kind` is the sample entry's four letters.

    `settings` tells configurations apart where a decoder does not go from one to the other without losing a picture.
    """

    kind: str
    width: int = 0
    height: int = 0
    rate: int = 0
    settings: int = 0


@dataclass(frozen=True)
class Footage:
    """One segment of the index. `rank` orders the camera's streams: among several that begin, the lowest is taken."""

    stream_id: int
    start_us: int
    end_us: int
    media_ticks: int
    run_id: int
    key: str
    sha256: bytes
    look: Look
    sound: Look | None = None
    rank: int = 0

    @property
    def duration_us(self) -> int:
        return self.end_us - self.start_us

    def wall_us(self, ticks: int) -> int:
        """Return the wall time of media time `ticks` after the segment's first presented frame."""
        return self.start_us + rescale(ticks, self.duration_us, self.media_ticks)

    def wall_times(self, ticks: Int64) -> Int64:
        """`wall_us` for an array; 120 s in both units multiply to 2.6e15, far below 2^63."""
        return self.start_us + (2 * ticks * self.duration_us + self.media_ticks) // (2 * self.media_ticks)

    def ticks(self, at_us: int) -> int:
        """Return the media time of a wall time, the nearest tick."""
        return rescale(at_us - self.start_us, self.media_ticks, self.duration_us)


@dataclass(frozen=True, eq=False)
class Sound:
    """`samples.pts` counts in 1/`rate` s from the segment's first presented video frame, and may begin before it."""

    samples: SampleTable
    rate: int
    entries: tuple[bytes, ...]


@dataclass(frozen=True, eq=False)
class Media:
    """A segment's samples, offsets from the start of its file. The earliest `video.pts` is 0."""

    video: SampleTable
    entries: tuple[bytes, ...]
    width: int
    height: int
    matrix: bytes = UPRIGHT
    sound: Sound | None = None


Load = Callable[[Footage], Media]
"""Gives a segment's samples; asked more than once for the same segment it should remember."""


def key_times(footage: Footage, media: Media) -> Int64:
    """Return the wall times of the segment's key frames, in order."""
    return np.sort(footage.wall_times(media.video.pts[media.video.key]))
