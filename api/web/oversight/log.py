"""Who saw what: the log for auditors of the whole house, the newest first. Reading it is an act that stands in it."""

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.audit_files import FORMATS, export, tell_of_reading
from api.service import Service
from api.web.frame.faults import FieldFault, show_fault
from api.web.frame.shell import telling
from api.web.frame.words import DayUnreadable, SpanBackwards, read_day
from api.web.oversight.acts import KINDS
from api.web.oversight.lines import lines_of
from api.web.oversight.meant import camera_named, ids_named, unit_named
from api.web.registry.days import midnight, today
from api.wiring import Asking, Serving
from audit.newest import Place, newest
from audit.wanted import Wanted
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from people.accounts import folded

router = APIRouter(include_in_schema=False)
FILTERS = ("actor", "unit", "about", "kind", "from_day", "to_day")
_ROWS = 50
_LARGEST = 2**63
"""What a database counts to."""
_WEEK = timedelta(days=7)


def typed_of(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:100] for name in FILTERS}


def span_of(service: Service, typed: dict[str, str]) -> TimeRange:
    """Return the days that were typed, the last week by default. Raises `FieldFault`."""
    begins, ends = days_typed(service, typed, _WEEK)
    return TimeRange(midnight(begins, service.zone), midnight(ends + timedelta(days=1), service.zone))


def days_typed(service: Service, typed: dict[str, str], usual: timedelta) -> tuple[date, date]:
    """Return the first and the last day that were typed; today, and `usual` before it. Raises `FieldFault`."""
    now = today(service.clock.now_us(), service.zone)
    try:
        ends = read_day(typed["to_day"], now) if typed["to_day"] else now
    except DayUnreadable as error:
        raise FieldFault("to_day", error) from error
    try:
        begins = read_day(typed["from_day"], now) if typed["from_day"] else ends - usual
    except DayUnreadable as error:
        raise FieldFault("from_day", error) from error
    if begins > ends:
        raise FieldFault("to_day", SpanBackwards(begin=f"{begins:%d/%m/%Y}", to=f"{ends:%d/%m/%Y}"))
    return begins, ends


def _wanted(session: Session, span: TimeRange, typed: dict[str, str]) -> Wanted:
    camera = camera_named(session, typed["about"])
    ids = ids_named(session, typed["about"]) if typed["about"] and camera is None else ()
    kind = typed["kind"] if typed["kind"] in {name for name, _ in KINDS} else ""
    return Wanted(
        span,
        actor=folded(typed["actor"]) or None,
        action=kind if kind and kind != "refused" else None,
        about=typed["about"] if typed["about"] and camera is None else None,
        ids=ids,
        camera=camera,
        unit=unit_named(session, typed["unit"]),
        refused=kind == "refused",
    )


@router.get("/log")
def log_page(request: Request, service: Serving, asker: Asking) -> Response:
    typed = typed_of(request)
    more: dict[str, Any] = {"kinds": KINDS, "typed": typed, "lines": [], "span": None, "following": ""}
    try:
        span = span_of(service, typed)
    except FieldFault as fault:
        return show_fault(request, "log.html", fault, wide=True, **more)
    with unit_of_work(service.engine, writes=False) as session:
        wanted = _wanted(session, span, typed)
    tell_of_reading(service, asker.actor, wanted)
    with unit_of_work(service.engine, writes=False) as session:
        before = place_of(request.query_params.get("before", ""))
        events, following = newest(session, wanted, before=before, limit=_ROWS)
        lines = lines_of(session, events, telling(request))
    more |= {"lines": lines, "span": span, "following": "" if following is None else f"{following[0]}.{following[1]}"}
    return show_fault(request, "log.html", None, wide=True, **more)


def place_of(text: str) -> Place | None:
    at, _, row = text.partition(".")
    if not (at.isdecimal() and row.isdecimal() and len(text) < 40):
        return None
    place = int(at), int(row)
    return place if max(place) < _LARGEST else None


@router.get("/log/export")
def log_export(request: Request, service: Serving, asker: Asking) -> Response:
    """The same as a file that proves itself: numbered and signed now, each event with its path to the checkpoint."""
    typed = typed_of(request)
    try:
        span = span_of(service, typed)
    except FieldFault as fault:
        raise fault.error from fault
    with unit_of_work(service.engine, writes=False) as session:
        wanted = _wanted(session, span, typed)
    kind = "csv" if request.query_params.get("format") == "csv" else "ndjson"
    return export(service, asker.actor, wanted, FORMATS[kind])
