"""What passes from a source to the segments: coded samples, and groups of them that decode on their own. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from foundation.mp4.tables import Int64
from foundation.timebase import MEDIA_TIMESCALE
from ingest.coding import Coding
from ingest.index.records import GapReason


class Sample(NamedTuple):
    """One coded frame, or one packet of sound, as it will stand in a segment.

    `pts` and `duration` are 1/90000 s for pictures, 1/rate s for sound; `pts` is None when the source tells none,
    `duration` 0. `coding` is the one in force: a change is another object. `hidden` are pictures that the source has
    only so that later ones can be decoded.
    """

    data: bytes
    pts: int | None
    duration: int
    key: bool
    coding: Coding
    sound: bool = False
    hidden: bool = False


@dataclass(eq=False)
class Group:
    """A key frame and what follows it in decode order; `data` and `pts` have shape (n,), times do not repeat.

    It is on display in `[low, end)`, ticks of 1/90000 s. `ends` says why the next group does not continue it;
    without a reason the next one begins at `end`.
    """

    data: list[bytes]
    pts: Int64
    coding: Coding
    size: int
    begins_run: bool
    end: int | None = None
    ends: GapReason | None = None
    sound: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.low = int(self.pts.min())
        self.high = int(self.pts.max())

    @property
    def delay(self) -> int:
        """How much later than the sorted times pictures are shown, at least, for none to be shown before its decoding."""
        return int((np.sort(self.pts) - self.pts).max())


def ticks_text(ticks: int) -> str:
    """Return media time as `h:mm:ss.mmm`, for notices."""
    ms = max(0, ticks) * 1000 // MEDIA_TIMESCALE
    return f"{ms // 3_600_000}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
