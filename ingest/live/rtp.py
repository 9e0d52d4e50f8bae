"""RTP (RFC 3550): the fixed head of a packet, its sequence numbers, and its 32-bit times made continuous. Pure."""

from typing import NamedTuple

_WRAP, _HALF = 1 << 32, 1 << 31
JUMP_S = 10
"""A step of the sender's clock beyond this, in either direction, is a restart of that clock and not a late packet."""


class Head(NamedTuple):
    """What is said of the payload, which lies at `[begin, end)` of the buffer."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    source: int
    begin: int
    end: int


def read_head(buffer: bytearray | memoryview | bytes, begin: int, end: int) -> Head | None:
    """Return the head of the packet at `[begin, end)`, None if it is none (section 5.1, 5.3.1)."""
    if end - begin < 12 or buffer[begin] >> 6 != 2:
        return None
    first, second = buffer[begin], buffer[begin + 1]
    at = begin + 12 + 4 * (first & 15)
    if first & 0x10:
        if at + 4 > end:
            return None
        at += 4 + 4 * (buffer[at + 2] << 8 | buffer[at + 3])
    stop = end - (buffer[end - 1] if first & 0x20 else 0)
    if at > stop or (first & 0x20 and buffer[end - 1] == 0):
        return None
    sequence = buffer[begin + 2] << 8 | buffer[begin + 3]
    timestamp = int.from_bytes(buffer[begin + 4 : begin + 8], "big")
    source = int.from_bytes(buffer[begin + 8 : begin + 12], "big")
    return Head(second & 0x7F, second >= 0x80, sequence, timestamp, source, at, stop)


class Sequence:
    """Counts packets that never came. Over TCP nothing overtakes, so a step back is a restart of the sender.

    `next` is the number of the packet that is due, -1 before the first; `first` is the number that it had.
    """

    def __init__(self) -> None:
        self.next = -1
        self.first = 0
        self.cycles = 0
        self.lost = 0
        self.restarts = 0

    @property
    def highest(self) -> int:
        """The extended highest sequence number received (section 6.4.1)."""
        return ((self.cycles << 16) + self.next - 1) & 0xFFFF_FFFF

    def gap(self, number: int) -> int:
        """Return how many packets are missing just before this one."""
        if self.next < 0:
            self.first = self.next = number
        missing = (number - self.next) & 0xFFFF
        if missing < 0x8000 and number < self.next:
            self.cycles += 1
        self.advance(number)
        if missing >= 0x8000:
            self.restarts += 1
            return 1  # nobody knows how many; at least what was being put together is broken
        self.lost += missing
        return missing

    def reached(self, number: int) -> None:
        """Say that all packets came up to the one before `number`: fewer than there are numbers."""
        self.cycles += number < self.next
        self.next = number

    def advance(self, number: int) -> None:
        """Go on after a packet that was the one due."""
        self.next = number + 1
        if self.next == 0x10000:
            self.next = 0
            self.cycles += 1


class RtpClock:
    """Makes the wrapping 32-bit times of one sender continuous, in its own ticks.

    `at` counts from the first packet. After a restart it goes on from where it was, by what the receiver's clock says
    has passed; `restarts` counts those, so that the caller can begin a new run.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._last: tuple[int, int, int] | None = None  # (timestamp, ticks, arrival in microseconds)
        self.restarts = 0

    def at(self, timestamp: int, arrived_us: int) -> int:
        """Return ticks since the first packet of one that arrived at `arrived_us` of a steady clock."""
        if self._last is None:
            self._last = (timestamp, 0, arrived_us)
            return 0
        before, ticks, then = self._last
        step = (timestamp - before + _HALF) % _WRAP - _HALF
        passed = (arrived_us - then) * self._rate // 1_000_000
        if abs(step - passed) > JUMP_S * self._rate:
            self.restarts += 1
            step = max(1, passed)
        ticks += step
        if step > 0:
            self._last = (timestamp, ticks, arrived_us)
        return ticks
