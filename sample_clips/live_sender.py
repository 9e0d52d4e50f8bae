"""What goes out over one connection to one camera: its frames, numbered and dated, and what became of them."""

import asyncio
import random
from dataclasses import dataclass, field

from foundation.timebase import MEDIA_TIMESCALE
from sample_clips import live_mark
from sample_clips.live_packets import PACKET_BYTES, RTP_HEAD, Picture, sender_report
from sample_clips.live_protocol import Keeper

MOST_UNSENT = 512 * 1024
"""Bytes that wait for a slow reader, beside what the kernel keeps; beyond, frames of its camera are dropped whole."""
REPORT_EVERY_S = 5
SLOTS = 20

_WRAP = 1 << 32
_LEADS = (37, 41)


@dataclass(frozen=True)
class Plan:
    """How the cameras behave. `drop_every_s` ends each connection so long after its start; 0 never.

    The own clock of camera n runs `n * clock_step_us` ahead; only its sender reports tell of it. `slots` are the parts of a
    frame's time: cameras of different slots send at different times, as cameras do that know nothing of each other.
    """

    cameras: int
    rate: int = 25
    packet_bytes: int = PACKET_BYTES
    keeper: Keeper | None = None
    drop_every_s: int = 0
    clock_step_us: int = 0
    slots: int = SLOTS


@dataclass
class Tally:
    """What was sent of one camera: `runs` are first and last frame number of each stretch without a hole."""

    sent: int = 0
    dropped: int = 0
    runs: list[list[int]] = field(default_factory=list)


def place(camera: int, number: int, frames: int) -> int:
    """Return which of the loop's `frames` is frame `number` of a camera; key frames of cameras come at different times."""
    lead = _LEADS[0] if frames % _LEADS[0] else _LEADS[1]
    return (camera * lead + number) % frames


class Sender:
    """Source and times belong to the camera and go on between connections; packets are numbered anew for each."""

    def __init__(
        self, plan: Plan, pictures: list[Picture], camera: int, tally: Tally, transport: asyncio.WriteTransport
    ) -> None:
        own = random.Random(camera)  # noqa: S311 - a sample, not a secret
        self._plan, self._pictures, self._transport = plan, pictures, transport
        self._camera, self._tally = camera, tally
        self._source, self._base = own.getrandbits(32), own.getrandbits(32)
        self._sequence = random.getrandbits(16)
        self._ticks = MEDIA_TIMESCALE // plan.rate
        self._begun, self._report_at = False, 0
        self._packets = self._octets = 0
        self._run: list[int] | None = None  # the stretch being sent; none after a frame was dropped

    def send(self, number: int, now_us: int) -> None:
        """Send frame `number`, unless the reader is too slow for it; the first that is sent is a key frame."""
        picture = self._pictures[place(self._camera, number, len(self._pictures))]
        if not self._begun:
            if not picture.key:
                return
            self._begun, self._report_at = True, number
        transport = self._transport
        if transport.is_closing():
            return
        timestamp = (self._base + number * self._ticks) % _WRAP
        if number >= self._report_at:
            self._report_at = number + REPORT_EVERY_S * self._plan.rate
            self._report(now_us, timestamp)
        first, self._sequence = self._sequence, self._sequence + picture.packets
        if transport.get_write_buffer_size() > MOST_UNSENT:
            self._tally.dropped += 1
            self._run = None
            return
        data = picture.filled(first, timestamp, self._source, live_mark.unit(self._camera, number, now_us))
        transport.write(data)
        self._packets += picture.packets
        self._octets += len(data) - picture.packets * (4 + RTP_HEAD)
        self._tally.sent += 1
        if self._run is None:
            self._run = [number, number]
            self._tally.runs.append(self._run)
        self._run[1] = number

    def _report(self, now_us: int, timestamp: int) -> None:
        camera_us = now_us + self._camera * self._plan.clock_step_us
        name = f"camera-{self._camera}"
        self._transport.write(sender_report(self._source, camera_us, timestamp, self._packets, self._octets, name))
