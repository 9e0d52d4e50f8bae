"""One step of a request: the state, whatever goes with it, and the event, all at once or not at all."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.states import State, Step, StepImpossible, move
from access.tables import FootageRequest, RequestCamera
from audit.log import record
from camera_registry.tables import Camera
from foundation.clock import Clock
from foundation.errors import N_, NotFound
from foundation.identity import Actor


class RequestUnknown(NotFound):
    code = "request_unknown"
    message = N_("There is no request “{name}”")


def get_request(session: Session, request_id: str) -> FootageRequest:
    """Raises `RequestUnknown`."""
    found = session.get(FootageRequest, request_id)
    if found is None:
        raise RequestUnknown(name=request_id[:40])
    return found


def take(session: Session, clock: Clock, actor: Actor, request: FootageRequest, step: Step, **values: Any) -> None:
    """Take a step. Of two who act on a request at the same moment one does it. Raises `StepImpossible`."""
    before = State(request.state)
    after = move(before, step)
    changed = session.execute(
        sa.update(FootageRequest)
        .where(col(FootageRequest.id) == request.id, col(FootageRequest.state) == before)
        .values(state=str(after), **values)
        .returning(col(FootageRequest.id))
    ).first()
    session.refresh(request)
    if changed is None:
        raise StepImpossible(State(request.state), step)
    tell(session, clock, actor, request, str(step))


def tell(session: Session, clock: Clock, actor: Actor, request: FootageRequest, verb: str, **more: Any) -> None:
    """Record an act on a request, with what it is about."""
    detail = {
        "case": request.case_number,
        "purpose": request.purpose,
        "from_us": request.start_us,
        "to_us": request.end_us,
        "cameras": [code for _, code, _ in cameras_of(session, request.id)],
        "state": request.state,
        "how": request.decided_how,
        "note": request.note,
    }
    record(session, clock, actor, f"request:{verb}", "request", request.id, **detail, **more)


def cameras_of(session: Session, request_id: str) -> list[tuple[int, str, str]]:
    """Return id, code and consent of each camera of a request, by code."""
    question = (
        sa.select(col(RequestCamera.camera_id), col(Camera.code), col(RequestCamera.consent))
        .join(Camera, col(Camera.id) == col(RequestCamera.camera_id))
        .where(col(RequestCamera.request_id) == request_id)
        .order_by(col(Camera.code))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(question)]
