"""The events of the audit log for those who check it: page by page, or a whole period as a file that proves itself."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.negotiation import asked_type
from api.parameters import span
from api.schemas.audit import AuditEvents
from api.schemas.problem import problems
from api.service import Service
from api.wiring import Acting, Serving, answer
from audit.export import csv_lines, ndjson_lines, page_of
from audit.keeping import checkpoint, size_of
from audit.log import record
from audit.note import read_checkpoint
from audit.signing import AUDIT_KEY, open_signer
from audit.wanted import Wanted
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.timebase import TimeRange

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

FORMATS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
_ENDINGS = {kind: name for name, kind in FORMATS.items()}
_LINES = 200  # sent at once: each piece costs a change of threads
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
        return _export(service, actor, asked, kind)
    with unit_of_work(service.engine) as session:  # before anything is shown
        record(session, service.clock, actor, "audit:read", "audit", "log", **_detail(asked))
    with unit_of_work(service.engine, writes=False) as session:
        size = size_of(session)
        events, following = page_of(session, asked, size, service.zone, after=after, limit=limit)
    return answer({"size": size, "events": events, "next": following}, headers={"Vary": "Accept"})


def _export(service: Service, actor: Actor, asked: Wanted, kind: str) -> Response:
    """Sign what there is, and stream what was asked for; a table names its checkpoint in `Link`, lines have it at their head."""
    signer = open_signer(service.data / AUDIT_KEY)
    with unit_of_work(service.engine) as session:
        record(session, service.clock, actor, "audit:export", "audit", "log", **_detail(asked))
    note = checkpoint(service.engine, service.clock, signer)
    told = read_checkpoint(note, [signer.verifier])
    if kind == FORMATS["csv"]:
        lines = csv_lines(service.engine, asked, told, service.zone)
    else:
        lines = ndjson_lines(service.engine, asked, note, told, signer.verifier.text, service.zone)
    headers = {
        "Vary": "Accept",
        "Link": f'<{router.prefix}/checkpoint?size={told.size}>; rel="describedby"',
        "Content-Disposition": f'attachment; filename="audit-{told.size}.{_ENDINGS[kind]}"',
    }
    return StreamingResponse(_pieces(lines), 200, headers, f"{kind}; charset=utf-8")


def _detail(asked: Wanted) -> dict[str, Any]:
    only = {"only": asked.told()} if asked.told() else {}
    return {"from_us": asked.span.start_us, "to_us": asked.span.end_us, **only}


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    while piece := "".join(islice(lines, _LINES)):
        yield piece.encode()
