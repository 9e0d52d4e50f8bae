"""Pages for everybody: language, help, privacy, the parts of the design, and what residents are told of their cameras."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.cookies import COOKIE_TEXT, LANGUAGE, keep
from api.web.frame.calls import calls_of
from api.web.frame.coming import next_of
from api.web.frame.forms import FORM_LIMIT_BYTES, fields_of, go
from api.web.frame.shell import draw, show, speak, speaking
from api.web.open.told import gone_unit, public_unit, public_units
from api.wiring import Asking, Serving
from camera_registry.units import UnitUnknown
from foundation.database import unit_of_work
from foundation.language import LANGUAGES

router = APIRouter(include_in_schema=False)


@router.post("/language", max_body_size=FORM_LIMIT_BYTES)
async def choose_language(request: Request) -> Response:
    """Speak this language to this browser from now on, and go back to where it was."""
    form = await fields_of(request, anybody=True)  # an address that leads nowhere is answered before who asks is known
    answer = go(next_of(form.text("back")))
    if form.text("language") in LANGUAGES:
        keep(answer, LANGUAGE, form.text("language"))
    return answer


@router.get("/offline")
def offline_page(request: Request) -> Response:
    """What the service worker shows where there is no network, with `sent=yes` in place of the answer to a form.

    It is kept by browsers, so it is the same for everybody.
    """
    asked = request.query_params.get("language")
    language = next((one for one in LANGUAGES if one == asked), speaking(request))
    return HTMLResponse(
        draw("offline.html", language=language, sent=request.query_params.get("sent") == "yes", _=speak(language))
    )


@router.get("/help")
def help_page(request: Request, service: Serving, asker: Asking) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        calls = calls_of(session, asker)
    return show(request, "help.html", calls=calls)


@router.get("/privacy")
def privacy_page(request: Request) -> Response:
    return show(request, "privacy.html", cookies=COOKIE_TEXT)


@router.get("/design")
def design_page(request: Request) -> Response:
    """Every component once, so that a change of the style is seen everywhere."""
    return show(request, "design.html", wide=True)


@router.get("/public")
def public_page(request: Request, service: Serving) -> Response:
    """The neighbourhoods, each with a page about its cameras."""
    with unit_of_work(service.engine, writes=False) as session:
        units = public_units(session, service.clock.now_us())
    return show(request, "public.html", units=units)


@router.get("/public/{code}")
def public_unit_page(request: Request, service: Serving, code: str) -> Response:
    """What residents may know, because they paid: cameras, purposes, for how long, uses and refusals, how to complain."""
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        try:
            return show(request, "public_unit.html", unit=public_unit(session, code, now))
        except UnitUnknown:
            gone = gone_unit(session, code, now)
            if gone is None:
                raise
    return show(request, "public_gone.html", gone=gone)
