"""How far the log is proven: what is signed, who keeps it, and the whole of it looked through where that is quick."""

from typing import Any

import sqlalchemy as sa
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col

from api.service import Service
from api.web.frame.faults import FieldFault, show_fault
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of
from api.web.frame.shell import telling
from api.wiring import Serving
from audit.findings import Proof
from audit.keeping import newest, oldest_uncovered_us, verifiers
from audit.note import Checkpoint, NoteUnusable, Verifier, read_checkpoint
from audit.standing import State, standings
from audit.tables import AuditEvent, AuditKey, AuditPending
from audit.verify import verify
from audit.witnesses import open_witnesses
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput

router = APIRouter(include_in_schema=False)
MOST_EVENTS = 20_000
"""So many are looked through while somebody waits: some seconds. More is for the command line."""
STATE_TEXT = {
    State.TOLD: N_("knows the newest checkpoint"),
    State.WAITING: N_("is told at its next turn"),
    State.FAILING: N_("could not be told"),
}


class KeptUnreadable(BadInput):
    code = "kept_checkpoint_unreadable"
    message = N_("This is no checkpoint of this log: {why}")
    mend = N_("Paste the whole text as it was kept, with its last line")


@router.get("/log/proof")
def proof_page(request: Request, service: Serving) -> Response:
    return _page(request, service)


@router.post("/log/proof", max_body_size=FORM_LIMIT_BYTES)
async def prove(request: Request, service: Serving) -> Response:
    """Look through the whole log, and through what was kept elsewhere if it is given; a large one is for the command line."""
    form = await fields_of(request)
    return await run_sync(_prove, request, service, form)


def _prove(request: Request, service: Service, form: Fields) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        if _count(session, AuditEvent.id) > MOST_EVENTS:
            return _page(request, service, large=True)
        known = verifiers(session)
        try:
            kept = _kept(form.text("against"), known)
        except FieldFault as fault:
            return _page(request, service, fault=fault, against=form.text("against"))
        proof = verify(session, known, kept)
    return _page(request, service, proof=proof, against=form.text("against"))


def _kept(text: str, known: list[Verifier]) -> Checkpoint | None:
    if not text:
        return None
    try:
        # A form sends line ends as CR LF, and takes the last one off; what was signed has neither.
        return read_checkpoint(text.replace("\r\n", "\n").strip() + "\n", known)
    except NoteUnusable as error:
        raise FieldFault("against", KeptUnreadable(why=str(error))) from error


def _count(session: Session, column: Any) -> int:
    return int(session.execute(sa.select(sa.func.count(column))).scalar_one())


def _signer(note: str, known: list[Verifier]) -> str:
    """Return the key that signed a checkpoint; empty when none of those that are known did."""
    for one in known:
        try:
            read_checkpoint(note, [one])
        except NoteUnusable:
            continue
        return one.text
    return ""


def _page(
    request: Request,
    service: Service,
    *,
    proof: Proof | None = None,
    large: bool = False,
    fault: FieldFault | None = None,
    against: str = "",
) -> Response:
    now, tell = service.clock.now_us(), telling(request)
    with unit_of_work(service.engine, writes=False) as session:
        found, known = newest(session), verifiers(session)
        witnesses = standings(session, open_witnesses(service.settings, service.clock), now)
        told: dict[str, Any] = {
            "checkpoint": found,
            "signer": "" if found is None else _signer(found.note, known),
            "waiting": _count(session, AuditPending.at_us),
            "waits_since": oldest_uncovered_us(session),
            "events": _count(session, AuditEvent.id),
            "keys": session.execute(sa.select(AuditKey).order_by(col(AuditKey.since_us))).scalars().all(),
            "witnesses": [(one, STATE_TEXT[one.state], one.why(tell.language)) for one in witnesses],
        }
    more = {"proof": proof, "large": large, "most": MOST_EVENTS, "against": against}
    return show_fault(request, "proof.html", fault, wide=True, **more, **told)
