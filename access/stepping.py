"""One step of a request: the state, whatever goes with it, and the event, all at once or not at all."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.states import STATE_TEXT, State, Step, StepImpossible, move
from access.tables import FootageRequest, RequestCamera
from audit.log import record
from camera_registry.tables import Camera
from foundation.clock import Clock
from foundation.errors import N_, Conflict, NotFound
from foundation.identity import Actor
from foundation.timebase import ToldInstant


class StateChanged(Conflict):
    """Somebody acted on a request meanwhile; `since_us` is when."""

    code = "state_changed"
    message = N_("This request is {state} already, since {at}: nothing was done")
    mend = N_("Read it again as it is now, and decide anew")


class RequestUnknown(NotFound):
    code = "request_unknown"
    message = N_("There is no request “{name}”")


def get_request(session: Session, request_id: str) -> FootageRequest:
    """Raises `RequestUnknown`."""
    found = session.get(FootageRequest, request_id)
    if found is None:
        raise RequestUnknown(name=request_id[:40])
    return found


def must_be(request: FootageRequest, seen: State, step: Step) -> None:
    """Hold off whoever takes a step on what has changed since they saw it. Raises `StateChanged`, `StepImpossible`."""
    since_us = request.taken_back_us or request.decided_us
    if request.state == seen:
        return
    state = State(request.state)
    if since_us is None or state not in {State.APPROVED, State.REFUSED}:
        raise StepImpossible(state, step)
    raise StateChanged(state=STATE_TEXT[state], at=ToldInstant(since_us))


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
    detail: dict[str, Any] = {
        "case": request.case_number,
        "purpose": request.purpose,
        "from_us": request.start_us,
        "to_us": request.end_us,
        "cameras": [code for _, code, _ in cameras_of(session, request.id)],
        "state": request.state,
        "how": request.decided_how,
        "note": request.note if request.taken_back_us is None else request.taken_back_note,
    }
    if request.taken_back_us is not None:
        detail["taken_back"] = True
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


def camera_names(session: Session, request_id: str) -> dict[str, str]:
    """Return what the cameras of a request are called, by code."""
    question = (
        sa.select(col(Camera.code), col(Camera.name))
        .join(RequestCamera, col(RequestCamera.camera_id) == col(Camera.id))
        .where(col(RequestCamera.request_id) == request_id)
        .order_by(col(Camera.code))
    )
    return {row[0]: row[1] for row in session.execute(question)}
