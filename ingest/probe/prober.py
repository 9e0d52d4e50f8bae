"""Asks a camera on behalf of a person, within bounds: which machines, how many at once, how long, how much."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import av.error
import httpx

from foundation.clock import Clock
from ingest.places import LookUp, Network, Networks, ips_of
from ingest.probe.decoding import seen
from ingest.probe.onvif import ALL_S, USUAL_PORTS, Device, client, found_device
from ingest.probe.outcomes import Answer, Failed, Found, Wanted
from ingest.probe.places import LOOK_UP_S, Places
from ingest.probe.rtsp import KEY_FRAME_S, Rtsp
from ingest.probe.turns import Turns

log = logging.getLogger(__name__)

_CODINGS = {"h264": "H.264", "h265": "H.265"}
_CLOCK_S = 5.0
_CLOCK_AFTER_S = 2.0
"""Beyond the picture."""


@dataclass(frozen=True)
class Bounds:
    key_frame_s: float = KEY_FRAME_S
    onvif_ports: tuple[int, ...] = USUAL_PORTS
    look_up: LookUp = ips_of
    look_up_s: float = LOOK_UP_S


class Prober:
    """Blocks while it asks, a few seconds; called in a thread."""

    def __init__(
        self, allowed: tuple[Network, ...], clock: Clock, *, verify_tls: bool = True, bounds: Bounds | None = None
    ) -> None:
        self._networks, self._clock, self._verify_tls = Networks(allowed), clock, verify_tls
        self._bounds = bounds or Bounds()
        self.turns = Turns(clock)

    def ask(self, person: str, wanted: Wanted) -> Answer:
        """Ask a camera for one picture, on behalf of a person. Raises `AllBusy`, `TooMany`."""
        with self.turns.turn(person):
            return asyncio.run(self._ask(wanted))

    async def _ask(self, wanted: Wanted) -> Answer:
        """Whatever a device answers, something came of it: what nobody thought of is `BROKE`, and told to the log without its words."""
        try:
            return await self._asked(wanted)
        except (ValueError, OverflowError, av.error.FFmpegError) as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            log.warning("asking a camera broke off: %s at %s:%s", type(error).__name__, at.filename, at.lineno)
            return Answer(Found.BROKE, wanted.address)

    async def _asked(self, wanted: Wanted) -> Answer:
        places = Places(self._networks, self._bounds.look_up, self._bounds.look_up_s)
        async with client(verify_tls=self._verify_tls) as http:
            if urlsplit(wanted.address).scheme in {"rtsp", "rtsps"}:
                return await self._by_rtsp(wanted, places, http)
            return await self._by_onvif(wanted, places, http)

    async def _by_rtsp(self, wanted: Wanted, places: Places, http: httpx.AsyncClient) -> Answer:
        """The device's clock is asked for beside it, where it has ONVIF at all."""
        clock = asyncio.create_task(self._clock_of(wanted, places, http))
        answer = await self._picture(wanted, places)
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOCK_AFTER_S):
                return replace(answer, clock_off_us=await clock)
        return answer

    async def _clock_of(self, wanted: Wanted, places: Places, http: httpx.AsyncClient) -> int | None:
        host = urlsplit(wanted.address).hostname or ""
        place = f"http://[{host}]" if ":" in host else f"http://{host}"
        asked = found_device(Wanted(place), places, self._clock, http, self._bounds.onvif_ports)
        with suppress(Failed, TimeoutError, ValueError, OverflowError):  # the picture counts, whatever else it says
            return (await _within(asked, _CLOCK_S)).off_us
        return None

    async def _by_onvif(self, wanted: Wanted, places: Places, http: httpx.AsyncClient) -> Answer:
        device: Device | None = None
        try:
            async with asyncio.timeout(ALL_S):
                device = await found_device(wanted, places, self._clock, http, self._bounds.onvif_ports)
                path, namespace = await device.media()
                token = wanted.channel
                if not token:
                    told = await device.channels(path, namespace)
                    if len(told) > 1:
                        return Answer(Found.CHANNELS, wanted.address, channels=told, clock_off_us=device.off_us)
                    token = told[0].token
                address = await device.stream(path, namespace, token)
        except TimeoutError:
            return Answer(Found.NOBODY, wanted.address)
        except Failed as failed:
            return Answer(failed.found, wanted.address, clock_off_us=None if device is None else device.off_us)
        answer = await self._picture(replace(wanted, address=address), places)
        return replace(answer, clock_off_us=device.off_us)

    async def _picture(self, wanted: Wanted, places: Places) -> Answer:
        rtsp = Rtsp(places, self._clock, self._verify_tls, self._bounds.key_frame_s)
        try:
            frame = await rtsp.key_frame(wanted)
            picture = seen(frame)
        except Failed as failed:
            return Answer(failed.found, wanted.address, failed.coding)
        return Answer(Found.ANSWERS, wanted.address, _CODINGS[frame.kind], picture.width, picture.height, picture.jpeg)


async def _within(asked: Awaitable[Device], seconds: float) -> Device:
    async with asyncio.timeout(seconds):
        return await asked
