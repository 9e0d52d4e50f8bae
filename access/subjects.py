"""Requests of data subjects: received, acknowledged, answered, and who asked erased. Each step once, each an event."""

import json
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from access.deadlines import due
from access.subject_kinds import SubjectKind, SubjectOutcome
from access.subject_tables import SubjectRequest, SubjectRequestCamera
from audit.log import record
from camera_registry.cameras import get_camera
from camera_registry.rules import rules_for
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Conflict, NotFound
from foundation.identity import Actor, new_id
from foundation.timebase import TimeRange, ToldInstant
from foundation.vault import SealedColumn, Vault

REQUESTER = SealedColumn(SubjectRequest, "sealed_requester", "subject")


class SubjectRequestUnknown(NotFound):
    code = "subject_request_unknown"
    message = N_("There is no request of a data subject “{name}”")


class ReceivedLater(BadInput):
    code = "received_later"
    message = N_("It cannot have come at {at}, which is still to come")
    mend = N_("Give the time at which the letter, call or visit came; the deadlines count from it")


class SubjectStepDone(Conflict):
    code = "subject_step_done"
    message = N_("This has been done already for the request “{name}”")
    mend = N_("The register tells when, and by whom")


class ReasonMissing(BadInput):
    code = "reason_missing"
    message = N_("An answer other than “done” needs its reason")
    mend = N_("Tell in `reason` why, without names: it stays in the register")


class SubjectRequestOpen(Conflict):
    code = "subject_request_open"
    message = N_("Who asked can be erased only when the request “{name}” has been answered")
    mend = N_("Answer it first; else nobody would know whom to answer")


@dataclass(frozen=True)
class Requester:
    """Personal data: who asked, how to reach them, and what they asked in their own words."""

    name: str
    contact: str
    about: str = ""


@dataclass(frozen=True)
class SubjectAsked:
    """`unit_id` is the unit that handles it, None the whole house; `received_us` None means now."""

    kind: SubjectKind
    requester: Requester
    unit_id: int | None
    cameras: tuple[str, ...] = ()
    span: TimeRange | None = None
    received_us: int | None = None


def receive(
    session: Session, clock: Clock, vault: Vault, actor: Actor, asked: SubjectAsked, zone: ZoneInfo
) -> SubjectRequest:
    """Put a request into the register. Its deadlines are those of the rules of today, and stay so.

    Raises `ReceivedLater`, `CameraUnknown`.
    """
    now = clock.now_us()
    received = now if asked.received_us is None else asked.received_us
    if received > now:
        raise ReceivedLater(at=ToldInstant(received))
    cameras = [get_camera(session, code) for code in dict.fromkeys(asked.cameras)]
    by = due(asked.kind, received, rules_for(session, asked.unit_id, now), zone)
    request = SubjectRequest(
        id=new_id(),
        unit_id=asked.unit_id,
        kind=str(asked.kind),
        received_us=received,
        registered_us=now,
        registered_by=actor.name,
        start_us=None if asked.span is None else asked.span.start_us,
        end_us=None if asked.span is None else asked.span.end_us,
        acknowledge_by_us=by.acknowledge_by_us,
        answer_by_us=by.answer_by_us,
    )
    request.sealed_requester = REQUESTER.seal(session, vault, request.id, json.dumps(asdict(asked.requester)))
    session.add(request)
    session.flush()
    session.add_all(
        SubjectRequestCamera(request_id=request.id, camera_id=camera.id) for camera in cameras if camera.id is not None
    )
    told: dict[str, Any] = {"kind": request.kind, "unit_id": asked.unit_id, "received_us": received, **asdict(by)}
    codes = [camera.code for camera in cameras]
    record(session, clock, actor, "subject:receive", "subject_request", request.id, cameras=codes, **told)
    return request


def get_subject_request(session: Session, request_id: str) -> SubjectRequest:
    """Raises `SubjectRequestUnknown`."""
    found = session.get(SubjectRequest, request_id)
    if found is None:
        raise SubjectRequestUnknown(name=request_id[:40])
    return found


def requester_of(
    session: Session, clock: Clock, vault: Vault, actor: Actor, request: SubjectRequest
) -> Requester | None:
    """Return who asked, which is an event each time; None when that was erased. Raises `SealBroken`."""
    if request.sealed_requester is None:
        return None
    record(session, clock, actor, "subject:read", "subject_request", request.id)
    return Requester(**json.loads(REQUESTER.unseal(vault, request.id, request.sealed_requester)))


def acknowledge(session: Session, clock: Clock, actor: Actor, request: SubjectRequest) -> None:
    """Note that the requester was told that the request came and what happens now. Raises `SubjectStepDone`."""
    values = {"acknowledged_us": clock.now_us(), "acknowledged_by": actor.name}
    _once(session, request, col(SubjectRequest.acknowledged_us), values)
    record(session, clock, actor, "subject:acknowledge", "subject_request", request.id)


def answer(
    session: Session, clock: Clock, actor: Actor, request: SubjectRequest, outcome: SubjectOutcome, reason: str = ""
) -> None:
    """Note the answer; it acknowledges as well what nobody acknowledged. Raises `SubjectStepDone`, `ReasonMissing`."""
    if outcome is not SubjectOutcome.DONE and not reason.strip():
        raise ReasonMissing
    now = clock.now_us()
    values: dict[str, Any] = {"answered_us": now, "answered_by": actor.name, "outcome": str(outcome), "reason": reason}
    if request.acknowledged_us is None:
        values |= {
            "acknowledged_us": sa.func.coalesce(col(SubjectRequest.acknowledged_us), now),
            "acknowledged_by": sa.func.coalesce(col(SubjectRequest.acknowledged_by), actor.name),
        }
    _once(session, request, col(SubjectRequest.answered_us), values)
    record(session, clock, actor, "subject:answer", "subject_request", request.id, outcome=str(outcome))


def erase_requester(session: Session, clock: Clock, actor: Actor, request: SubjectRequest) -> None:
    """Erase who asked, for ever; that somebody asked stays. Raises `SubjectRequestOpen`, `SubjectStepDone`."""
    if request.answered_us is None:
        raise SubjectRequestOpen(name=request.id)
    values = {"sealed_requester": None, "erased_us": clock.now_us()}
    _once(session, request, col(SubjectRequest.erased_us), values)
    record(session, clock, actor, "subject:erase", "subject_request", request.id)


def _once(session: Session, request: SubjectRequest, when: Any, values: dict[str, Any]) -> None:
    """Take a step that has not been taken: of two at the same moment one does it. Raises `SubjectStepDone`."""
    changed = session.execute(
        sa.update(SubjectRequest)
        .where(col(SubjectRequest.id) == request.id, when.is_(None))
        .values(**values)
        .returning(col(SubjectRequest.id))
    ).first()
    session.refresh(request)
    if changed is None:
        raise SubjectStepDone(name=request.id)
