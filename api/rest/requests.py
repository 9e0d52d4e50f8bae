"""Asking for footage and deciding about it. docs/design/requests.md draws the states."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from sqlmodel import Session

from access.asking import Applicant, Ask, draft, submit
from access.deciding import approve, refuse, review
from access.ending import release, withdraw
from access.listing import find_requests
from access.repeating import made_before, remember
from access.states import State, Step
from access.stepping import get_request, must_be
from access.tables import FootageRequest
from api.asking import Asker
from api.gate import LOOKING_AFTER
from api.rest.bodies import JSON_LIMIT_BYTES
from api.rest.request_body import bodies_of, body_of
from api.schemas.problem import problems
from api.schemas.request import Approval, Refusal, Release, Request, RequestAsked, Requests, Review
from api.service import Service
from api.wiring import Asking, Serving, answer
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from people.rights import Right

router = APIRouter(prefix="/api/v1/requests", tags=["requests"])

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key, person and body again is the same answer, told as of now; with another body it is 409",
    ),
]
_STEP: dict[str, Any] = {
    "response_model": Request,
    "responses": problems(404, 409, 413),
    "max_body_size": JSON_LIMIT_BYTES,
}


@router.post(
    "", status_code=201, max_body_size=JSON_LIMIT_BYTES, response_model=Requests, responses=problems(404, 409, 413)
)
def ask(service: Serving, asker: Asking, asked: RequestAsked, key: Key = None) -> Response:
    """Ask for footage. One request for each unit that owns a camera; its footage is kept from now on."""
    place = None if asked.place is None else (asked.place.lat, asked.place.lon)
    span = TimeRange(asked.from_, asked.to)
    wanted = Ask(tuple(asked.cameras), span, asked.purpose, asked.case_number, asked.why, place, asked.place_words)

    def make(session: Session) -> list[FootageRequest]:
        who = _applicant(asker)
        made = draft(session, service.clock, who, wanted)
        if asked.submit or asked.break_glass:
            for request in made:
                submit(session, service.clock, who, request, glass=asked.break_glass)
        return made

    told = {"act": "ask", **asdict(wanted), "submit": asked.submit, "break_glass": asked.break_glass}
    with unit_of_work(service.engine) as session:
        made = _once(session, service, asker, key, told, make)
        body = {"requests": bodies_of(session, service, made)}
    return answer(body, 201, {"Location": f"{router.prefix}?bundle={made[0].bundle_id}"})


@router.get("", response_model=Requests, responses=problems())
def list_requests(
    service: Serving,
    asker: Asking,
    state: Annotated[State | None, Query(description="only those in this state")] = None,
    bundle: Annotated[str | None, Query(max_length=40)] = None,
    review: Annotated[bool, Query(description="only those that wait for a review")] = False,
) -> Response:
    """One's own requests, and those of units that one decides for or looks after; newest first, at most 200."""
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        reach: frozenset[int] | None = frozenset()
        for right in LOOKING_AFTER:
            more = asker.reach(right)
            reach = None if more is None or reach is None else reach | more
        found = find_requests(
            session, asker.standing.person_id, reach, state=state, bundle_id=bundle, only_review=review
        )
        body = {"requests": bodies_of(session, service, found)}
    return answer(body)


@router.get("/{request_id}", response_model=Request, responses=problems(404))
def read_request(service: Serving, request_id: str) -> Response:
    """One request, with its grant if there is one."""
    with unit_of_work(service.engine, writes=False) as session:
        body = body_of(session, service, get_request(session, request_id))
    return answer(body)


@router.post("/{request_id}/submit", **_STEP)
def submit_request(service: Serving, asker: Asking, request_id: str, key: Key = None) -> Response:
    """Submit a draft. A rule of the unit may approve it at once."""

    def make(session: Session) -> list[FootageRequest]:
        request = get_request(session, request_id)
        submit(session, service.clock, _applicant(asker), request)
        return [request]

    with unit_of_work(service.engine) as session:
        (request,) = _once(session, service, asker, key, {"act": "submit", "request": request_id}, make)
        return _told(session, service, request)


@router.post("/{request_id}/withdraw", **_STEP)
def withdraw_request(service: Serving, asker: Asking, request_id: str) -> Response:
    """Take back what is not decided yet."""
    with unit_of_work(service.engine) as session:
        request = get_request(session, request_id)
        withdraw(session, service.clock, asker.actor, request)
        return _told(session, service, request)


@router.post("/{request_id}/release", **_STEP)
def release_request(service: Serving, asker: Asking, request_id: str, said: Release) -> Response:
    """Give the grant back, and say what came of it."""
    with unit_of_work(service.engine) as session:
        request = get_request(session, request_id)
        release(session, service.clock, asker.actor, request, said.outcome)
        return _told(session, service, request)


@router.post("/{request_id}/approve", **_STEP)
def approve_request(service: Serving, asker: Asking, request_id: str, said: Approval) -> Response:
    """Approve what somebody else asked for."""
    with unit_of_work(service.engine) as session:
        request = get_request(session, request_id)
        who = (asker.actor, _person(asker))
        approve(session, service.clock, *who, request, note=said.note, without_unanswered=said.without_unanswered)
        return _told(session, service, request)


@router.post("/{request_id}/refuse", **_STEP)
def refuse_request(service: Serving, asker: Asking, request_id: str, said: Refusal) -> Response:
    """Refuse what somebody else asked for, or take back what was approved."""
    with unit_of_work(service.engine) as session:
        request = get_request(session, request_id)
        if said.expected is not None:
            must_be(request, State(said.expected), Step.REFUSE)
        refuse(session, service.clock, asker.actor, _person(asker), request, said.note)
        return _told(session, service, request)


@router.post("/{request_id}/review", **_STEP)
def review_request(service: Serving, asker: Asking, request_id: str, said: Review) -> Response:
    """Say whether what was approved without a human was right; if not, its grant ends."""
    with unit_of_work(service.engine) as session:
        request = get_request(session, request_id)
        who = (asker.actor, _person(asker))
        review(session, service.clock, *who, request, justified=said.justified, note=said.note)
        return _told(session, service, request)


def _once(
    session: Session,
    service: Service,
    asker: Asker,
    key: str | None,
    asked: Mapping[str, Any],
    make: Callable[[Session], list[FootageRequest]],
) -> list[FootageRequest]:
    """Return what `make` makes, or what it made when the same was asked with the same key. Raises `RequestKeyTaken`."""
    if key is None:
        return make(session)
    known = made_before(session, _person(asker), key, asked)
    if known is not None:
        return known
    made = make(session)
    remember(session, service.clock, _person(asker), key, asked, made)
    return made


def _told(session: Session, service: Service, request: FootageRequest) -> Response:
    session.flush()
    return answer(body_of(session, service, request))


def _person(asker: Asker) -> str:
    assert asker.standing is not None
    return asker.standing.person_id


def _applicant(asker: Asker) -> Applicant:
    return Applicant(_person(asker), asker.actor, lambda unit_id: asker.may(Right.FOOTAGE, unit_id))
