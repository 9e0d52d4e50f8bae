"""The page behind the one-time link of an owner: camera, time, class of purpose, and two buttons."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from access.owners import OwnerLinkOver, Question, answer_question, read_question
from access.purposes import PURPOSE_TEXT, Purpose
from api.service import Service
from api.web.frame.forms import FORM_LIMIT_BYTES, fields_of
from api.web.frame.shell import show, speaking
from api.wiring import Serving
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.language import translate
from foundation.timebase import datetime_from_us

router = APIRouter(include_in_schema=False)

OWNER = Actor("owner of the camera", "anonymous")
_WRITTEN = "%d/%m/%Y %H:%M"


@router.get("/owner/{link}")
def owner_page(request: Request, service: Serving, link: str) -> Response:
    try:
        with unit_of_work(service.engine, writes=False) as session:
            asked = read_question(session, service.clock, link)
    except OwnerLinkOver as error:
        return show(request, "message.html", error, message="")
    return show(request, "owner.html", link=link, **_told(request, service, asked))


def _told(request: Request, service: Service, asked: Question) -> dict[str, str]:
    return {
        "camera": f"{asked.camera} · {asked.camera_name}",
        "begins": datetime_from_us(asked.start_us, service.zone).strftime(_WRITTEN),
        "ends": datetime_from_us(asked.end_us, service.zone).strftime(_WRITTEN),
        "purpose": translate(speaking(request), PURPOSE_TEXT[Purpose(asked.purpose)]),
    }


@router.post("/owner", max_body_size=FORM_LIMIT_BYTES)
async def owner_answers(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    try:
        await run_sync(_take, service, form.get("link", ""), form.get("answer") == "yes")
    except OwnerLinkOver as error:
        return show(request, "message.html", error, message="")
    return show(request, "message.html", message="thanks")


def _take(service: Service, link: str, agreed: bool) -> None:
    with unit_of_work(service.engine) as session:
        answer_question(session, service.clock, OWNER, link, agreed=agreed)
