"""What is truly covered: which share of the ground was seen and recorded, of units within reach and a time that is typed."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.reach import unit_within
from api.service import Service
from api.web.frame.faults import ChoiceMissing, FieldFault, fault_of, show_fault
from api.web.frame.places import outlines, units_within
from api.web.frame.shell import telling
from api.web.frame.words import (
    DayUnreadable,
    EndDayBackwards,
    SpanBackwards,
    TimeUnreadable,
    read_day,
    read_span,
    read_time,
)
from api.web.oversight.ground import MOST_ON_MAP, ground_of, map_data
from api.web.registry.days import midnight, today
from api.wiring import Asking, Serving
from camera_registry.units import UnitUnknown
from extract.coverage.audit import coverage
from extract.coverage.records import Coverage
from extract.coverage.report import as_svg
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.timebase import TimeRange, format_instant
from people.rights import Right

router = APIRouter(include_in_schema=False)
CELLS = (25, 50, 100, 250)
_NAMES = ("unit", "day", "begin", "end", "end_day", "cell")
_FIELDS: dict[type[MatPhoError], str] = {
    UnitUnknown: "unit",
    DayUnreadable: "day",
    EndDayBackwards: "end_day",
    SpanBackwards: "end",
}


@router.get("/coverage")
def coverage_page(request: Request, service: Serving, asker: Asking) -> Response:
    """With no question yet the form; then the answer below it. The address is the whole question."""
    typed = {name: request.query_params.get(name, "").strip()[:100] for name in _NAMES}
    everywhere = asker.reach(Right.RECORDED_READ) is None
    with unit_of_work(service.engine, writes=False) as session:
        units = units_within(session, asker, Right.RECORDED_READ)
    cell = int(typed["cell"]) if typed["cell"] in {str(one) for one in CELLS} else 50
    more: dict[str, Any] = {"units": units, "everywhere": everywhere, "cell": cell, "cells": CELLS, "found": None}
    if not typed["day"]:
        usual = {"unit": typed["unit"] or (units[0][0] if len(units) == 1 else "")}
        usual |= {"day": f"{today(service.clock.now_us(), service.zone) - timedelta(days=1):%d/%m/%Y}"}
        return show_fault(request, "coverage.html", None, wide=True, typed=typed | usual, **more)
    try:
        span = _span(service, typed)
        with unit_of_work(service.engine, writes=False) as session:
            found = _asked(session, service, asker, typed["unit"], span, cell)
            more |= _told(request, session, service, found)
    except FieldFault as fault:
        return show_fault(request, "coverage.html", fault, wide=True, typed=typed, **more)
    except MatPhoError as error:
        return show_fault(request, "coverage.html", fault_of(error, _FIELDS), wide=True, typed=typed, **more)
    return show_fault(request, "coverage.html", None, wide=True, typed=typed, **more)


def _span(service: Service, typed: dict[str, str]) -> TimeRange:
    """Return the time that was typed; without times of the day whole days. Raises `FieldFault`, `SpanBackwards`."""
    now = service.clock.now_us()
    for name in ("day", "end_day"):
        try:
            read_day(typed[name] or "hôm nay", today(now, service.zone))
        except DayUnreadable as error:
            raise FieldFault(name, error) from error
    for name in ("begin", "end"):
        try:
            read_time(typed[name] or "00:00")
        except TimeUnreadable as error:
            raise FieldFault(name, error) from error
    begin = typed["begin"] or "00:00"
    if typed["end"]:
        return read_span(typed["day"], begin, typed["end"], service.zone, now, end_day=typed["end_day"])
    last = read_day(typed["end_day"] or typed["day"], today(now, service.zone))
    ends = midnight(last + timedelta(days=1), service.zone)
    whole = read_span(typed["day"], begin, "23:59:59", service.zone, now, end_day=typed["end_day"])
    return TimeRange(whole.start_us, ends)


def _asked(session: Session, service: Service, asker: Asker, unit: str, span: TimeRange, cell: int) -> Coverage:
    """Raises `FieldFault` for no unit, where not all may be asked for; `UnitUnknown` also for one out of reach."""
    if unit:
        ends_us = max(span.start_us, min(span.end_us, asker.now_us) - 1)
        unit_within(session, asker, Right.RECORDED_READ, unit, ends_us, span.start_us)
    elif asker.reach(Right.RECORDED_READ) is not None:
        raise FieldFault("unit", ChoiceMissing())
    return coverage(session, unit or None, span, service.clock.now_us(), cell_m=float(cell), zone=service.zone)


def _told(request: Request, session: Session, service: Service, found: Coverage) -> dict[str, Any]:
    tell = telling(request)
    told: dict[str, Any] = {"found": found, "ground": None, "map": None, "svg": "", "most": MOST_ON_MAP}
    if found.cells is not None:
        told["ground"] = ground = ground_of(found.cells)
        if ground.cells <= MOST_ON_MAP:
            codes = {unit.code for unit in found.units if unit.code is not None}
            told["map"] = map_data(tell, found.cells, outlines(session, codes, found.span.end_us - 1))
            told["svg"] = as_svg(found, tell.language, service.zone)
    bounds = {"from": format_instant(found.asked.start_us), "to": format_instant(found.asked.end_us)}
    unit = {"unit": found.unit_code} if found.unit_code else {}
    told["files"] = urlencode({**unit, **bounds, "cell_m": f"{found.cell_m:g}"})
    return told
