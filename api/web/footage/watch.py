"""Looking at footage: clips made under a grant, side by side, with the wall clock that the index knows; and a part of it as a clip."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.listing import grants_of
from access.serving import Cut, cut_under_grant
from access.stepping import get_request
from api.asking import Asker
from api.granted import refusals_told, viewer_of
from api.service import Service
from api.web.footage.clip_tiles import Shown, shown
from api.web.footage.requests import page_of
from api.web.frame.forms import LONG_FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.islands import tiles_data, timeline_data
from api.web.frame.shell import show, telling
from api.web.frame.words import Telling, exactly, read_span
from api.wiring import Asking, Serving
from extract.clips import read_clip
from extract.hearing import sounds_of
from extract.reading import begin_reading
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, MatPhoError
from foundation.timebase import InstantUnreadable, TimeRange, parse_instant

router = APIRouter(include_in_schema=False)
MOST_TILES = 9


class NoneChosen(BadInput):
    code = "none_chosen"
    message = N_("No camera was chosen")
    mend = N_("Tick one to nine cameras")


@router.post("/requests/{request_id}/clips", max_body_size=LONG_FORM_LIMIT_BYTES)
async def make_clips(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    """Make a clip of each chosen camera under the grant of a request, each of which counts, and show them.

    What is wrong is said on the page that the form was sent from: the one with the clips that it names, else the request's. Where some were
    made before it went wrong, they are shown with it: they count, and nobody would find them again.
    """
    form = await fields_of(request, most=100)
    return await run_sync(_make, request, service, asker, request_id, form)


def _make(request: Request, service: Service, asker: Asker, request_id: str, form: Fields) -> Response:
    codes, made = list(dict.fromkeys(form.all("camera")))[:MOST_TILES], []
    try:
        if not codes:
            raise NoneChosen
        with unit_of_work(service.engine, writes=False) as session:
            asked = get_request(session, request_id)
            grant_id = next((grant.id for grant in grants_of(session, [request_id])), None)
            span = TimeRange(asked.start_us, asked.end_us)
        if form.text("begin") or form.text("end") or form.text("part"):
            span = _part(form, service)
        with unit_of_work(service.engine, writes=False) as session:
            heard = sounds_of(session, service.clock, codes) if form.text("audio") else []
        for code in codes:
            cut = Cut(
                code,
                span,
                mode=form.text("mode") or "exact",
                audio=code in heard,
                zone=service.settings.time_zone,
                grant_id=grant_id,
            )
            with refusals_told(service, asker, code, span), unit_of_work(service.engine) as session:
                one = cut_under_grant(session, service.clock, service.store, viewer_of(asker), cut)
                begin_reading(session, service.clock, read_clip(session, one.id))
                made.append(one.id)
    except MatPhoError as error:
        shown_before = form.all("clip")
        if shown_before or made:
            clips = [*shown_before, *made][-MOST_TILES:]
            return _page(request, service, asker, clips, error, form if shown_before else None)
        return page_of(request, service, asker, request_id, error)
    return go("/watch?" + "&".join(f"clip={one}" for one in made))


def _part(form: Fields, service: Service) -> TimeRange:
    day, end_day = form.text("day"), form.text("end_day")
    now_us = service.clock.now_us()
    return read_span(day, form.text("begin"), form.text("end"), service.zone, now_us, end_day=end_day)


@router.get("/watch")
def watch(
    request: Request,
    service: Serving,
    asker: Asking,
    clip: Annotated[list[str] | None, Query(max_length=MOST_TILES)] = None,
) -> Response:
    """Show clips of one's own whose grants run, in step on one wall clock."""
    return _page(request, service, asker, clip or [])


def _page(
    request: Request,
    service: Service,
    asker: Asker,
    clips: Sequence[str],
    error: MatPhoError | None = None,
    form: Fields | None = None,
) -> Response:
    tell = telling(request)
    with unit_of_work(service.engine, writes=False) as session:
        tiles = [shown(session, asker, tell, one) for one in clips]
        forms = _forms(session, service, tiles)
    data, line, typed = None, None, dict[str, str]()
    if tiles:
        span = TimeRange(min(tile.span.start_us for tile in tiles), max(tile.span.end_us for tile in tiles))
        data = tiles_data(tell, span, [tile.told for tile in tiles])
        line = timeline_data(tell, span, [tile.lane for tile in tiles], service.clock.now_us())
        typed = form_fields(form) if form is not None else _marked(request.query_params, tell, span)
    more = {"tiles": tiles, "data": data, "line": line, "forms": forms, "typed": typed, "clips": clips}
    chosen = None if form is None else form.all("camera")
    loud = None if form is None else bool(form.text("audio"))
    return show(request, "watch.html", error, wide=True, chosen=chosen, loud=loud, **more)


def form_fields(form: Fields) -> dict[str, str]:
    return {name: form.text(name)[:40] for name in ("day", "begin", "end", "end_day")}


def _marked(query: Mapping[str, str], tell: Telling, span: TimeRange) -> dict[str, str]:
    """Return what the form says at first: the part that the address marks; else the day alone."""
    found = {}
    for name in ("in", "out"):
        try:
            at_us = parse_instant(query.get(name, "").replace(" ", "+"))
        except InstantUnreadable:  # nothing there, or mistyped, which is no reason to show no footage
            continue
        found[name] = tell.moment(min(max(at_us, span.start_us), span.end_us))
    begins, ends = found.get("in"), found.get("out")
    first = f"{begins or tell.moment(span.start_us):%d/%m/%Y}"
    last = f"{ends:%d/%m/%Y}" if ends else first
    return {
        "day": first,
        "begin": exactly(begins) if begins else "",
        "end": exactly(ends) if ends else "",
        "end_day": "" if last == first else last,
    }


def _forms(session: Session, service: Service, tiles: Sequence[Shown]) -> list[dict[str, Any]]:
    """Return for each request whose clips are on display what a form for a part of them needs.

    Sound is ticked when some of these clips has it, and there is no such box where it may not be given out.
    """
    cameras: dict[str, dict[str, str]] = {}
    loud = {tile.request_id for tile in tiles if tile.loud}
    for tile in tiles:
        cameras.setdefault(tile.request_id, {})[tile.camera["code"]] = tile.camera["name"]
    told = []
    for request_id, named in cameras.items():
        grant = next(iter(grants_of(session, [request_id])))
        case = get_request(session, request_id).case_number
        sound = {"heard": sounds_of(session, service.clock, named), "loud": request_id in loud}
        used = {"used": grant.used, "allowed": grant.downloads}
        told.append({"request": request_id, "case": case, "cameras": named, **used, **sound})
    return told
