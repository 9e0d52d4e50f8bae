"""The audit log for those who check it: the newest checkpoint, and proofs against checkpoints that they keep."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response

from api.schemas.audit import Consistency, Inclusion, Keys
from api.schemas.problem import problems
from api.wiring import Serving, answer
from audit.keeping import checkpoint_of, latest, leaf_at, prove_consistency, prove_inclusion, verifiers
from foundation.database import unit_of_work
from foundation.errors import N_, NotFound

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

_MOST = 2**53 - 1
Count = Annotated[int, Query(ge=0, le=_MOST)]


class NoCheckpoint(NotFound):
    code = "no_checkpoint"
    message = N_("The audit log has no checkpoint yet")
    mend = N_("Ask again in a minute, or run “matpho audit checkpoint”")


class CheckpointUnknown(NotFound):
    code = "checkpoint_unknown"
    message = N_("There is no checkpoint over exactly {size} leaves")
    mend = N_("An export names the size of its own; without `size` the newest one is given")


@router.get(
    "/checkpoint",
    response_class=PlainTextResponse,
    responses={200: {"description": "A C2SP tlog-checkpoint in a signed note"}, **problems(404, 503)},
)
def audit_checkpoint(
    service: Serving,
    size: Annotated[int | None, Query(ge=0, le=_MOST, description="Over so many leaves; left out, the newest")] = None,
) -> Response:
    """The newest checkpoint, or that over `size` leaves. Keep it: with it anybody can show later that the log was rewritten."""
    with unit_of_work(service.engine, writes=False) as session:
        note = latest(session) if size is None else checkpoint_of(session, size)
    if note is None and size is not None:
        raise CheckpointUnknown(size=size)
    if note is None:
        raise NoCheckpoint
    return PlainTextResponse(note)


@router.get("/keys", response_model=Keys, responses=problems(503))
def audit_keys(service: Serving) -> Response:
    """The public keys of checkpoints. Whoever keeps checkpoints should have them from elsewhere."""
    with unit_of_work(service.engine, writes=False) as session:
        found = [one.text for one in verifiers(session)]
    return answer({"keys": found})


@router.get("/inclusion", response_model=Inclusion, responses=problems(404, 503))
def audit_inclusion(service: Serving, number: Count, size: Count) -> Response:
    """What shows that leaf `number` is among the first `size`, whose root a checkpoint has."""
    with unit_of_work(service.engine, writes=False) as session:
        proof = prove_inclusion(session, number, size)
        leaf = leaf_at(session, number)
        told = {"at_us": leaf.at_us, "action": leaf.action, "commitment": leaf.commitment.hex()}
    return answer({"number": number, "size": size, "leaf": told, "proof": _hex(proof)})


@router.get("/consistency", response_model=Consistency, responses=problems(404, 503))
def audit_consistency(service: Serving, before: Count, size: Count) -> Response:
    """What shows that the log of `size` goes on from that of `before`: from an older checkpoint to a newer one."""
    with unit_of_work(service.engine, writes=False) as session:
        proof = prove_consistency(session, before, size)
    return answer({"before": before, "size": size, "proof": _hex(proof)})


def _hex(proof: Sequence[bytes]) -> list[str]:
    return [one.hex() for one in proof]
