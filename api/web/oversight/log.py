"""Who saw what: the log for auditors of the whole house, the newest first. Reading it is an act that stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col

from access.listing import names_of
from access.purposes import PURPOSE_TEXT, Purpose
from access.tables import FootageGrant, FootageRequest
from api.audit_files import FORMATS, export, tell_of_reading
from api.service import Service
from api.web.frame.faults import FieldFault, show_fault
from api.web.frame.words import DayUnreadable, SpanBackwards, read_day
from api.web.oversight.acts import ACT_TEXT, KINDS
from api.web.registry.days import midnight, today
from api.wiring import Asking, Serving
from audit.newest import Event, Place, newest
from audit.wanted import Wanted
from camera_registry.cameras import CameraUnknown, get_camera
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from people.accounts import folded
from people.rights import ROLE_TEXT, Role

router = APIRouter(include_in_schema=False)
FILTERS = ("actor", "unit", "about", "kind", "from_day", "to_day")
_ROWS = 50
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """An event in words. `place` is the address of what it is about, empty where there is none; `case` of its request.

    `span` is the footage that it is about; of a single picture `at_us` is the moment.
    """

    event: Event
    text: str
    about: str
    place: str
    role: str
    purpose: str
    case: tuple[str, str] | None
    span: TimeRange | None
    at_us: int | None


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
    camera = about = None
    if typed["about"]:
        try:
            camera = get_camera(session, typed["about"]).code
        except CameraUnknown:
            about = typed["about"]
    kind = typed["kind"] if typed["kind"] in {name for name, _ in KINDS} else ""
    return Wanted(
        span,
        actor=folded(typed["actor"]) or None,
        action=kind if kind and kind != "refused" else None,
        about=about,
        camera=camera,
        unit=typed["unit"] or None,
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
        lines = lines_of(session, events)
    more |= {"lines": lines, "span": span, "following": "" if following is None else f"{following[0]}.{following[1]}"}
    return show_fault(request, "log.html", None, wide=True, **more)


def place_of(text: str) -> Place | None:
    at, _, row = text.partition(".")
    return (int(at), int(row)) if at.isdecimal() and row.isdecimal() and len(text) < 40 else None


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


def lines_of(session: Session, events: Sequence[Event]) -> list[Line]:
    """Return events in words, with the names and the cases behind their ids: two questions in all."""
    people = names_of(session, {one.object_id for one in events if one.object_kind == "person"})
    cases = _cases(session, events)
    return [_line(one, people, cases) for one in events]


def _cases(session: Session, events: Sequence[Event]) -> dict[str, tuple[str, str]]:
    """Return request id and case number by the id of the request and by that of its grant."""
    asked = {one.object_id for one in events if one.object_kind == "request"}
    granted = {one.grant_id for one in events if one.grant_id}
    rows = session.execute(
        sa.select(col(FootageRequest.id), col(FootageRequest.case_number), col(FootageGrant.id).label("grant_id"))
        .outerjoin(FootageGrant, col(FootageGrant.request_id) == col(FootageRequest.id))
        .where(sa.or_(col(FootageRequest.id).in_(asked), col(FootageGrant.id).in_(granted)))
    )
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        found[row.id] = (row.id, row.case_number)
        if row.grant_id:
            found[row.grant_id] = (row.id, row.case_number)
    return found


def _line(event: Event, people: dict[str, str], cases: dict[str, tuple[str, str]]) -> Line:
    detail = event.detail
    about, place = event.object_id, ""
    if event.object_kind == "person":
        about = people.get(event.object_id, event.object_id)
    elif event.object_kind == "camera" and event.object_id:
        place = f"/cameras/{event.object_id}"
    elif event.object_kind in {"request", "clip", "hold", "hold_order"}:
        about = str(detail.get("camera") or "")
        place = f"/cameras/{about}" if about else ""
    named = detail.get("cameras")
    if isinstance(named, list):
        about, place = ", ".join(str(code) for code in named), ""
    purpose = str(event.purpose or detail.get("purpose") or "")
    begins, ends = detail.get("from_us"), detail.get("to_us")
    span = TimeRange(begins, ends) if isinstance(begins, int) and isinstance(ends, int) and begins < ends else None
    return Line(
        event,
        ACT_TEXT.get(event.action, event.action),
        about,
        place,
        ROLE_TEXT[Role(event.role)] if event.role in {str(role) for role in Role} else "",
        PURPOSE_TEXT[Purpose(purpose)] if purpose in {str(one) for one in Purpose} else "",
        cases.get(event.grant_id or "") or cases.get(event.object_id),
        span,
        moment if isinstance(moment := detail.get("at_us"), int) else None,
    )
