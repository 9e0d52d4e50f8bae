"""Decides, group by group, when a segment is opened, continued and sealed. A pure state machine."""

from dataclasses import dataclass

from foundation.timebase import MEDIA_TIMESCALE
from ingest.coding import Coding
from ingest.samples import Group

USUAL_TICKS = 60 * MEDIA_TIMESCALE
_MARGIN = MEDIA_TIMESCALE // 2


@dataclass(frozen=True)
class Opening:
    """What a segment's head fixes: `delay` is the media time of its first picture, in ticks."""

    low: int
    delay: int
    coding: Coding
    sound: Coding | None
    begins_run: bool


def opening_for(group: Group, sound: Coding | None) -> Opening:
    """Return the opening of a segment that `group` begins.

    The delay is generous where pictures are reordered, for later groups of an uneven stream may need more.
    """
    delay = 2 * group.delay + _MARGIN if group.delay else 0
    return Opening(group.low, delay, group.coding, sound, group.begins_run)


def continues(opened: Opening, group: Group) -> bool:
    """Tell whether `group` goes into the segment that is open; if not, that one is sealed first."""
    assert group.end is not None
    return (
        not group.begins_run
        and group.coding is opened.coding
        and group.end - opened.low <= USUAL_TICKS
        and group.delay <= opened.delay
    )
