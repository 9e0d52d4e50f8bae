"""How long guesses wait."""

from people.throttle import LANE, PAIR, SOURCE, Rule, Tally, admitted, failed, waits_us

S = 1_000_000


def waits(rule: Rule, failures: int) -> list[int]:
    """Return the wait in seconds after each of so many failures, each made as soon as it is let in."""
    tally, now, found = Tally(), 10**15, []
    for _ in range(failures):
        now += waits_us(tally, now)
        tally = failed(rule, tally, now)
        found.append(waits_us(tally, now) // S)
    return found


def test_a_few_slips_cost_nothing_then_it_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert waits(PAIR, 16) == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_source_is_slowed_down_never_shut_out() -> None:
    assert max(waits(SOURCE, 200)) == 60


def test_a_lane_lets_one_in_every_ten_seconds_for_ever() -> None:
    assert waits(LANE, 19) == [0] * 19
    assert set(waits(LANE, 500)[19:]) == {10}
    tally = Tally()
    for _ in range(20):
        tally = failed(LANE, tally, 10**15)
    let_in = admitted(LANE, tally, 10**15 + 60 * S)
    assert waits_us(let_in, 10**15 + 60 * S) == 10 * S
    assert admitted(LANE, Tally(3, 10**15, 0), 10**15) == Tally(3, 10**15, 0)


def test_what_is_long_ago_is_forgotten() -> None:
    tally = Tally()
    for _ in range(9):
        tally = failed(PAIR, tally, 10**15)
    assert failed(PAIR, tally, 10**15 + PAIR.forgets_us).failures == 1
    assert failed(PAIR, tally, 10**15 + PAIR.forgets_us - 1).failures == 10
