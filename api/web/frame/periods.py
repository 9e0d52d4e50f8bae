"""The last days that a page of figures is about: a choice of three, today included. Pure."""

from dataclasses import dataclass

from foundation.timebase import TimeRange

CHOICES = (7, 30, 90)
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Period:
    days: int
    span: TimeRange
    choices: tuple[int, ...] = CHOICES


def period_of(days: int, now_us: int, usual: int = 30) -> Period:
    """Return the period of that many days until now; the usual one for what is no choice."""
    chosen = days if days in CHOICES else usual
    return Period(chosen, TimeRange(now_us - chosen * _DAY_US, now_us + 1))
