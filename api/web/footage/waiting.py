"""What waits for those who answer for cameras: footage that is asked for and is not there, and owners who are to be asked.

They learn camera, time, class of purpose and which unit asks; never who, which case or why, and never what the footage shows.
"""

from typing import Any

import sqlalchemy as sa
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.owners import cameras_waiting
from access.purposes import PURPOSE_TEXT
from access.stepping import RequestUnknown
from access.together import Needed, together
from access.wanted import say_none, wanted_of
from api.asking import Asker
from api.gate import camera_within
from api.service import Service
from api.web.frame.calls import own_units
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.shell import show
from api.wiring import Asking, Serving
from camera_registry.cameras import ids_within
from camera_registry.telephones import telephones_of
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.identity import Actor
from foundation.timebase import TimeRange, merge
from people.rights import Right

router = APIRouter(include_in_schema=False)
_MOST, _FEW = 100, 6
"""Of each list are shown; of the others is said how many there are."""
_MOST_AT_ONCE = 200
"""So many requests are answered by one form."""


@router.get("/requests/waiting")
def waiting_page(request: Request, service: Serving, asker: Asking) -> Response:
    return _page(request, service, asker)


def _page(request: Request, service: Service, asker: Asker, error: MatPhoError | None = None) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        wanted = wanted_within(session, asker)
        questions = cameras_waiting(session, _cameras(asker))
        ours, now = own_units(session, asker), service.clock.now_us()
        calls = telephones_of(session, {unit_id for one in wanted for _, unit_id in one.asked_by}, now)
    open_ones = [one for one in wanted if one.answered_us is None]
    answered = [one for one in wanted if one.answered_us is not None]
    more = {
        "wanted": open_ones[:_MOST],
        "more_wanted": len(open_ones[_MOST:]),
        "answered": answered[:_MOST],
        "more_answered": len(answered[_MOST:]),
        "questions": questions,
        "calls": calls,
        "own_units": ours,
        "purposes": {str(one): text for one, text in PURPOSE_TEXT.items()},
    }
    return show(request, "waiting.html", error, **more)


def missing_of(session: Session, asker: Asker, code: str) -> list[TimeRange]:
    """Return the times for which footage of a camera is asked for and is not here; of cameras of others nothing."""
    asked = [one for one in wanted_within(session, asker) if one.camera == code and one.consent != "asked"]
    return merge(part for one in asked for part in one.missing)[:_FEW]


def _cameras(asker: Asker) -> sa.Select[Any]:
    """Return the question for the cameras that one answers for: whose owners one knows, and whose recordings one may bring in."""
    reach, other = asker.reach(Right.OWNER_READ), asker.reach(Right.FOOTAGE_IMPORT)
    both = other if reach is None else reach if other is None else reach & other
    return ids_within(both, asker.now_us)


def wanted_within(session: Session, asker: Asker) -> list[Needed]:
    """Return what is asked of the cameras that one answers for, each gap once, however many requests ask for it."""
    return together(wanted_of(session, asker.now_us, _cameras(asker)))


@router.post("/requests/waiting", max_body_size=FORM_LIMIT_BYTES)
async def no_recording(request: Request, service: Serving, asker: Asking) -> Response:
    """Answer that there is no recording of what requests ask of a camera: those that the page showed as one."""
    form = await fields_of(request)
    return await run_sync(_answer, request, service, asker, form)


def _answer(request: Request, service: Service, asker: Asker, form: Fields) -> Response:
    assert asker.standing is not None
    try:
        with unit_of_work(service.engine) as session:
            camera_id = camera_within(session, asker, Right.FOOTAGE_IMPORT, form.text("camera"))
            camera_within(session, asker, Right.OWNER_READ, form.text("camera"))
            who = (asker.actor, asker.standing.person_id)
            _say_none(session, service, who, form.text("request").split()[:_MOST_AT_ONCE], camera_id)
    except MatPhoError as error:
        return _page(request, service, asker, error)
    return go("/requests/waiting?done=none_there")


def _say_none(session: Session, service: Service, who: tuple[Actor, str], requests: list[str], camera_id: int) -> None:
    """Answer them all; some may be over since the page was shown. Raises `RequestUnknown` where all are."""
    unknown: list[RequestUnknown] = []
    for request_id in requests or [""]:
        try:
            say_none(session, service.clock, *who, request_id, camera_id)
        except RequestUnknown as error:
            unknown.append(error)
    if unknown and len(unknown) >= len(requests):
        raise unknown[0]
