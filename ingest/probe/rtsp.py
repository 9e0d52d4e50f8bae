"""One key frame over RTSP, by the receiver that records: what answers here can be recorded.

The connection goes to the address that was judged, also after a redirection; user and password go to the host that was
asked and to no other.
"""

import asyncio
import secrets
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from foundation.clock import Clock
from ingest.index.records import GapReason
from ingest.live.connection import Connection
from ingest.live.description import MediaOffer
from ingest.live.lanes import Now, choose, kind_of
from ingest.live.pictures import AccessUnit
from ingest.live.rtcp import SenderReport
from ingest.live.session import Refusal, Session, State
from ingest.live.sign_in import SignIn
from ingest.probe.decoding import KeyFrame
from ingest.probe.outcomes import CODINGS, Failed, Found, Wanted
from ingest.probe.places import Places

CONNECT_S = 4.0
KEY_FRAME_S = 12.0
"""Cameras send a key frame every second to every fourth; a few, to save room, every tenth."""
_MOST_BYTES = 48 * 2**20
_PORTS = {"rtsp": 554, "rtsps": 322}
_REFUSALS = {
    Refusal.SIGN_IN: Found.SIGN_IN,
    Refusal.NOT_FOUND: Found.NO_PATH,
    Refusal.TRANSPORT: Found.UDP_ONLY,
}


class _Peek:
    """Takes the first key frame and ends the connection."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.offers: list[MediaOffer] = []
        self.chosen: MediaOffer | None = None
        self.frame: KeyFrame | None = None
        self._bytes = 0

    def choose(self, offers: list[MediaOffer]) -> list[MediaOffer]:
        self.offers = offers
        taken = choose(offers, sound=False).offers
        self.chosen = taken[0] if taken else None
        return taken

    def picture(self, unit: AccessUnit, _now: Now) -> None:
        self._bytes += len(unit.data)
        if self.frame is None and unit.key and not unit.damaged and self.chosen is not None:
            self.frame = KeyFrame(kind_of(self.chosen), bytes(unit.data), self.chosen.parameter_sets())
        if (self.frame is not None or self._bytes > _MOST_BYTES) and self.connection is not None:
            asyncio.get_running_loop().call_soon(self.connection.stop)

    def sound(self, packets: list[bytes], timestamp: int, now: Now) -> None: ...

    def reported(self, offer: MediaOffer, report: SenderReport, now: Now) -> None: ...


@dataclass(frozen=True)
class Rtsp:
    places: Places
    clock: Clock
    verify_tls: bool = True
    key_frame_s: float = KEY_FRAME_S

    async def key_frame(self, wanted: Wanted) -> KeyFrame:
        """Return the first there is, however often the camera sends us elsewhere. Raises `Failed`."""
        try:
            async with asyncio.timeout(self.key_frame_s + 2 * CONNECT_S):
                return await self._followed(wanted)
        except TimeoutError:
            raise Failed(Found.NO_KEY_FRAME) from None

    async def _followed(self, wanted: Wanted) -> KeyFrame:
        address, asked = wanted.address, urlsplit(wanted.address).hostname
        for redirects in range(4):
            peek, host = _Peek(), urlsplit(address).hostname
            sign_in = None
            if wanted.user is not None and host == asked:
                sign_in = SignIn(wanted.user, wanted.password or "", secrets.token_hex(8))
            session = Session(address, sign_in, peek.choose, redirects)
            elsewhere = await self._once(address, session, peek)
            if peek.frame is not None:
                return peek.frame
            if elsewhere is None:
                break
            address = elsewhere
        raise Failed(Found.BROKE)

    async def _once(self, address: str, session: Session, peek: _Peek) -> str | None:
        """Return where the camera sends us, if it does."""
        connection, transport = await self._connected(address, session, peek)
        try:
            async with asyncio.timeout(self.key_frame_s):
                reason, _ = await asyncio.shield(connection.ended)
        except TimeoutError:
            connection.fail(GapReason.STALLED, "")
            raise Failed(_when_silent(session)) from None
        finally:
            transport.abort()
            for _ in range(3):
                await asyncio.sleep(0)  # so that its socket is closed before the loop is
        if peek.frame is not None or connection.redirected is not None:
            return connection.redirected
        raise _failure(connection.refused, reason, session, peek)

    async def _connected(self, address: str, session: Session, peek: _Peek) -> tuple[Connection, asyncio.Transport]:
        parts = urlsplit(address)
        place = await self.places.place(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 554), "rtsp")
        connection = peek.connection = Connection(session, peek, self.clock, stalled_s=self.key_frame_s + 1)
        tls = self._tls() if parts.scheme == "rtsps" else None
        try:
            async with asyncio.timeout(CONNECT_S):
                transport, _ = await asyncio.get_running_loop().create_connection(
                    lambda: connection, place.ip, place.port, ssl=tls, server_hostname=place.host if tls else None
                )
        except TimeoutError:
            raise Failed(Found.NOBODY) from None
        except ConnectionRefusedError:
            raise Failed(Found.CLOSED) from None
        except ssl.SSLError:
            raise Failed(Found.CERTIFICATE) from None
        except (OSError, UnicodeError):
            raise Failed(Found.NOBODY) from None
        return connection, transport

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self.verify_tls:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def _when_silent(session: Session) -> Found:
    return Found.NOT_RTSP if session.state is State.DESCRIBING else Found.NO_KEY_FRAME


def _failure(refused: Refusal | None, reason: GapReason, session: Session, peek: _Peek) -> Failed:
    if refused is Refusal.NO_PICTURES:
        pictures = [one.encoding for one in peek.offers if one.kind == "video"]
        return Failed(Found.CODING, CODINGS.get(pictures[0], "")) if pictures else Failed(Found.NO_PICTURES)
    if refused is not None:
        return Failed(_REFUSALS.get(refused, Found.BROKE))
    if reason is GapReason.STALLED:
        return Failed(_when_silent(session))
    if session.state is State.DESCRIBING and reason in {GapReason.GARBLED, GapReason.UNREACHABLE}:
        return Failed(Found.NOT_RTSP)
    return Failed(Found.NO_KEY_FRAME if session.state is State.PLAYING else Found.BROKE)
