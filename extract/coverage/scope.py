"""Which units an audit of coverage is about, when each was valid, what lies within it, and its area."""

from collections.abc import Iterable
from dataclasses import dataclass

import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.reads import validity
from camera_registry.tables import Unit, UnitSuccession
from camera_registry.units import UnitUnknown, boundary_of, get_unit
from foundation.timebase import TimeRange


@dataclass(frozen=True, eq=False)
class ScopeUnit:
    """`span` is when it was valid within the period and within the unit asked for; `within` the ids of it and below."""

    unit: Unit
    span: TimeRange
    within: frozenset[int]

    @property
    def id(self) -> int:
        assert self.unit.id is not None
        return self.unit.id


@dataclass(frozen=True, eq=False)
class Scope:
    """`root` is the unit asked for, None for all; `units` are it and all below, by code."""

    root: ScopeUnit | None
    span: TimeRange
    units: tuple[ScopeUnit, ...]

    def area(self, ids: Iterable[int]) -> shapely.Geometry | None:
        """Return the area of the units in (lon, lat), None when no boundary is known.

        A unit with a boundary of its own is that, and one without is what its parts make up.
        """
        by_id = {item.id: item for item in self.units}
        wanted = by_id.keys() & set(ids)
        known = {unit_id: found for unit_id in wanted if (found := boundary_of(by_id[unit_id].unit)) is not None}
        covered = {below for unit_id in known for below in by_id[unit_id].within if below != unit_id}
        outermost = [found for unit_id, found in known.items() if unit_id not in covered]
        return shapely.union_all(outermost) if outermost else None


def scope_of(session: Session, code: str | None, span: TimeRange) -> Scope:
    """Return the units of an audit. The code is read as of the end of the period, or else of its begin.

    Raises `UnitUnknown`.
    """
    valid = {}
    question = sa.select(Unit).where(
        col(Unit.valid_from_us) < span.end_us,
        sa.or_(col(Unit.valid_to_us).is_(None), col(Unit.valid_to_us) > span.start_us),
    )
    for unit in session.execute(question.order_by(col(Unit.code), col(Unit.valid_from_us))).scalars():
        part = validity(unit).intersection(span)
        assert unit.id is not None
        assert part is not None
        valid[unit.id] = (unit, part)
    children: dict[int, list[int]] = {}
    for unit_id, (unit, _) in valid.items():
        if unit.parent_id is not None:
            children.setdefault(unit.parent_id, []).append(unit_id)
    before = _predecessors(session, span.end_us)
    if code is None:
        made = [ScopeUnit(unit, part, _below(key, children, before)) for key, (unit, part) in valid.items()]
        return Scope(None, span, tuple(made))
    root_id = _root(session, code, span)
    bounds = valid[root_id][1]
    within = _below(root_id, children, before)
    made = []
    for key, (unit, whole) in valid.items():
        part = whole.intersection(bounds)
        if key in within and part is not None:
            made.append(ScopeUnit(unit, part, _below(key, children, before)))
    root = next(item for item in made if item.id == root_id)
    return Scope(root, bounds, tuple(made))


def _root(session: Session, code: str, span: TimeRange) -> int:
    try:
        unit = get_unit(session, code, span.end_us - 1)
    except UnitUnknown:
        unit = get_unit(session, code, span.start_us)
    assert unit.id is not None
    return unit.id


def _predecessors(session: Session, until_us: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    links = sa.select(col(UnitSuccession.successor_id), col(UnitSuccession.predecessor_id)).where(
        col(UnitSuccession.at_us) < until_us
    )
    for successor, predecessor in session.execute(links):
        found.setdefault(successor, []).append(predecessor)
    return found


def _below(unit_id: int, children: dict[int, list[int]], before: dict[int, list[int]]) -> frozenset[int]:
    """Return the unit and all below it; what lay in a unit lies in its successor."""
    found, looked, open_ = {unit_id}, set(), [unit_id]
    while open_:
        current = open_.pop()
        if current in looked:
            continue
        looked.add(current)
        for child in children.get(current, []):
            found.add(child)
            open_.append(child)
        open_ += before.get(current, [])
    return frozenset(found)
