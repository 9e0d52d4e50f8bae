"""From the segments of a camera and a range `[from, to)` to the parts of a clip: the meaning of a clip. Pure.

The modes are told in docs/decisions/0007-what-exact-means.md, the computation in docs/design/virtual-mp4.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from extract.choose import Take, choose
from extract.cut import Asked, Cut, Lost, Mode, cut_stretch
from extract.footage import Footage, Load, Look
from foundation.timebase import TimeRange, merge, subtract

__all__ = ["Cut", "Footage", "Load", "Look", "Lost", "Mode", "Part", "Plan", "in_order", "plan"]


@dataclass(frozen=True, eq=False)
class Part:
    """What can be one file: one coding and size of picture, and of sound if sound is carried."""

    look: Look
    sound: Look | None
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """`covered` is the wall time of `span` whose footage is in the clip; `lost` was recorded and is not in it.

    `used` are the segments that answered. Planning again from these alone gives the same samples and edits.
    """

    span: TimeRange
    mode: Mode
    parts: tuple[Part, ...]
    covered: tuple[TimeRange, ...]
    lost: tuple[Lost, ...]
    used: tuple[Footage, ...]

    @property
    def frames(self) -> int:
        return sum(int(cut.seen.sum()) for part in self.parts for cut in part.cuts)


def plan(footage: Sequence[Footage], span: TimeRange, mode: Mode, load: Load, *, audio: bool = False) -> Plan:
    """Return the clip of `span`. It has no parts when no frame answers.

    `footage` may reach beyond `span` on both sides: a clip may begin with frames that lean on an earlier segment.
    """
    takes = choose(footage, span, load)
    stretches = _stretches(takes)
    cuts, lost = _cut_all(stretches, footage, mode, load, audio=audio, at_us=None)
    if not (cuts or lost) and mode != "strict" and takes and takes[0].start_us == span.start_us:
        # Footage covers `from`, yet no frame begins in the range: what stood on display then is the answer.
        cuts, lost = _cut_all(stretches[:1], footage, mode, load, audio=audio, at_us=span.start_us)
    parts = tuple(
        Part(*looks, tuple(group)) for looks, group in groupby(cuts, lambda cut: _looks(cut.footage[-1], audio))
    )
    covered = [
        rest
        for take in takes
        for rest in subtract(TimeRange(take.start_us, take.end_us), [item.range for item in lost])
    ]
    return Plan(span, mode, parts, tuple(merge(covered)), tuple(lost), _used(takes, cuts))


def _cut_all(
    stretches: Sequence[Sequence[Take]],
    footage: Sequence[Footage],
    mode: Mode,
    load: Load,
    *,
    audio: bool,
    at_us: int | None,
) -> tuple[list[Cut], list[Lost]]:
    ends = {(segment.run_id, segment.end_us): segment for segment in footage}
    cuts: list[Cut] = []
    lost: list[Lost] = []
    for number, stretch in enumerate(stretches):
        head = stretch[0].footage
        earlier = ends.get((head.run_id, head.start_us))
        opens = not cuts or _looks(cuts[-1].footage[-1], audio) != _looks(head, audio)
        asked = Asked(mode, opens=opens, leads=number == 0, at_us=at_us)
        cut, missing = cut_stretch(stretch, earlier, asked, load)
        lost.extend(missing)
        if cut is not None:
            cuts.append(cut)
    return cuts, lost


def _looks(footage: Footage, audio: bool) -> tuple[Look, Look | None]:
    return footage.look, footage.sound if audio else None


def _used(takes: Sequence[Take], cuts: Sequence[Cut]) -> tuple[Footage, ...]:
    used = {take.footage.key: take.footage for take in takes}
    for cut in cuts:
        for place in set(cut.owner.tolist()):
            used[cut.footage[place].key] = cut.footage[place]
    return in_order(used.values())


def in_order(footage: Iterable[Footage]) -> tuple[Footage, ...]:
    """Return the segments in the order in which a plan tells of those it used."""
    return tuple(sorted(footage, key=lambda item: (item.start_us, item.rank, item.stream_id)))


def _stretches(takes: Sequence[Take]) -> list[list[Take]]:
    stretches: list[list[Take]] = []
    for take in takes:
        if stretches and take.follows(stretches[-1][-1]):
            stretches[-1].append(take)
        else:
            stretches.append([take])
    return stretches
