"""Wall time for what a camera sends: the receiver's clock decides, freed of the jitter of the way. Pure.

A packet is late by a delay that changes and never goes below some least one. So of all `arrival - media time` of a while the
least is the best estimate of where the camera's clock stands against ours, and it moves only as fast as the two drift
apart. What is told follows that estimate slowly, so that times never go back and no picture is squeezed or stretched
by more than `SLEW_PPM`.
"""

from collections import deque

WINDOW_US = 60_000_000
BUCKET_US = 1_000_000
SLEW_PPM = 2000
LATE_US = 5_000_000
STEP_US = 1_000_000
"""Further off than this it is no drift: somebody set a clock, and the caller begins a new run."""


class Steady:
    """One sender's media time (microseconds since its first packet) on the wall clock.

    `now_us` of the first call is where its run begins. `offset_us` is the estimate in force: wall time minus media time.
    """

    def __init__(self) -> None:
        self._least: deque[tuple[int, int]] = deque()  # (bucket, least offset in it), offsets rising: a sliding minimum
        self._told: int | None = None
        self._media = 0
        self._late: tuple[int, int] | None = None
        self.offset_us = 0

    def wall_us(self, media_us: int, now_us: int) -> int | None:
        """Return when this was captured, by our clock; None when a clock was set, after which a new `Steady` is due.

        `now_us` is the receiver's wall clock as the packet came. Media time may go back a little, for B-frames.
        """
        offset = now_us - media_us
        if self._told is None:
            self._told = offset
        self._note(now_us // BUCKET_US, offset)
        aim = self._least[0][1]
        if offset < self._told - STEP_US or self._stays_late(offset, media_us, now_us):
            return None
        passed = max(0, media_us - self._media)
        self._media = max(self._media, media_us)
        reach = passed * SLEW_PPM // 1_000_000
        self._told += max(-reach, min(reach, aim - self._told))
        self.offset_us = self._told
        return media_us + self._told

    def _stays_late(self, offset: int, media_us: int, now_us: int) -> bool:
        """Tell a clock that was set forward from a way that was blocked: what was held up comes all at once afterwards."""
        if self._told is None or offset <= self._told + STEP_US:
            self._late = None
            return False
        if self._late is None:
            self._late = (media_us, now_us)
        media, now = self._late
        return media_us - media >= LATE_US and now_us - now >= LATE_US

    def _note(self, bucket: int, offset: int) -> None:
        while self._least and self._least[-1][1] >= offset:
            self._least.pop()
        self._least.append((bucket, offset))
        while self._least[0][0] < bucket - WINDOW_US // BUCKET_US:
            self._least.popleft()
