"""Few at once, one at a time for each person, and not again and again."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from foundation.clock import ManualClock
from foundation.errors import TooMany
from ingest.probe.turns import WINDOW_US, AllBusy, Turns


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


def test_few_at_once(stack: ExitStack) -> None:
    turns = Turns(ManualClock(0), at_once=2)
    stack.enter_context(turns.turn("a"))
    with turns.turn("b"), pytest.raises(AllBusy), turns.turn("c"):
        pass
    stack.enter_context(turns.turn("c"))


def test_one_at_a_time(stack: ExitStack) -> None:
    turns = Turns(ManualClock(0))
    stack.enter_context(turns.turn("a"))
    with pytest.raises(AllBusy), turns.turn("a"):
        pass


def test_who_asks_on_and_on_waits_until_the_first_was_long_ago() -> None:
    clock = ManualClock(0)
    turns = Turns(clock, each=2)
    for _ in range(2):
        with turns.turn("a"):
            clock.advance(1_500_000)
    with pytest.raises(TooMany) as waits, turns.turn("a"):
        pass
    assert waits.value.fields["seconds"] == 297
    with turns.turn("b"):
        pass
    clock.advance(WINDOW_US - 3_000_000)
    with turns.turn("a"):
        pass
    with pytest.raises(TooMany), turns.turn("a"):
        pass


def test_a_turn_that_fails_is_over() -> None:
    turns = Turns(ManualClock(0))
    with pytest.raises(OSError, match="no"), turns.turn("a"):
        raise OSError("no")
    with turns.turn("a"):
        pass
