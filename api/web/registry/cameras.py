"""Cameras of one's neighbourhoods: the list, and one camera with its days, its history and its uses."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.owners import open_questions
from access.purposes import PURPOSE_TEXT, Purpose
from access.uses import uses_of
from api.asking import Asker
from api.service import Service
from api.web.frame.places import units_within
from api.web.frame.shell import show, speaking
from api.web.registry.cards import cards_of, cards_within
from api.web.registry.days import days_of
from api.web.registry.history import history_of
from api.web.registry.states import ATTENTION, STATUS_TEXT
from api.web.registry.steps import word_of
from api.wiring import Asking, Serving
from camera_registry.cameras import describe, get_camera, unit_of
from camera_registry.duties import lacking
from camera_registry.live_source import live_source
from camera_registry.photos import SMALL, made_small, photo_of_camera, photos_of
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.timebase import TimeRange
from people.rights import Right

router = APIRouter(include_in_schema=False)
_DAYS = 14
_DAY_US = 86_400_000_000
_USES_DAYS = 90


@router.get("/cameras")
def cameras_page(
    request: Request,
    service: Serving,
    asker: Asking,
    q: Annotated[str, Query(max_length=200)] = "",
    unit: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """All cameras within reach, what needs attention first; found without accents."""
    with unit_of_work(service.engine, writes=False) as session:
        units = units_within(session, asker, Right.REGISTRY_READ)
        known = unit if unit in {code for code, _ in units} else ""
        kept = state if state == ATTENTION or state in STATUS_TEXT else ""
        cards = cards_within(session, service, asker, q=q, unit=known, state=kept, language=speaking(request))
    states = [("", N_("all")), (ATTENTION, N_("Cameras that need attention")), *STATUS_TEXT.items()]
    registers = asker.may(Right.REGISTRY_WRITE, "somewhere")
    more = {"q": q, "unit": known, "units": units, "state": kept, "states": states, "registers": registers}
    return show(request, "cameras.html", cards=cards, wide=True, **more)


@router.get("/cameras/{code}")
def camera_page(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    """One camera: how it is, what of the last two weeks was recorded, who changed what, and what it was used for."""
    with unit_of_work(service.engine, writes=False) as session:
        told = told_of(session, service, asker, code)
    return show(request, "camera.html", wide=True, **told)


def told_of(session: Session, service: Service, asker: Asker, code: str) -> dict[str, Any]:
    """Return what the page of a camera is made of."""
    now = service.clock.now_us()
    camera = get_camera(session, code)
    assert camera.id is not None
    unit_id = unit_of(session, camera.id, now)
    edits, owns = asker.may(Right.REGISTRY_WRITE, unit_id), asker.may(Right.OWNER_READ, unit_id)
    card = cards_of(session, [describe(session, camera, now)], now)[0]
    place = card.camera.placement
    bearing = None if place is None else place.bearing_deg
    told: dict[str, Any] = {
        "card": card,
        "lacking": lacking(session, camera, now) if edits and camera.status != "active" else (),
        "direction": None if bearing is None else (word_of(bearing), bearing),
        "photos": photos_of(session, camera.id),
        "days": None,
        "live": edits and live_source(session, camera.id) is not None,
        "asked": None,
        "edits": edits,
        "owns": owns,
        "history": history_of(session, code) if edits or asker.may(Right.ACCESS_READ, unit_id) else [],
        "questions": len(open_questions(session, camera.id)) if owns else 0,
        "uses": None,
    }
    if asker.may(Right.RECORDED_READ, unit_id):
        told["days"] = days_of(session, camera, now, service.zone, _DAYS)
    if asker.may(Right.USES_READ, unit_id):
        span = TimeRange(now - _USES_DAYS * _DAY_US, now + 1)
        told["uses"] = [(use, PURPOSE_TEXT[Purpose(use.purpose)]) for use in uses_of(session, camera.id, span)]
    return told


@router.get("/cameras/{code}/photo/{kind}")
def camera_photo(
    service: Serving,
    code: str,
    kind: str,
    size: Annotated[str, Query(max_length=10, description="small, for lists")] = "",
) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        camera = get_camera(session, code)
        assert camera.id is not None
        jpeg = photo_of_camera(session, camera.id, kind)
    if size == "small":
        jpeg = made_small(jpeg, *SMALL)
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})
