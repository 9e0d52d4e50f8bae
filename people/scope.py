"""Which units a role reaches on a day: the subtree of its unit, through everything that was merged, split or renamed. Pure.

The rules are those of `camera_registry.units`: what lay in a unit lies in its successor. They are here once more because
they are asked on every request, of units that are in memory already; a property test holds the two together.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class UnitSpan:
    """A unit and when it was one: `[from_us, to_us)`, None for until further notice."""

    id: int
    parent_id: int | None
    from_us: int
    to_us: int | None
    code: str = ""

    def valid(self, at_us: int) -> bool:
        return self.from_us <= at_us and (self.to_us is None or at_us < self.to_us)


@dataclass(frozen=True)
class Handover:
    """From `at_us` on the successor takes over from the predecessor."""

    predecessor_id: int
    successor_id: int
    at_us: int


class Units:
    """All units there ever were, and who took over from whom."""

    def __init__(self, units: Iterable[UnitSpan], handovers: Iterable[Handover]) -> None:
        self._units = {unit.id: unit for unit in units}
        self._children: dict[int, list[UnitSpan]] = defaultdict(list)
        for unit in self._units.values():
            if unit.parent_id is not None:
                self._children[unit.parent_id].append(unit)
        self._after: dict[int, list[Handover]] = defaultdict(list)
        self._before: dict[int, list[Handover]] = defaultdict(list)
        for handover in handovers:
            self._after[handover.predecessor_id].append(handover)
            self._before[handover.successor_id].append(handover)

    def code_of(self, unit_id: int) -> str:
        return self._units[unit_id].code if unit_id in self._units else ""

    def current(self, unit_id: int, at_us: int) -> frozenset[int]:
        """Return what the unit has become by `at_us`: itself, its successors, or nothing when it ended without one."""
        found, seen, open_ = set(), {unit_id}, [unit_id]
        while open_:
            unit = self._units.get(open_.pop())
            if unit is None:
                continue
            if unit.valid(at_us):
                found.add(unit.id)
                continue
            later = {step.successor_id for step in self._after[unit.id] if step.at_us <= at_us} - seen
            seen |= later
            open_ += later
        return frozenset(found)

    def beneath(self, unit_id: int, at_us: int) -> frozenset[int]:
        """Return the unit and all units within it that are valid at `at_us`, as `camera_registry.units.subtree` does."""
        unit = self._units.get(unit_id)
        found = {unit_id} if unit is not None and unit.valid(at_us) else set()
        seen, open_ = {unit_id}, [unit_id]
        while open_:
            here = open_.pop()
            inside = {child.id for child in self._children[here] if child.valid(at_us)} - found
            found |= inside
            earlier = {step.predecessor_id for step in self._before[here] if step.at_us <= at_us}
            further = (inside | earlier) - seen
            seen |= further
            open_ += further
        return frozenset(found)

    def reached(self, unit_id: int, at_us: int) -> frozenset[int]:
        """Return every unit that a role given for `unit_id` reaches at `at_us`."""
        return frozenset().union(*(self.beneath(unit, at_us) for unit in self.current(unit_id, at_us)))

    def ever(self, units: frozenset[int], at_us: int) -> frozenset[int]:
        """Return `units` and all that ended and became nothing but some of them: as `judging.may` has it of a unit that is no more."""
        became = {unit: self.current(unit, at_us) for unit in self._units}
        return units | {unit for unit, now in became.items() if now and now <= units}
