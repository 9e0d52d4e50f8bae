"""What several requests ask of the same minutes of a camera, as one: a head looks for a recording once. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from access.wanted import Wanted
from foundation.timebase import TimeRange, merge


@dataclass(frozen=True)
class Needed:
    """Footage of one camera that living requests ask for, whose missing parts overlap.

    `until_us` is the latest until which it is of use to one of them; `purposes` and `asked_by` (name and id of units) are each told once.
    """

    request_ids: tuple[str, ...]
    camera_id: int
    camera: str
    camera_name: str
    span: TimeRange
    missing: tuple[TimeRange, ...]
    purposes: tuple[str, ...]
    until_us: int
    consent: str
    asked_by: tuple[tuple[str, int], ...]
    answered_us: int | None


def together(wanted: Iterable[Wanted]) -> list[Needed]:
    """Return them gathered, what is of use for the shortest time to one of them first; what its owner is to be asked about, and what was answered, apart."""
    apart: dict[tuple[int, bool, bool], list[Wanted]] = defaultdict(list)
    for one in wanted:
        apart[one.camera_id, one.consent == "asked", one.answered_us is None].append(one)
    groups = [group for alike in apart.values() for group in _overlapping(alike)]
    return [_needed(group) for group in sorted(groups, key=lambda group: (group[0].until_us, group[0].camera))]


def _overlapping(alike: list[Wanted]) -> list[list[Wanted]]:
    """Return those whose missing parts hang together, each group in order."""
    starts = [part.start_us for part in merge(part for one in alike for part in one.missing)]
    leads = list(range(len(starts)))

    def lead(number: int) -> int:
        while leads[number] != number:
            number = leads[number]
        return number

    firsts = []
    for one in alike:
        found = [lead(bisect_right(starts, part.start_us) - 1) for part in one.missing]
        for number in found:
            leads[lead(number)] = lead(found[0])
        firsts.append(found[0])
    groups: dict[int, list[Wanted]] = defaultdict(list)
    for one, first in zip(alike, firsts, strict=True):
        groups[lead(first)].append(one)
    return list(groups.values())


def _needed(group: list[Wanted]) -> Needed:
    first = group[0]
    units = {one.asked_by_id: one.asked_by for one in group if one.asked_by_id is not None}
    return Needed(
        request_ids=tuple(one.request_id for one in group),
        camera_id=first.camera_id,
        camera=first.camera,
        camera_name=first.camera_name,
        span=TimeRange(min(one.span.start_us for one in group), max(one.span.end_us for one in group)),
        missing=tuple(merge(part for one in group for part in one.missing)),
        purposes=tuple(dict.fromkeys(one.purpose for one in group)),
        until_us=max(one.until_us for one in group),
        consent=first.consent,
        asked_by=tuple((name, unit_id) for unit_id, name in units.items()),
        answered_us=max((one.answered_us for one in group if one.answered_us is not None), default=None),
    )
