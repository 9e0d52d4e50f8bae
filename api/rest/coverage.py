"""The audit of coverage, in the form that the asker reads: JSON, GeoJSON, CSV or a picture."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.negotiation import asked_type
from api.parameters import span
from api.reach import unit_within
from api.schemas.coverage import CoverageTold
from api.schemas.problem import problems
from api.wiring import Asking, Serving, Speaking, answer
from extract.coverage.audit import CELL_M, coverage
from extract.coverage.report import as_csv, as_dict, as_geojson, as_svg, cells_csv
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from people.rights import Right

router = APIRouter(prefix="/api/v1", tags=["search"])

FORMATS = {"json": "application/json", "geojson": "application/geo+json", "csv": "text/csv", "svg": "image/svg+xml"}
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The audit, in the form that `format` or else `Accept` asks for",
        "content": {"application/geo+json": {"schema": {"type": "object"}}, "text/csv": _TEXT, "image/svg+xml": _TEXT},
    },
    **problems(404, 503),
}


@router.get("/coverage", response_model=CoverageTold, responses=_ANSWERS)
def audit_coverage(
    request: Request,
    service: Serving,
    asker: Asking,
    language: Speaking,
    asked: Annotated[TimeRange, Depends(span)],
    unit: Annotated[
        str | None,
        Query(description="Code of a unit, as of the end of the period; left out, all units, for who may everywhere"),
    ] = None,
    cell_m: Annotated[float, Query(ge=5, le=1000, allow_inf_nan=False, description="Side of a cell")] = CELL_M,
    format_: Annotated[
        str | None, Query(alias="format", description="json, geojson, csv or svg; goes before Accept", examples=["csv"])
    ] = None,
    rows: Annotated[
        Literal["cameras", "cells"], Query(description="Of CSV: a row for each camera, or for each cell and hour")
    ] = "cameras",
) -> Response:
    """Cameras and what they recorded, and which share of the area was in view and recorded, for at most 366 days."""
    kind = asked_type(request.headers.get("accept"), format_, FORMATS)
    with unit_of_work(service.engine, writes=False) as session:
        if unit is None:
            asker.must(Right.RECORDED_READ, "everywhere")
        else:
            ends_us = max(asked.start_us, min(asked.end_us, asker.now_us) - 1)
            unit_within(session, asker, Right.RECORDED_READ, unit, ends_us, asked.start_us)
        found = coverage(session, unit, asked, service.clock.now_us(), cell_m=cell_m, zone=service.zone)
    headers = {"Vary": "Accept, Accept-Language"}
    if kind == FORMATS["geojson"]:
        return answer(as_geojson(found, service.zone), headers=headers, media_type=kind)
    if kind == FORMATS["svg"]:
        return Response(as_svg(found, language, service.zone).encode(), 200, headers, kind)
    if kind == FORMATS["csv"] and rows == "cells":
        return StreamingResponse(_encoded(cells_csv(found, service.zone)), 200, headers, f"{kind}; charset=utf-8")
    if kind == FORMATS["csv"]:
        return Response(as_csv(found, language, service.zone).encode(), 200, headers, kind)
    return answer(as_dict(found, language, service.zone), headers=headers)


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode()
