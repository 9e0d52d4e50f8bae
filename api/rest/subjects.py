"""Requests of data subjects: taken, acknowledged, answered. docs/design/data-protection.md."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlmodel import Session

from access.subject_register import find_subject_requests, told, units_in_register
from access.subject_tables import SubjectRequest
from access.subjects import (
    Requester,
    SubjectAsked,
    acknowledge,
    erase_requester,
    get_subject_request,
    receive,
    requester_of,
)
from access.subjects import answer as answer_subject
from api.gate import camera_within
from api.reach import unit_within
from api.rest.bodies import JSON_LIMIT_BYTES
from api.schemas.problem import problems
from api.schemas.subject import SubjectAnswer, SubjectAskedIn, SubjectRequests, SubjectRequestTold
from api.service import Service
from api.wiring import Acting, Asking, Serving, answer
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput
from foundation.timebase import TimeRange
from people.rights import Right

router = APIRouter(prefix="/api/v1/subject-requests", tags=["data subjects"])

_STEP: dict[str, Any] = {
    "response_model": SubjectRequestTold,
    "responses": problems(404, 409, 413),
    "max_body_size": JSON_LIMIT_BYTES,
}


class HalfAWindow(BadInput):
    code = "half_a_window"
    message = N_("The time that a request is about has a begin and an end")
    mend = N_("Give both `from` and `to`, or neither")


@router.post("", status_code=201, **_STEP)
def take_request(service: Serving, asker: Asking, asked: SubjectAskedIn) -> Response:
    """Put a request into the register; the answer tells until when it is to be acknowledged and answered."""
    with unit_of_work(service.engine) as session:
        if asked.unit is None:
            asker.must(Right.SUBJECTS_HANDLE, "everywhere")
        else:
            unit_within(session, asker, Right.SUBJECTS_HANDLE, asked.unit, asker.now_us)
        for code in asked.cameras:
            camera_within(session, asker, Right.SUBJECTS_HANDLE, code)
        wanted = SubjectAsked(
            asked.kind,
            Requester(**asked.requester.model_dump()),
            None if asked.unit is None else get_unit(session, asked.unit, asker.now_us).id,
            tuple(asked.cameras),
            _span(asked),
            asked.received,
        )
        made = receive(session, service.clock, service.vault, asker.actor, wanted, service.zone)
        session.flush()
        body = _told(session, service, made)
    return answer(body, 201, {"Location": f"{router.prefix}/{made.id}"})


def _span(asked: SubjectAskedIn) -> TimeRange | None:
    """Raises `HalfAWindow`."""
    if asked.from_ is None and asked.to is None:
        return None
    if asked.from_ is None or asked.to is None:
        raise HalfAWindow
    return TimeRange(asked.from_, asked.to)


@router.get("", response_model=SubjectRequests, responses=problems())
def list_subject_requests(
    service: Serving,
    asker: Asking,
    open_: Annotated[bool, Query(alias="open", description="only those that are not answered")] = False,
) -> Response:
    """The register within reach, without who asked: open ones first, the most overdue at the head; at most 200."""
    with unit_of_work(service.engine, writes=False) as session:
        units = [unit for unit in units_in_register(session) if asker.may(Right.SUBJECTS_READ, unit)]
        found = find_subject_requests(session, units, only_open=open_)
        body = {"subject_requests": told(session, found, service.clock.now_us(), service.zone)}
    return answer(body)


@router.get("/{subject_id}", response_model=SubjectRequestTold, responses=problems(404))
def read_subject_request(service: Serving, asker: Asking, subject_id: str) -> Response:
    """One request; for who handles it with who asked, and each such reading is an event."""
    with unit_of_work(service.engine) as session:
        request = get_subject_request(session, subject_id)
        body = _told(session, service, request)
        if asker.may(Right.SUBJECTS_HANDLE, request.unit_id):
            who = requester_of(session, service.clock, service.vault, asker.actor, request)
            body["requester"] = None if who is None else asdict(who)
    return answer(body)


@router.post("/{subject_id}/acknowledge", **_STEP)
def acknowledge_request(service: Serving, actor: Acting, subject_id: str) -> Response:
    """Note that who asked was told that it came, and what happens now."""
    with unit_of_work(service.engine) as session:
        request = get_subject_request(session, subject_id)
        acknowledge(session, service.clock, actor, request)
        body = _told(session, service, request)
    return answer(body)


@router.post("/{subject_id}/answer", **_STEP)
def answer_request(service: Serving, actor: Acting, subject_id: str, said: SubjectAnswer) -> Response:
    """Note what was answered, once."""
    with unit_of_work(service.engine) as session:
        request = get_subject_request(session, subject_id)
        answer_subject(session, service.clock, actor, request, said.outcome, said.reason)
        body = _told(session, service, request)
    return answer(body)


@router.post("/{subject_id}/erase", **_STEP)
def erase_request(service: Serving, actor: Acting, subject_id: str) -> Response:
    """Erase who asked, for ever, when it has been answered; the rest stays in the register."""
    with unit_of_work(service.engine) as session:
        request = get_subject_request(session, subject_id)
        erase_requester(session, service.clock, actor, request)
        body = _told(session, service, request)
    return answer(body)


def _told(session: Session, service: Service, request: SubjectRequest) -> dict[str, Any]:
    return told(session, [request], service.clock.now_us(), service.zone)[0]
