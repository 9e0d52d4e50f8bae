"""The events of the audit log for those who check it: page by page, or a whole period as a file that proves itself."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.audit_files import FORMATS, export, tell_of_reading
from api.negotiation import asked_type
from api.parameters import span
from api.schemas.audit import AuditEvents
from api.schemas.problem import problems
from api.wiring import Acting, Serving, answer
from audit.export import page_of
from audit.keeping import size_of
from audit.wanted import Wanted
from foundation.database import unit_of_work
from foundation.timebase import TimeRange

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

_MOST = 2**53 - 1
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page of events; or, in the form that `format` or else `Accept` asks for, all of them with their proofs",
        "content": {FORMATS[name]: {"schema": {"type": "string"}} for name in ("ndjson", "csv")},
    },
    **problems(503),
}


def wanted(
    asked: Annotated[TimeRange, Depends(span)],
    actor: Annotated[str | None, Query(max_length=200, description="Who did it, as the log names them")] = None,
    action: Annotated[
        str | None, Query(max_length=80, description="An act, or the subject of several", examples=["request:approve"])
    ] = None,
    object_: Annotated[
        str | None, Query(alias="object", max_length=200, description="Id of what it was done to")
    ] = None,
    camera: Annotated[
        str | None, Query(max_length=100, description="Code of what it was done to, or of a camera that it names")
    ] = None,
) -> Wanted:
    return Wanted(asked, actor, action, object_, camera)


@router.get("/events", response_model=AuditEvents, responses=_ANSWERS)
def audit_events(
    request: Request,
    service: Serving,
    actor: Acting,
    asked: Annotated[Wanted, Depends(wanted)],
    after: Annotated[int | None, Query(ge=0, le=_MOST, description="Cursor of a page, from `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Events of a page")] = 100,
    format_: Annotated[
        str | None, Query(alias="format", description="json, ndjson or csv; goes before Accept", examples=["ndjson"])
    ] = None,
) -> Response:
    """What happened, in the order of the log. Reading it is an event, too. What happened in the last minute may have no number yet.

    NDJSON and CSV are the export of `matpho audit export`: all that is asked for, numbered and signed now, each event with its proof.
    """
    kind = asked_type(request.headers.get("accept"), format_, FORMATS)
    if kind != FORMATS["json"]:
        return export(service, actor, asked, kind)
    tell_of_reading(service, actor, asked)
    with unit_of_work(service.engine, writes=False) as session:
        size = size_of(session)
        events, following = page_of(session, asked, size, service.zone, after=after, limit=limit)
    return answer({"size": size, "events": events, "next": following}, headers={"Vary": "Accept"})
