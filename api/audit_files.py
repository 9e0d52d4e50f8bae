"""The log as a file that proves itself, for calls and for pages; that it was read or exported is an act of its own."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from fastapi.responses import Response, StreamingResponse

from api.service import Service
from audit.export import csv_lines, ndjson_lines
from audit.keeping import checkpoint
from audit.log import record
from audit.note import read_checkpoint
from audit.signing import AUDIT_KEY, open_signer
from audit.wanted import Wanted
from foundation.database import unit_of_work
from foundation.identity import Actor

FORMATS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
_ENDINGS = {kind: name for name, kind in FORMATS.items()}
_LINES = 200  # sent at once: each piece costs a change of threads


def tell_of_reading(service: Service, actor: Actor, asked: Wanted) -> None:
    """Record that the log is read, before anything is shown."""
    with unit_of_work(service.engine) as session:
        record(session, service.clock, actor, "audit:read", "audit", "log", **_detail(asked))


def export(service: Service, actor: Actor, asked: Wanted, kind: str) -> Response:
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
        "Link": f'</api/v1/audit/checkpoint?size={told.size}>; rel="describedby"',
        "Content-Disposition": f'attachment; filename="audit-{told.size}.{_ENDINGS[kind]}"',
    }
    return StreamingResponse(_pieces(lines), 200, headers, f"{kind}; charset=utf-8")


def _detail(asked: Wanted) -> dict[str, Any]:
    only = {"only": asked.told()} if asked.told() else {}
    return {"from_us": asked.span.start_us, "to_us": asked.span.end_us, **only}


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    while piece := "".join(islice(lines, _LINES)):
        yield piece.encode()
