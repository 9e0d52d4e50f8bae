"""How fast one may guess. Pure: tallies in, tallies out; docs/design/people.md tells why there are three of them.

- `PAIR`: one account from one source (or one known device of the account). Every attempt counts until it turns out right,
  so that guesses sent all at once are slowed down too.
- `SOURCE`: one source, over all accounts; only what turned out wrong counts.
- `LANE`: one account, over all sources that are no known device of it. It never closes: one attempt in a while is let in.
"""

from dataclasses import dataclass

from foundation.timebase import MICROSECONDS

_HOUR_US = 3600 * MICROSECONDS


@dataclass(frozen=True)
class Rule:
    """After `free` failures each further attempt waits, `first_us` and then `growth` times longer, at most `most_us`."""

    free: int
    first_us: int
    growth: int
    most_us: int
    forgets_us: int


PAIR = Rule(free=5, first_us=2 * MICROSECONDS, growth=2, most_us=900 * MICROSECONDS, forgets_us=24 * _HOUR_US)
SOURCE = Rule(free=50, first_us=2 * MICROSECONDS, growth=2, most_us=60 * MICROSECONDS, forgets_us=_HOUR_US)
LANE = Rule(free=20, first_us=10 * MICROSECONDS, growth=1, most_us=10 * MICROSECONDS, forgets_us=24 * _HOUR_US)


@dataclass(frozen=True)
class Tally:
    """`next_us` is when the next attempt is let in."""

    failures: int = 0
    last_us: int = 0
    next_us: int = 0


def waits_us(tally: Tally, now_us: int) -> int:
    """Return how long the next attempt has to wait, 0 when it may come now."""
    return max(0, tally.next_us - now_us)


def failed(rule: Rule, tally: Tally, now_us: int) -> Tally:
    """Return the tally after one more failure."""
    before = 0 if now_us - tally.last_us >= rule.forgets_us else tally.failures
    failures = before + 1
    if failures < rule.free:
        return Tally(failures, now_us, 0)
    wait = rule.first_us
    for _ in range(min(failures - rule.free, 40)):
        wait = min(wait * rule.growth, rule.most_us)
    return Tally(failures, now_us, now_us + wait)


def admitted(rule: Rule, tally: Tally, now_us: int) -> Tally:
    """Return the tally of a lane after it let one attempt in: the next one waits its turn, whatever comes of this one."""
    if tally.failures < rule.free or now_us - tally.last_us >= rule.forgets_us:
        return tally
    return Tally(tally.failures, tally.last_us, now_us + rule.first_us)
