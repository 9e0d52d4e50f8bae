"""Pictures of a range in a row, for looking it over: one answer, one event, however many pictures."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from access.serving import strip_grant, strip_seen
from api.byte_ranges import matches
from api.granted import refusals_told, viewer_of
from api.parameters import span
from api.schemas.problem import problems
from api.wiring import Asking, Serving
from extract.strips import CELL, COLUMNS, MOST_PICTURES, strip_of
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, format_instant

router = APIRouter(prefix="/api/v1", tags=["search"])

_TEXT = {"schema": {"type": "string"}}
_SENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The pictures, row by row. Frame-Times is when each was captured, in order and with commas; a picture"
        " that could not be decoded is left out of both",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"Frame-Times": _TEXT, "Frame-Size": _TEXT, "Frame-Columns": {"schema": {"type": "integer"}}},
    },
    304: {"description": "The strip that If-None-Match names"},
    **problems(404, 413, 503),
}


@router.get("/cameras/{code}/strip.jpg", response_class=Response, responses=_SENT)
def strip(
    request: Request,
    service: Serving,
    asker: Asking,
    code: str,
    asked: Annotated[TimeRange, Depends(span)],
    count: Annotated[int, Query(ge=1, le=MOST_PICTURES, description="At most so many pictures")] = MOST_PICTURES,
    grant: Annotated[
        str | None, Query(max_length=40, description="The grant to use; without it the first that covers all of it")
    ] = None,
) -> Response:
    """Key frames in one picture, evenly over what the camera recorded of a range: for scrubbing. All of it under one grant."""
    viewer = viewer_of(asker)
    with refusals_told(service, asker, code, asked):
        with unit_of_work(service.engine, writes=False) as session:
            under = strip_grant(session, service.clock, viewer, code, asked, grant)
            grant_id, earliest = under.id, 0 if under.pre_roll else under.start_us
            found = strip_of(session, service.store, code, asked, count, earliest_us=earliest)
        headers = {"Cache-Control": "private, no-cache", "ETag": f'"{found.name}"'}
        if matches(request.headers.get("if-none-match", ""), found.name, weak=True):
            return Response(None, 304, headers)  # nothing is shown that was not shown, and counted, before
        sheet = service.strips.sheet(found, service.store)
        with unit_of_work(service.engine) as session:  # apart, so that nobody waits to write while pictures are decoded
            strip_seen(session, service.clock, viewer, code, asked, grant_id, sheet.times_us)
    if not sheet.whole:
        headers = {"Cache-Control": "private, no-store"}
    headers |= {
        "Frame-Times": ",".join(format_instant(at_us, service.zone) for at_us in sheet.times_us),
        "Frame-Size": f"{CELL[0]}x{CELL[1]}",
        "Frame-Columns": str(COLUMNS),
    }
    return Response(sheet.jpeg, headers=headers, media_type="image/jpeg")
