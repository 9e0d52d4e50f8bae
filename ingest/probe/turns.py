"""Who may ask a camera now: few at once, each person some times in a while. It is kept in memory, for one process serves.

A person who asks again and again is feeling for machines or guessing a password; either takes days at this pace, and
cameras lock an account after a few wrong ones.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from foundation.clock import Clock
from foundation.errors import N_, TooMany
from foundation.timebase import MICROSECONDS

AT_ONCE = 4
EACH = 12
WINDOW_US = 300 * MICROSECONDS
_SOON_S = 5


class AllBusy(TooMany):
    code = "cameras_being_asked"
    message = N_("Other cameras are being asked at the moment; try again in {seconds} s")


class Turns:
    def __init__(self, clock: Clock, *, at_once: int = AT_ONCE, each: int = EACH) -> None:
        self._clock, self._at_once, self._each = clock, at_once, each
        self._lock = threading.Lock()
        self._asking: set[str] = set()
        self._asked: dict[str, deque[int]] = {}

    @contextmanager
    def turn(self, person: str) -> Iterator[None]:
        """Ask within. Raises `AllBusy`, `TooMany`."""
        with self._lock:
            self._begin(person)
        try:
            yield
        finally:
            with self._lock:
                self._asking.discard(person)

    def _begin(self, person: str) -> None:
        now = self._clock.steady_us()
        for name, times in list(self._asked.items()):
            while times and times[0] <= now - WINDOW_US:
                times.popleft()
            if not times:
                del self._asked[name]
        times = self._asked.get(person, deque())
        if len(times) >= self._each:
            raise TooMany(seconds=-((now - times[0] - WINDOW_US) // MICROSECONDS))
        if person in self._asking or len(self._asking) >= self._at_once:
            raise AllBusy(seconds=_SOON_S)
        times.append(now)
        self._asked[person] = times
        self._asking.add(person)
