"""Deciding about requests: another human, a rule of the unit, or nobody yet (break-glass), and the review that follows."""

import sqlalchemy as sa
from sqlmodel import Session, col

from access.states import State, Step
from access.stepping import cameras_of, take, tell
from access.tables import FootageGrant, FootageRequest, GrantCamera, RequestCamera
from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for
from foundation.clock import Clock
from foundation.errors import N_, Conflict, Forbidden
from foundation.identity import SERVICE, Actor, new_id
from ingest.index.tables import Hold

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
KEPT_AFTER_US = 7 * _DAY_US
"""So long footage stays after its grant, for who notices then that something is missing."""


class SamePerson(Forbidden):
    code = "same_person"
    message = N_("Whoever asked for footage decides nothing about it")
    mend = N_("Another supervisor of the unit decides")


class OwnersNotAnswered(Conflict):
    code = "owners_not_answered"
    message = N_("The owners of {cameras} want to be asked and have not agreed")
    mend = N_("Wait for them, or approve the other cameras with `without_unanswered`")


class NothingToReview(Conflict):
    code = "nothing_to_review"
    message = N_("This request needs no review, or has had it")


def approve(
    session: Session,
    clock: Clock,
    actor: Actor,
    person_id: str,
    request: FootageRequest,
    *,
    note: str = "",
    without_unanswered: bool = False,
) -> FootageGrant:
    """Approve by a human other than who asked. Raises `SamePerson`, `OwnersNotAnswered`, `StepImpossible`."""
    _another(person_id, request)
    waiting = [code for _, code, consent in cameras_of(session, request.id) if consent == "asked"]
    if waiting and not without_unanswered:
        raise OwnersNotAnswered(cameras=", ".join(waiting))
    rules = rules_for(session, request.unit_id, clock.now_us())
    decided = {"decided_us": clock.now_us(), "decided_how": "person", "decided_by": person_id, "note": note}
    take(session, clock, actor, request, Step.APPROVE, **decided)
    return _grant(session, clock, request, rules, rules.grant_hours)


def refuse(session: Session, clock: Clock, actor: Actor, person_id: str, request: FootageRequest, note: str) -> None:
    """Refuse, or take back what was approved: its grant ends now. Raises `SamePerson`, `StepImpossible`.

    `must_be` before it holds whoever means the one off the other.
    """
    _another(person_id, request)
    if request.state == State.APPROVED:
        _take_back(session, clock, actor, person_id, request, note)
        return
    decided = {"decided_us": clock.now_us(), "decided_how": "person", "decided_by": person_id, "note": note}
    take(session, clock, actor, request, Step.REFUSE, **decided)


def _take_back(
    session: Session, clock: Clock, actor: Actor, person_id: str, request: FootageRequest, note: str
) -> None:
    """What was decided first stays beside it: who approved, and when."""
    end_grant(session, clock, request)
    back = {"taken_back_us": clock.now_us(), "taken_back_by": person_id, "taken_back_note": note}
    take(session, clock, actor, request, Step.REFUSE, **back)


def review(
    session: Session, clock: Clock, actor: Actor, person_id: str, request: FootageRequest, *, justified: bool, note: str
) -> None:
    """Say afterwards whether an approval without a human was right; if not, its grant ends now.

    Raises `SamePerson`, `NothingToReview`.
    """
    _another(person_id, request)
    now = clock.now_us()
    values = {"reviewed_us": now, "reviewed_by": person_id, "justified": int(justified), "note": note}
    changed = session.execute(
        sa.update(FootageRequest)
        .where(
            col(FootageRequest.id) == request.id,
            col(FootageRequest.review_by_us).is_not(None),
            col(FootageRequest.reviewed_us).is_(None),
        )
        .values(**values)
        .returning(col(FootageRequest.id))
    ).first()
    if changed is None:
        raise NothingToReview
    session.refresh(request)
    tell(session, clock, actor, request, "review", justified=justified)
    if not justified and request.state == State.APPROVED:
        _take_back(session, clock, actor, person_id, request, note)


def grant_by_rule(session: Session, clock: Clock, request: FootageRequest, rules: Rules) -> FootageGrant:
    """Approve without a human, as the unit's rule has it; somebody looks at it later."""
    now = clock.now_us()
    review_by = now + rules.automatic_review_days * _DAY_US
    take(session, clock, SERVICE, request, Step.APPROVE, decided_us=now, decided_how="rule", review_by_us=review_by)
    return _grant(session, clock, request, rules, rules.grant_hours)


def grant_through_glass(
    session: Session, clock: Clock, actor: Actor, request: FootageRequest, rules: Rules
) -> FootageGrant:
    """Let whoever asks see it now, for a few hours; a supervisor reviews it. Raises `OwnersNotAnswered`."""
    now = clock.now_us()
    review_by = now + rules.review_hours * _HOUR_US
    take(session, clock, actor, request, Step.APPROVE, decided_us=now, decided_how="glass", review_by_us=review_by)
    return _grant(session, clock, request, rules, rules.break_glass_hours)


def end_grant(session: Session, clock: Clock, request: FootageRequest) -> None:
    """End the grant of a request now; one that is over stays as it was."""
    now = clock.now_us()
    session.execute(
        sa.update(FootageGrant)
        .where(col(FootageGrant.request_id) == request.id, col(FootageGrant.ended_us).is_(None))
        .values(ended_us=now)
    )


def _another(person_id: str, request: FootageRequest) -> None:
    if person_id == request.person_id:
        raise SamePerson


def _grant(session: Session, clock: Clock, request: FootageRequest, rules: Rules, hours: int) -> FootageGrant:
    """Make the grant: cameras whose owners are not asked or agreed. Raises `OwnersNotAnswered` when that is none."""
    cameras = cameras_of(session, request.id)
    free = [camera_id for camera_id, _, consent in cameras if consent in {"general", "agreed"}]
    if not free:
        raise OwnersNotAnswered(cameras=", ".join(code for _, code, _ in cameras))
    now = clock.now_us()
    made = FootageGrant(
        id=new_id(),
        request_id=request.id,
        person_id=request.person_id,
        purpose=request.purpose,
        start_us=request.start_us,
        end_us=request.end_us,
        from_us=now,
        until_us=now + hours * _HOUR_US,
        downloads=rules.grant_downloads,
        pre_roll=int(rules.grant_pre_roll),
    )
    session.add(made)
    session.flush()
    session.add_all(GrantCamera(grant_id=made.id, camera_id=camera_id) for camera_id in free)
    held = sa.select(col(RequestCamera.hold_id)).where(col(RequestCamera.request_id) == request.id)
    longer = made.until_us + KEPT_AFTER_US
    session.execute(
        sa.update(Hold)
        .where(col(Hold.id).in_(held), col(Hold.until_us) < longer, col(Hold.released_us).is_(None))
        .values(until_us=longer)
    )
    session.flush()
    return made
