"""Looking at footage: clips made under a grant, side by side, with the wall clock that the index knows; and a part of it as a clip."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.listing import grants_of
from access.stepping import get_request
from api.asking import Asker
from api.service import Service
from api.web.footage.clip_tiles import Shown, shown
from api.web.footage.cutting import MOST_TILES, clips_instead, codes_of_request, make_each, missed_told
from api.web.footage.requests import page_of
from api.web.frame.faults import show_faults
from api.web.frame.forms import LONG_FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.islands import tiles_data, timeline_data
from api.web.frame.shell import speaking, telling
from api.web.frame.words import Telling, exactly, read_fields
from api.wiring import Asking, Serving
from extract.hearing import sounds_of
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, MatPhoError
from foundation.timebase import InstantUnreadable, TimeRange, format_instant, parse_instant

router = APIRouter(include_in_schema=False)


class NoneChosen(BadInput):
    code = "none_chosen"
    message = N_("No camera was chosen")
    mend = N_("Tick one to nine cameras")


@router.post("/requests/{request_id}/clips", max_body_size=LONG_FORM_LIMIT_BYTES)
async def make_clips(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    """Make a clip of each chosen camera under the grant of a request, each of which counts, and show them.

    Where any was made the browser goes to the page that shows them, which says of each other camera why it has none:
    loading it again makes nothing. What is wrong with all of them is said on the page that the form was sent from.
    """
    form = await fields_of(request, most=100)
    return await run_sync(_make, request, service, asker, request_id, form)


def _make(request: Request, service: Service, asker: Asker, request_id: str, form: Fields) -> Response:
    codes = list(dict.fromkeys(form.all("camera")))[:MOST_TILES]
    try:
        if not codes:
            raise NoneChosen
        with unit_of_work(service.engine, writes=False) as session:
            asked = get_request(session, request_id)
            span = TimeRange(asked.start_us, asked.end_us)
        if form.text("begin") or form.text("end") or form.text("part"):
            found, wrong = _part(form, service)
            if found is None:
                return _refused(request, service, asker, request_id, form, wrong)
            span = found
        mode, audio = form.text("mode") or "exact", bool(form.text("audio"))
        made = make_each(service, asker, request_id, codes, span, mode, audio=audio)
    except MatPhoError as error:
        return _refused(request, service, asker, request_id, form, {"": error})
    if made.clips:
        instead = clips_instead(service, form.all("clip"), made.missed)
        if instead:
            made.clips = [*instead, *made.clips][-MOST_TILES:]
            return go(f"/watch?{made.query}&{urlencode({'at': format_instant(span.start_us, service.zone)})}")
        return go(f"/watch?{made.query}")
    told = missed_told(speaking(request), [f"{code}~{error.code}" for code, error in made.missed.items()], codes)
    first = next(iter(made.missed.values()))
    return _refused(request, service, asker, request_id, form, {"": first}, told if len(told) > 1 else [])


def _refused(
    request: Request,
    service: Service,
    asker: Asker,
    request_id: str,
    form: Fields,
    wrong: Mapping[str, MatPhoError],
    missed: Sequence[str] = (),
) -> Response:
    """Nothing was made: say why where the form is."""
    if form.all("clip"):
        return _page(request, service, asker, form.all("clip"), wrong, form, missed)
    return page_of(request, service, asker, request_id, wrong=wrong, missed=missed, form=form)


def _part(form: Fields, service: Service) -> tuple[TimeRange | None, dict[str, MatPhoError]]:
    day, end_day = form.text("day"), form.text("end_day")
    now_us = service.clock.now_us()
    return read_fields(day, form.text("begin"), form.text("end"), service.zone, now_us, end_day=end_day)


@router.get("/watch")
def watch(
    request: Request,
    service: Serving,
    asker: Asking,
    clip: Annotated[list[str] | None, Query(max_length=MOST_TILES)] = None,
    missed: Annotated[list[str] | None, Query(max_length=MOST_TILES)] = None,
) -> Response:
    """Show clips of one's own whose grants run, in step on one wall clock; with `missed` why cameras have none."""
    return _page(request, service, asker, clip or [], missed=missed or [])


def _page(
    request: Request,
    service: Service,
    asker: Asker,
    clips: Sequence[str],
    wrong: Mapping[str, MatPhoError] | None = None,
    form: Fields | None = None,
    missed: Sequence[str] = (),
) -> Response:
    tell = telling(request)
    with unit_of_work(service.engine, writes=False) as session:
        tiles = [shown(session, asker, tell, one) for one in clips]
        forms = _forms(session, service, tiles)
        if form is None:
            known = {code for one in forms for code in codes_of_request(session, one["request"])}
            missed = missed_told(tell.language, missed, known)
    data, line, typed = None, None, dict[str, str]()
    if tiles:
        span = TimeRange(min(tile.span.start_us for tile in tiles), max(tile.span.end_us for tile in tiles))
        silent = [tile for tile in tiles if not tile.loud]
        left_out = bool(silent) and all(tile.left_out for tile in silent)
        data = tiles_data(tell, span, [tile.told for tile in tiles], left_out=left_out)
        line = timeline_data(tell, span, [tile.lane for tile in tiles], service.clock.now_us())
        typed = form_fields(form) if form is not None else _marked(request.query_params, tell, span)
    more: dict[str, Any] = {"tiles": tiles, "data": data, "line": line, "forms": forms, "typed": typed, "clips": clips}
    chosen = None if form is None else form.all("camera")
    loud = None if form is None else bool(form.text("audio"))
    places = {name: f"#{name.replace('_', '-')}-1" for name in ("day", "begin", "end", "end_day")}
    more |= {"chosen": chosen, "loud": loud, "missed": missed, "fault_places": places}
    return show_faults(request, "watch.html", wrong or {}, wide=True, **more)


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
