"""The log of deletions, for those who have to show that footage went when it had to."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.negotiation import asked_type
from api.parameters import at_most, span
from api.reach import unit_within
from api.schemas.deletion import Deletions
from api.schemas.problem import problems
from api.wiring import Asking, Serving, answer
from extract.deletion_log import as_csv, as_dicts, deletion_log
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from people.rights import Right

router = APIRouter(prefix="/api/v1", tags=["retention"])

MOST_DAYS = 92
FORMATS = {"json": "application/json", "csv": "text/csv"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The log, in the form that `format` or else `Accept` asks for",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    },
    **problems(404),
}


@router.get("/deletions", response_model=Deletions, responses=_ANSWERS)
def list_deletions(
    request: Request,
    service: Serving,
    asker: Asking,
    asked: Annotated[TimeRange, Depends(span)],
    unit: Annotated[
        str | None, Query(max_length=100, description="Code of a unit of today; left out, all, for who may everywhere")
    ] = None,
    format_: Annotated[
        str | None, Query(alias="format", description="json or csv; goes before Accept", examples=["csv"])
    ] = None,
) -> Response:
    """What retention deleted within at most 92 days: camera, stretch, why, when; oldest deletion first."""
    kind = asked_type(request.headers.get("accept"), format_, FORMATS)
    at_most(asked, MOST_DAYS, service.zone)
    with unit_of_work(service.engine, writes=False) as session:
        if unit is None:
            asker.must(Right.DELETIONS_READ, "everywhere")
        else:
            unit_within(session, asker, Right.DELETIONS_READ, unit, asker.now_us)
        found = deletion_log(session, unit, asked, asker.now_us)
    headers = {"Vary": "Accept"}
    if kind == FORMATS["csv"]:
        return Response(as_csv(found, service.zone).encode(), 200, headers, kind)
    return answer({"deletions": as_dicts(found, service.zone)}, headers=headers)
