"""Looking at footage: clips made under a grant, side by side, with the wall clock that the index knows."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.listing import grants_of
from access.serving import Cut, cut_under_grant
from access.stepping import get_request
from api.asking import Asker
from api.gate import clip_within
from api.granted import refusals_told, viewer_of
from api.service import Service
from api.web.footage.requests import page_of
from api.web.frame.forms import LONG_FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.islands import tiles_data
from api.web.frame.shell import show, telling
from api.web.frame.words import Telling, read_span
from api.wiring import Asking, Serving
from extract.clips import read_clip
from extract.reading import begin_reading
from extract.viewing.source import plays_in_browsers
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, MatPhoError
from foundation.language import translate
from foundation.timebase import MEDIA_TIMESCALE, TimeRange, parse_instant
from ingest.index.reasons import gap_text

router = APIRouter(include_in_schema=False)
MOST_TILES = 9
_PIECE_BYTES = 2_000_000
_ENDED = N_("The clip ends here")


class NoneChosen(BadInput):
    code = "none_chosen"
    message = N_("No camera was chosen")
    mend = N_("Tick one to nine cameras")


@router.post("/requests/{request_id}/clips", max_body_size=LONG_FORM_LIMIT_BYTES)
async def make_clips(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    """Make a clip of each chosen camera under the grant of a request, each of which counts, and show them."""
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
        if form.text("day") and form.text("begin") and form.text("end"):
            span = read_span(
                form.text("day"), form.text("begin"), form.text("end"), service.zone, service.clock.now_us()
            )
        for code in codes:
            cut = Cut(
                code,
                span,
                mode=form.text("mode") or "exact",
                audio=bool(form.text("audio")),
                zone=service.settings.time_zone,
                grant_id=grant_id,
            )
            with refusals_told(service, asker, code, span), unit_of_work(service.engine) as session:
                one = cut_under_grant(session, service.clock, service.store, viewer_of(asker), cut)
                begin_reading(session, service.clock, read_clip(session, one.id))
                made.append(one.id)
    except MatPhoError as error:
        return page_of(request, service, asker, request_id, error)
    return go("/watch?" + "&".join(f"clip={one}" for one in made))


@router.get("/watch")
def watch(
    request: Request,
    service: Serving,
    asker: Asking,
    clip: Annotated[list[str] | None, Query(max_length=MOST_TILES)] = None,
) -> Response:
    """Show clips of one's own whose grants run, in step on one wall clock."""
    tell = telling(request)
    with unit_of_work(service.engine, writes=False) as session:
        tiles = [_tile(session, asker, tell, one) for one in clip or []]
    data = None
    if tiles:
        span = TimeRange(min(tile["span"].start_us for tile in tiles), max(tile["span"].end_us for tile in tiles))
        data = tiles_data(tell, span, [tile["told"] for tile in tiles])
    return show(request, "watch.html", tiles=tiles, data=data, wide=True)


def _tile(session: Session, asker: Asker, tell: Telling, clip_id: str) -> dict[str, Any]:
    clip_within(session, asker, clip_id)
    receipt = read_clip(session, clip_id).receipt
    delivered, camera = receipt["delivered"], receipt["camera"]
    media = [_media(clip_id, part["part"]) for part in receipt["parts"]]
    told = {
        "code": camera["code"],
        "name": f"{camera['code']} · {camera['name']}",
        "parts": [passage for part in receipt["parts"] for passage in _passages(clip_id, part)],
        "gaps": [
            {"from": gap["from"], "to": gap["to"], "text": translate(tell.language, gap_text(gap["reason"]))}
            for gap in receipt["gaps"]
        ],
        "ended_text": translate(tell.language, _ENDED),
    }
    span = TimeRange(parse_instant(delivered["from"]), parse_instant(delivered["to"]))
    return {
        "id": clip_id,
        "camera": camera,
        "span": span,
        "complete": receipt["complete"],
        "media": media,
        "told": told,
    }


def _passages(clip_id: str, part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each passage of a file without a hole: between two of them the wall clock jumps and the file does not.

    What browsers do not decode is shown by a copy that begins where the passage does. A file is asked for in pieces: a
    browser keeps an open range open for as long as it plays, and it has six connections for nine tiles.
    """
    plays = plays_in_browsers(part["codecs"])
    for passage in part["timeline"]:
        copy = f"/api/v1/clips/{clip_id}/viewing.mp4?from={quote(passage['from'], safe='')}"
        yield {
            "from": passage["from"],
            "to": passage["to"],
            "url": f"{_media(clip_id, part['part'])}?piece={_PIECE_BYTES}" if plays else copy,
            "offset": passage["ticks"][0] / MEDIA_TIMESCALE if plays else 0,
        }


def _media(clip_id: str, part: int) -> str:
    return f"/api/v1/clips/{clip_id}/media{'' if part == 1 else f'-{part}'}.mp4"
