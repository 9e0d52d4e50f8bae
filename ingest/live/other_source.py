"""Cameras that our receiver cannot take: over UDP only, or in a coding it does not speak. libav, in a thread for each such camera.

It costs several times what our own receiver does, so it is for the odd one. Sound is not taken this way.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import av
import av.error
from av.packet import Packet

from foundation.clock import Clock
from foundation.timebase import MEDIA_TIMESCALE
from ingest.coding import VIDEO, Coding
from ingest.framing import CodingUnknown, Pictures
from ingest.index.records import GapReason
from ingest.live.following import LiveSource
from ingest.live.lanes import Now
from ingest.live.pictures import AccessUnit
from ingest.live.sources import CONNECT_S, PORTS, Ended, NotReached, numbers_of
from ingest.live.taking import Taking
from ingest.places import Networks

_OPTIONS = {
    "rtsp_flags": "prefer_tcp",
    "allowed_media_types": "video",
    "user_agent": "MatPho",
    # Looking at the stream for seconds would only make its first pictures late: the description tells the coding.
    "fpsprobesize": "0",
    "analyzeduration": "500000",
}


class LibavAttempt:
    """One connection by libav. Nothing that libav says is passed on as it is: it may quote the address with its password."""

    name = "libav"

    def __init__(
        self, source: LiveSource, taking: Taking, clock: Clock, *, stalled_s: float, networks: Networks | None = None
    ) -> None:
        self._networks = networks
        self._source, self._taking, self._clock = source, taking, clock
        self._stalled_s = stalled_s
        self._ending: Ended | None = None
        self._over = threading.Event()

    @property
    def lost(self) -> int:
        return 0

    def stop(self) -> None:
        self.fail(GapReason.STOPPED, "")

    def fail(self, reason: GapReason, detail: str) -> None:
        self._ending = self._ending or Ended(reason, detail)
        self._over.set()

    async def run(self) -> Ended:
        try:
            address = await self._judged()
        except NotReached as error:
            return error.ended
        if self._ending is not None:
            return self._ending
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Ended] = loop.create_future()

        def take(unit: AccessUnit, ticks: int, coding: Coding, now: Now) -> None:
            loop.call_soon_threadsafe(self._taking.take, unit, ticks, coding, now)

        def work() -> None:
            ended = self._work(address, take)
            loop.call_soon_threadsafe(lambda: None if done.done() else done.set_result(ended))

        threading.Thread(target=work, name=f"libav {self._source.code}", daemon=True).start()
        try:
            return await done
        finally:
            self._over.set()

    def _work(self, address: str, take: Callable[[AccessUnit, int, Coding, Now], None]) -> Ended:
        try:
            with av.open(address, "r", options=_OPTIONS, timeout=(CONNECT_S, self._stalled_s)) as container:
                return self._read(container, take)
        except av.error.HTTPUnauthorizedError:
            return Ended(GapReason.SIGN_IN_REFUSED, "the camera refused the sign-in")
        except av.error.ExitError:
            return self._ending or Ended(GapReason.STALLED, f"nothing came for {self._stalled_s:.0f} s")
        except CodingUnknown:
            return Ended(GapReason.GARBLED, "its pictures cannot be kept without coding them again")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            return self._ending or Ended(
                GapReason.UNREACHABLE, getattr(error, "strerror", None) or type(error).__name__
            )

    async def _judged(self) -> str:
        """Return the address with the sign-in, and with the number that was judged in place of a name. Raises `NotReached`."""
        parts = urlsplit(self._source.address)
        place = parts.netloc
        if self._networks is not None and not self._source.anywhere:
            host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 554)
            ip = (await numbers_of(self._source, host, port, self._networks))[0]
            place = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
        if self._source.user is not None:
            place = f"{quote(self._source.user, safe='')}:{quote(self._source.password or '', safe='')}@{place}"
        return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))

    def _read(self, container: Any, take: Callable[[AccessUnit, int, Coding, Now], None]) -> Ended:
        stream = next((one for one in container.streams.video if one.codec_context.name in VIDEO), None)
        if stream is None:
            return Ended(GapReason.GARBLED, "it sends no pictures in a coding that can be kept")
        pictures = Pictures(stream, VIDEO[stream.codec_context.name])
        for packet in container.demux(stream):
            if self._over.is_set():
                break
            if packet.size and packet.pts is not None:
                self._picture(packet, pictures, take)
        return self._ending or Ended(GapReason.UNREACHABLE, "the camera closed the connection")

    def _picture(
        self, packet: "Packet[Any]", pictures: Pictures, take: Callable[[AccessUnit, int, Coding, Now], None]
    ) -> None:
        now = Now()
        now.wall_us, now.steady_us = self._clock.now_us(), self._clock.steady_us()
        data = pictures.frame(packet)
        if pictures.coding is None or packet.pts is None or packet.time_base is None:
            return
        ticks = round(packet.pts * packet.time_base * MEDIA_TIMESCALE)
        unit = AccessUnit(0, bytearray(data), bool(packet.is_keyframe), (), bool(packet.is_corrupt))
        take(unit, ticks, pictures.coding, now)
