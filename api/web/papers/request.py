"""The printed form of a request, “Phiếu yêu cầu”: who asks whom for what, what was decided, and where both sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.listing import grants_of
from access.purposes import PURPOSE_TEXT, Purpose
from access.states import STATE_TEXT, State
from access.stepping import cameras_of, get_request
from access.tables import FootageRequest
from api.papers.squares import squares
from api.service import Service
from api.web.frame.apart import apart
from api.web.frame.shell import state_words
from api.web.papers.sheets import send_paper, show_paper
from api.wiring import Serving
from camera_registry.cameras import CameraRecord, describe_all, get_camera
from camera_registry.telephones import telephones_of
from camera_registry.units import unit_by_id
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.timebase import TimeRange
from ingest.index.holds import held_until
from people.rights import ROLE_TEXT, Role
from people.roles import roles_of
from people.tables import Person

router = APIRouter(include_in_schema=False)
_BODY = "papers/request.html"
_FOR = frozenset({Role.OFFICER, Role.SUPERVISOR})
_CONSENT = {
    "general": N_("agreed in general"),
    "asked": N_("has not answered"),
    "agreed": N_("agreed to this"),
    "declined": N_("did not agree"),
}


@dataclass(frozen=True)
class Somebody:
    """`office` is role and unit at the time, as texts that are translated each by itself."""

    name: str
    office: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Line:
    """A camera of the request; `kept_us` is until when its footage is kept, 0: until somebody releases it, None: it is not."""

    camera: CameraRecord
    consent: str
    kept_us: int | None


@router.get("/requests/{request_id}/paper")
def paper_page(request: Request, service: Serving, request_id: str) -> Response:
    return show_paper(request, _BODY, **_facts(service, request_id))


@router.get("/requests/{request_id}/paper.pdf")
def paper_file(request: Request, service: Serving, request_id: str) -> Response:
    return send_paper(request, _BODY, f"phieu-yeu-cau-{request_id}", **_facts(service, request_id))


def _facts(service: Service, request_id: str) -> dict[str, Any]:
    with unit_of_work(service.engine, writes=False) as session:
        found = get_request(session, request_id)
        span = TimeRange(found.start_us, found.end_us)
        grant = next(iter(grants_of(session, [found.id])), None)
        facts = {
            "asked": found,
            "span": span,
            "to": _unit(session, found.unit_id),
            "calls": telephones_of(session, [found.unit_id], service.clock.now_us())[found.unit_id],
            "who": _somebody(session, found.person_id, found.submitted_us or found.created_us),
            "decided_by": _somebody(session, found.decided_by, found.decided_us),
            "taken_back_by": _somebody(session, found.taken_back_by, found.taken_back_us),
            "reviewed_by": _somebody(session, found.reviewed_by, found.reviewed_us),
            "lines": _lines(session, found, span, service.clock.now_us()),
            "purpose": PURPOSE_TEXT[Purpose(found.purpose)],
            "state": state_words(found)
            if found.state == State.APPROVED or found.taken_back_us
            else STATE_TEXT[State(found.state)],
            "grant": grant,
            "mark": squares(found.id),
            "back": f"/requests/{found.id}",
            "pdf": f"/requests/{found.id}/paper.pdf",
            "title": N_("Request for footage"),
        }
        apart(session, [found] if grant is None else [found, grant])
    return facts


def _unit(session: Session, unit_id: int | None) -> str:
    return "" if unit_id is None else unit_by_id(session, unit_id).name


def _somebody(session: Session, person_id: str | None, at_us: int | None) -> Somebody | None:
    person = session.get(Person, person_id) if person_id else None
    if person is None or at_us is None:
        return None
    office = [
        (ROLE_TEXT[one.term.role], _unit(session, one.term.unit_id))
        for one in roles_of(session, person)
        if one.term.role in _FOR and one.term.runs(at_us)
    ]
    return Somebody(person.full_name or person.sign_in, office)


def _lines(session: Session, found: FootageRequest, span: TimeRange, now_us: int) -> list[Line]:
    asked = cameras_of(session, found.id)
    # Where they stood at the time in question: a camera may have been moved since.
    records = describe_all(session, [get_camera(session, code) for _, code, _ in asked], span.start_us)
    kept = held_until(session, [camera_id for camera_id, _, _ in asked], span, now_us)
    lines = []
    for (camera_id, _, consent), record in zip(asked, records, strict=True):
        whole = [
            until for part, until in kept[camera_id] if part.start_us <= span.start_us and part.end_us >= span.end_us
        ]
        until = None if not whole else 0 if None in whole else max(one for one in whole if one is not None)
        lines.append(Line(record, _CONSENT[consent], until))
    return lines
