"""The life of a request. Pure. docs/design/requests.md draws it."""

from collections.abc import Mapping
from enum import StrEnum

from foundation.errors import N_, Conflict


class State(StrEnum):
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    RELEASED = "released"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """`release`: whoever asked has done with it, and says what came of it."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REFUSE = "refuse"
    RELEASE = "release"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


MOVES: Mapping[tuple[State, Step], State] = {
    (State.DRAFTED, Step.SUBMIT): State.SUBMITTED,
    (State.DRAFTED, Step.WITHDRAW): State.WITHDRAWN,
    (State.DRAFTED, Step.EXPIRE): State.EXPIRED,
    (State.SUBMITTED, Step.APPROVE): State.APPROVED,
    (State.SUBMITTED, Step.REFUSE): State.REFUSED,
    (State.SUBMITTED, Step.WITHDRAW): State.WITHDRAWN,
    (State.SUBMITTED, Step.EXPIRE): State.EXPIRED,
    (State.APPROVED, Step.RELEASE): State.RELEASED,
    (State.APPROVED, Step.REFUSE): State.REFUSED,  # taken back, after a review or a second thought
    (State.APPROVED, Step.EXPIRE): State.EXPIRED,
}
OVER = frozenset({State.REFUSED, State.RELEASED, State.EXPIRED, State.WITHDRAWN})


STATE_TEXT: Mapping[State, str] = {
    State.DRAFTED: N_("drafted"),
    State.SUBMITTED: N_("submitted"),
    State.APPROVED: N_("approved"),
    State.REFUSED: N_("refused"),
    State.RELEASED: N_("released"),
    State.EXPIRED: N_("expired"),
    State.WITHDRAWN: N_("withdrawn"),
}
STEP_TEXT: Mapping[Step, str] = {
    Step.SUBMIT: N_("submit"),
    Step.APPROVE: N_("approve"),
    Step.REFUSE: N_("refuse"),
    Step.RELEASE: N_("release"),
    Step.EXPIRE: N_("expire"),
    Step.WITHDRAW: N_("withdraw"),
}
"""In English both are the names themselves, so that `fields` of a problem stay what programs compare with."""


class StepImpossible(Conflict):
    code = "step_impossible"
    message = N_("This request is {state}; {step} is not possible")
    mend = N_("Read it again: somebody may have acted on it in the meantime")

    def __init__(self, state: State, step: Step) -> None:
        super().__init__(state=STATE_TEXT[state], step=STEP_TEXT[step])


def move(state: State, step: Step) -> State:
    """Return the state that follows. Raises `StepImpossible`."""
    following = MOVES.get((state, step))
    if following is None:
        raise StepImpossible(state, step)
    return following
