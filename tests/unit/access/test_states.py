"""The life of a request is what the design page says, and nothing comes back from its end."""

import re
from itertools import product
from pathlib import Path

import pytest

from access.states import MOVES, OVER, State, Step, StepImpossible, move
from foundation.language import say_error

PAGE = Path(__file__).parents[3] / "docs/design/requests.md"


def test_the_page_tells_every_move() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert {(State(before), Step(step)): State(after) for before, step, after in rows} == MOVES


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_a_step_is_taken_as_listed_or_refused_by_name(state: State, step: Step) -> None:
    if (state, step) in MOVES:
        assert move(state, step) is MOVES[state, step]
        return
    with pytest.raises(StepImpossible, match=state):
        move(state, step)


@pytest.mark.parametrize(("state", "step"), [pair for pair in product(State, Step) if pair not in MOVES])
def test_it_is_told_in_the_readers_language(state: State, step: Step) -> None:
    error = StepImpossible(state, step)
    assert error.fields == {"state": str(state), "step": str(step)}
    assert say_error("en", error)[0] == f"This request is {state}; {step} is not possible"
    told = say_error("vi", error)[0]
    assert str(state) not in told
    assert re.search(rf"\b{step}\b", told) is None


def test_every_state_is_reached_and_what_is_over_is_over() -> None:
    assert {State.DRAFTED, *MOVES.values()} == set(State)
    assert {state for state, _ in MOVES} == set(State) - OVER
