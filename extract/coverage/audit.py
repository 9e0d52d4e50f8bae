"""The audit of coverage: which cameras a unit had, how much they recorded, and what of its area they saw and recorded.

docs/design/coverage.md tells what is counted and by which formula.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, tzinfo

import shapely
from sqlmodel import Session

from camera_registry.views import LocalFrame
from extract.coverage.area import AreaAudit
from extract.coverage.cameras import Register, Stretch, register_of
from extract.coverage.records import CameraCoverage, Coverage, UnitCoverage, ViewCoverage
from extract.coverage.scope import Scope, ScopeUnit, scope_of
from foundation.errors import N_, BadInput
from foundation.timebase import MICROSECONDS, TimeRange, format_instant

__all__ = ["CELL_M", "MOST_DAYS", "CellUnusable", "Coverage", "NothingYet", "PeriodTooLong", "coverage"]

CELL_M = 25.0
MOST_DAYS = 366
_DAY_US = 86_400 * MICROSECONDS


class PeriodTooLong(BadInput):
    code = "period_too_long"
    message = N_("The period from {start} to {end} is longer than {days} days")
    mend = N_("Ask for it in parts of at most {days} days")


class NothingYet(BadInput):
    code = "nothing_yet"
    message = N_("The period begins at {start}, which is still to come")
    mend = N_("Coverage is told of the past; what is still to come is left out")


class CellUnusable(BadInput):
    code = "cell_unusable"
    message = N_("Cells of {cell} m cannot be used")
    mend = N_("Give a size from 5 to 1000 m; the usual one is 25 m")


def coverage(
    session: Session,
    unit_code: str | None,
    span: TimeRange,
    now_us: int,
    *,
    cell_m: float = CELL_M,
    zone: tzinfo = UTC,
) -> Coverage:
    """Return the audit of a unit and all within it, or of all units, for the part of `span` before `now_us`.

    The code is read as of the end of the period, or else of its begin. Hours are whole hours of `zone`.
    Raises `PeriodTooLong`, `NothingYet`, `CellUnusable`, `UnitUnknown`, `AreaTooLarge`, `TooManySights`,
    `TooManyHours`.
    """
    counted = _counted(span, now_us, cell_m, zone)
    scope = scope_of(session, unit_code, counted)
    geometry = scope.area(item.id for item in scope.units)
    register = register_of(session, scope, geometry, now_us)
    audit = None
    if geometry is not None:
        west, south, east, north = shapely.bounds(geometry)
        frame = LocalFrame(float(south + north) / 2, float(west + east) / 2)
        audit = AreaAudit.of(frame, frame.geometry_to_metres(geometry), register, scope.span, cell_m, zone)
    units = tuple(_unit(scope, item, register, audit) for item in scope.units)
    total = _total(scope, units, register, geometry, audit)
    return Coverage(
        unit_code=unit_code,
        asked=span,
        span=scope.span,
        zone=zone,
        cell_m=cell_m,
        total=total,
        units=units,
        cameras=_cameras(scope, register),
        unassigned=register.unassigned,
        views=_views(register, audit),
        cells=None if audit is None else audit.cells([view.camera_id for view in register.views]),
    )


def _counted(span: TimeRange, now_us: int, cell_m: float, zone: tzinfo) -> TimeRange:
    start, end = format_instant(span.start_us, zone), format_instant(span.end_us, zone)
    if not 5 <= cell_m <= 1000:
        raise CellUnusable(cell=cell_m)
    if span.duration_us > MOST_DAYS * _DAY_US:
        raise PeriodTooLong(start=start, end=end, days=MOST_DAYS)
    if span.start_us >= now_us:
        raise NothingYet(start=start)
    return TimeRange(span.start_us, min(span.end_us, now_us))


def _unit(scope: Scope, item: ScopeUnit, register: Register, audit: AreaAudit | None) -> UnitCoverage:
    boundary = scope.area(item.within)
    made = _counts([part for part in register.stretches if part.unit_id in item.within], item.span, register)
    made = replace(made, code=item.unit.code, name=item.unit.name, kind=item.unit.kind, boundary=boundary)
    if boundary is None or audit is None:
        return made
    area_m2, in_view, recorded = audit.shares(boundary, item.span)
    return replace(made, area_m2=area_m2, in_view=in_view, recorded=recorded)


def _total(
    scope: Scope,
    units: tuple[UnitCoverage, ...],
    register: Register,
    geometry: shapely.Geometry | None,
    audit: AreaAudit | None,
) -> UnitCoverage:
    if scope.root is not None:
        return units[scope.units.index(scope.root)]
    made = replace(_counts(register.stretches, scope.span, register), boundary=geometry)
    if geometry is None or audit is None:
        return made
    area_m2, in_view, recorded = audit.shares(geometry, scope.span)
    return replace(made, area_m2=area_m2, in_view=in_view, recorded=recorded)


def _counts(stretches: list[Stretch], span: TimeRange, register: Register) -> UnitCoverage:
    """Return what is counted of cameras; a camera that changed between units of the audit counts once."""
    inside = [(item, part) for item in stretches if (part := item.span.intersection(span)) is not None]
    return UnitCoverage(
        code=None,
        name=None,
        kind=None,
        span=span,
        registered=len({item.camera_id for item, _ in inside}),
        verified=len({item.camera_id for item, part in inside if register.verified(item.camera_id, part)}),
        with_footage=len({item.camera_id for item, part in inside if register.recorded_us(item.camera_id, part)}),
        member_us=sum(part.duration_us for _, part in inside),
        recorded_us=sum(register.recorded_us(item.camera_id, part) for item, part in inside),
        boundary=None,
        area_m2=None,
        in_view=None,
        recorded=None,
    )


def _cameras(scope: Scope, register: Register) -> tuple[CameraCoverage, ...]:
    codes = {item.id: item.unit.code for item in scope.units}
    stretches: dict[int, list[Stretch]] = defaultdict(list)
    for item in register.stretches:
        stretches[item.camera_id].append(item)
    made = []
    for camera_id, mine in stretches.items():
        camera = register.cameras[camera_id]
        made.append(
            CameraCoverage(
                code=camera.code,
                name=camera.name,
                unit_code=codes[max(mine, key=lambda item: item.span.start_us).unit_id],
                status=camera.status,
                verified=any(register.verified(camera_id, item.span) for item in mine),
                member=tuple(sorted(item.span for item in mine)),
                recorded_us=sum(register.recorded_us(camera_id, item.span) for item in mine),
                longest_gap=register.longest_gap(camera_id, [item.span for item in mine]),
                placement=register.places.get(camera_id),
            )
        )
    return tuple(sorted(made, key=lambda item: item.code))


def _views(register: Register, audit: AreaAudit | None) -> tuple[ViewCoverage, ...]:
    members = {item.camera_id for item in register.stretches}
    seen_m2 = [0.0] * len(register.views) if audit is None else audit.seen_m2().tolist()
    return tuple(
        ViewCoverage(
            camera=register.cameras[view.camera_id].code,
            camera_id=view.camera_id,
            member=view.camera_id in members,
            placement=view.placement,
            valid=view.valid,
            recorded_us=register.recorded_us(view.camera_id, view.valid),
            seen_m2=seen,
        )
        for view, seen in zip(register.views, seen_m2, strict=True)
    )
