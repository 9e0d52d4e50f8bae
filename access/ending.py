"""How requests end: withdrawn or given back by whoever asked, or by time."""

import sqlalchemy as sa
from sqlmodel import Session, col

from access.deciding import end_grant
from access.purposes import Outcome
from access.states import State, Step
from access.stepping import take
from access.tables import FootageGrant, FootageRequest
from foundation.clock import Clock
from foundation.errors import N_, BadInput
from foundation.identity import SERVICE, Actor

_MOST_AT_ONCE = 500


class OutcomeUnknown(BadInput):
    code = "outcome_unknown"
    message = N_("“{outcome}” is no outcome")
    mend = N_("The outcomes are: {outcomes}")


def withdraw(session: Session, clock: Clock, actor: Actor, request: FootageRequest) -> None:
    """Raises `StepImpossible`."""
    take(session, clock, actor, request, Step.WITHDRAW)


def release(session: Session, clock: Clock, actor: Actor, request: FootageRequest, outcome: str) -> None:
    """Give a grant back and say what came of it. Raises `OutcomeUnknown`, `StepImpossible`."""
    if outcome not in set(Outcome):
        raise OutcomeUnknown(outcome=outcome[:40], outcomes=", ".join(Outcome))
    take(session, clock, actor, request, Step.RELEASE, outcome=outcome)
    end_grant(session, clock, request)


def expire_due(session: Session, clock: Clock) -> int:
    """Let expire what nobody decided in time, and requests whose grant is over; return how many, at most 500 at once.

    What may be seen does not wait for this: a grant is over at its time.
    """
    now = clock.now_us()
    over = sa.select(col(FootageGrant.request_id)).where(col(FootageGrant.until_us) <= now)
    undecided = col(FootageRequest.state).in_([str(State.DRAFTED), str(State.SUBMITTED)])
    question = (
        sa.select(FootageRequest)
        .where(
            sa.or_(
                undecided & (col(FootageRequest.decide_by_us) <= now),
                (col(FootageRequest.state) == str(State.APPROVED)) & col(FootageRequest.id).in_(over),
            )
        )
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    due = session.execute(question).scalars().all()
    for request in due:
        take(session, clock, SERVICE, request, Step.EXPIRE)
    return len(due)
