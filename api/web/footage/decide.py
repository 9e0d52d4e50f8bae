"""Deciding: what waits, with what each would reveal, at a glance; and reviews of what nobody decided beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.deciding import approve, refuse, review
from access.listing import find_requests, names_of
from access.purposes import PURPOSE_TEXT, Purpose
from access.states import State, Step
from access.stepping import camera_names, cameras_of, must_be
from access.tables import FootageRequest
from api.asking import Asker
from api.web.footage.requests import step
from api.web.frame.apart import apart
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields
from api.web.frame.shell import show
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput
from people.rights import Right

router = APIRouter(include_in_schema=False)
_MINUTE_US = 60_000_000


class NoteMissing(BadInput):
    code = "note_missing"
    message = N_("A reason is missing")
    mend = N_("Whoever asked reads it, so that they know what to do otherwise")


@dataclass(frozen=True)
class Waiting:
    """`cameras` are names by code, `minutes` is footage in all: minutes of the window times cameras."""

    request: FootageRequest
    asked_by: str
    purpose: str
    cameras: Mapping[str, str]
    unanswered: tuple[str, ...]
    minutes: int


@router.get("/decide")
def decide_page(request: Request, service: Serving, asker: Asking) -> Response:
    assert asker.standing is not None
    me, reach = asker.standing.person_id, asker.reach(Right.REQUEST_DECIDE)
    with unit_of_work(service.engine, writes=False) as session:
        submitted = find_requests(session, me, reach, state=State.SUBMITTED)
        reviews = find_requests(session, me, reach, only_review=True)
        waiting = _waiting(session, [one for one in submitted if one.person_id != me])
        to_review = _waiting(session, [one for one in reviews if one.person_id != me])
    now = service.clock.now_us()
    return show(request, "decide.html", waiting=waiting, reviews=to_review, now_us=now, wide=True)


def _waiting(session: Session, found: list[FootageRequest]) -> list[Waiting]:
    names = names_of(session, {one.person_id for one in found})
    told = []
    for one in sorted(found, key=lambda item: item.review_by_us or item.decide_by_us):
        cameras = cameras_of(session, one.id)
        apart(session, [one])
        told.append(
            Waiting(
                one,
                names[one.person_id],
                PURPOSE_TEXT[Purpose(one.purpose)],
                camera_names(session, one.id),
                tuple(code for _, code, consent in cameras if consent == "asked"),
                (one.end_us - one.start_us) * len(cameras) // _MINUTE_US,
            )
        )
    return told


def _me(asker: Asker) -> str:
    assert asker.standing is not None
    return asker.standing.person_id


@router.post("/requests/{request_id}/approve", max_body_size=FORM_LIMIT_BYTES)
async def approve_it(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    def take(session: Session, found: FootageRequest, form: Fields) -> None:
        must_be(found, State.SUBMITTED, Step.APPROVE)
        without = bool(form.text("without_unanswered"))
        approve(
            session, service.clock, asker.actor, _me(asker), found, note=form.text("note"), without_unanswered=without
        )

    return await step(request, service, asker, request_id, take, "approved")


@router.post("/requests/{request_id}/refuse", max_body_size=FORM_LIMIT_BYTES)
async def refuse_it(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    """Refuse, or take back what the page that was sent showed as approved."""

    def take(session: Session, found: FootageRequest, form: Fields) -> str | None:
        back = form.text("state") == State.APPROVED
        must_be(found, State.APPROVED if back else State.SUBMITTED, Step.REFUSE)
        if not form.text("note"):
            raise NoteMissing
        refuse(session, service.clock, asker.actor, _me(asker), found, form.text("note"))
        return "taken_back" if back else None

    return await step(request, service, asker, request_id, take, "refused")


@router.post("/requests/{request_id}/review", max_body_size=FORM_LIMIT_BYTES)
async def review_it(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    def take(session: Session, found: FootageRequest, form: Fields) -> None:
        if not form.text("note"):
            raise NoteMissing
        justified = form.text("justified") == "yes"
        review(session, service.clock, asker.actor, _me(asker), found, justified=justified, note=form.text("note"))

    return await step(request, service, asker, request_id, take, "reviewed")
