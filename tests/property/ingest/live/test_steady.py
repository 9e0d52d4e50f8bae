"""Whatever the way does to packets, times go forward, evenly, and stay near the truth; a clock that was set is noticed."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.live.steady import SLEW_PPM, STEP_US, Steady

BEGIN = 1_772_892_000_000_000
FRAME = 40_000


def sent(seed: int, seconds: int, drift_ppm: int, delay_us: int) -> list[tuple[int, int, int]]:
    """Return (media time, arrival, truth) of 25 frames a second, each late by up to `delay_us` over 2 ms."""
    dice = random.Random(seed)
    found, last = [], 0
    for number in range(seconds * 25):
        media = number * FRAME
        truth = BEGIN + media + media * drift_ppm // 1_000_000
        late = 2000 + (dice.randint(0, delay_us) if dice.random() < 0.9 else 0)
        last = max(last, truth + late)  # over TCP nothing overtakes
        found.append((media, last, truth))
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(-200, 200), st.integers(0, 150_000))
def test_times_are_even_and_near_the_truth(seed: int, drift_ppm: int, delay_us: int) -> None:
    steady = Steady()
    told = []
    for media, arrived, truth in sent(seed, 240, drift_ppm, delay_us):
        wall = steady.wall_us(media, arrived)
        assert wall is not None
        told.append((media, wall, wall - truth))
    for (before, first, _), (after, second, _) in pairwise(told):
        step = after - before
        assert abs(second - first - step) <= step * SLEW_PPM // 1_000_000 + 1
    settled = [abs(off) for _, _, off in told[150 * 25 :]]
    # The least delay is 2 ms; a minute's window lets a drift of 200 ppm run 12 ms ahead, and rare good packets add some.
    assert max(settled) < 2000 + 12_000 + 4000


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 3600), st.booleans())
def test_a_clock_that_was_set_is_noticed(seed: int, by_s: int, back: bool) -> None:
    steady = Steady()
    frames = sent(seed, 70, 0, 50_000)
    moved = (-by_s if back else by_s) * STEP_US
    answers = [
        steady.wall_us(media, arrived + (moved if number >= 60 * 25 else 0))
        for number, (media, arrived, _) in enumerate(frames)
    ]
    assert None not in answers[: 60 * 25]
    assert None in answers[60 * 25 :]


def test_a_pause_of_the_connection_is_no_set_clock() -> None:
    steady = Steady()
    assert steady.wall_us(0, BEGIN) == BEGIN
    assert steady.wall_us(FRAME, BEGIN + 900_000) is not None  # held up for most of a second
    assert steady.wall_us(2 * FRAME, BEGIN + 900_000) is not None


@given(st.integers(1, 25))
def test_what_was_held_up_and_comes_at_once_is_no_set_clock(held_s: int) -> None:
    steady = Steady()
    for number in range((10 + held_s + 10) * 25):
        media = number * FRAME
        blocked = 10 * STEP_US <= media < (10 + held_s) * STEP_US
        arrived = BEGIN + ((10 + held_s) * STEP_US if blocked else media)
        wall = steady.wall_us(media, arrived)
        assert wall is not None
        assert wall - BEGIN == media


def test_pictures_that_are_shown_earlier_than_sent_keep_their_distance() -> None:
    steady = Steady()
    walls = [steady.wall_us(media, BEGIN + at * FRAME) for at, media in enumerate((0, 3 * FRAME, FRAME, 2 * FRAME))]
    assert None not in walls
    assert sorted(wall for wall in walls if wall is not None) == [walls[0], walls[2], walls[3], walls[1]]
