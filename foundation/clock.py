"""The only place that reads a clock. Everything else is handed a `Clock`."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day (UTC) and a steady time for measuring intervals."""

    def now_us(self) -> int:
        """Return microseconds since 1970-01-01T00:00:00Z."""
        ...

    def steady_us(self) -> int:
        """Return microseconds of a clock that never steps; only differences mean something."""
        ...


class SystemClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000  # noqa: TID251 - this is the one place

    def steady_us(self) -> int:
        return time.monotonic_ns() // 1000


@dataclass
class ManualClock:
    """A clock that moves when told to, for tests and simulations."""

    at_us: int
    steady_at_us: int = 0

    def now_us(self) -> int:
        return self.at_us

    def steady_us(self) -> int:
        return self.steady_at_us

    def advance(self, by_us: int) -> None:
        self.at_us += by_us
        self.steady_at_us += by_us
