"""One attempt to record a camera: by our own receiver, and by libav where that cannot do it.

Own first, always; the other only for what the camera said it cannot: no interleaving over TCP, or codings that we do not speak.
"""

import asyncio
import secrets
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

from foundation.clock import Clock
from ingest.index.records import GapReason
from ingest.live.connection import Connection
from ingest.live.description import MediaOffer
from ingest.live.following import LiveSource
from ingest.live.lanes import choose
from ingest.live.session import Refusal, Session
from ingest.live.sign_in import SignIn
from ingest.live.taking import Taking
from ingest.places import LookUp, Networks, ips_of, looked_up, may_ask

Preference = Literal["auto", "own", "libav"]
CONNECT_S = 10.0
PORTS = {"rtsp": 554, "rtsps": 322}
ELSEWHERE = frozenset({Refusal.TRANSPORT, Refusal.NO_PICTURES})
"""Refusals that libav may be able to do something about."""


class NotReached(Exception):
    """Stays within `ingest.live`: no connection may be tried, or there is nothing to try."""

    def __init__(self, ended: "Ended") -> None:
        super().__init__(ended.detail)
        self.ended = ended


@dataclass(frozen=True)
class Ended:
    """How an attempt ended. `refused` is set where the camera was reached and could not be recorded this way."""

    reason: GapReason
    detail: str
    refused: Refusal | None = None


class Attempt(Protocol):
    """One connection to one camera."""

    name: str

    async def run(self) -> Ended:
        """Record until it ends."""
        ...

    def stop(self) -> None:
        """End in good order."""
        ...

    def fail(self, reason: GapReason, detail: str) -> None:
        """End because of what only the recorder sees."""
        ...

    @property
    def lost(self) -> int: ...


async def numbers_of(
    source: LiveSource, host: str, port: int, networks: Networks | None, look_up: LookUp = ips_of
) -> tuple[str, ...]:
    """Return the addresses to connect to, in order: looked up once and judged as numbers. Raises `NotReached`.

    What was registered before addresses were judged (`anywhere`) goes to its own host wherever that is, and so does all
    where `networks` is None.
    """
    ips = await looked_up(host, CONNECT_S, look_up)
    if not ips:
        raise NotReached(Ended(GapReason.UNREACHABLE, "nobody knows the name of its host"))
    if networks is None or (source.anywhere and host == urlsplit(source.address).hostname):
        return ips
    if not may_ask(port, "record"):
        raise NotReached(Ended(GapReason.OUTSIDE_NETWORKS, f"no camera is recorded at port {port}"))
    good = networks.good_of(ips, port)
    if not good:
        raise NotReached(Ended(GapReason.OUTSIDE_NETWORKS, "MATPHO_CAMERA_NETWORKS does not name its network"))
    return good


async def _connect(
    connection: Connection, ips: Sequence[str], port: int, tls: ssl.SSLContext | None, host: str
) -> None:
    """Connect to the first of the addresses that answers. Raises the error of the last that did not."""
    loop, name = asyncio.get_running_loop(), host if tls is not None else None
    for place, ip in enumerate(ips, 1):
        try:
            await loop.create_connection(lambda: connection, ip, port, ssl=tls, server_hostname=name)
        except OSError:
            if place == len(ips):
                raise
        else:
            return


class OwnAttempt:
    """Our receiver. The sign-in is sent to the host that the registry names, and to no other."""

    name = "own"

    def __init__(
        self,
        source: LiveSource,
        taking: Taking,
        clock: Clock,
        *,
        stalled_s: float,
        verify_tls: bool = True,
        networks: Networks | None = None,
        look_up: LookUp = ips_of,
    ) -> None:
        self._networks, self._look_up = networks, look_up
        self._source = source
        self._taking = taking
        self._clock = clock
        self._stalled_s = stalled_s
        self._verify_tls = verify_tls
        self._connection: Connection | None = None
        self._ending: Ended | None = None

    @property
    def lost(self) -> int:
        return 0 if self._connection is None else self._connection.lost

    def stop(self) -> None:
        self._end(Ended(GapReason.STOPPED, ""), lambda connection: connection.stop())

    def fail(self, reason: GapReason, detail: str) -> None:
        self._end(Ended(reason, detail), lambda connection: connection.fail(reason, detail))

    def _end(self, how: Ended, act: Callable[[Connection], None]) -> None:
        self._ending = how
        if self._connection is not None:
            act(self._connection)

    async def run(self) -> Ended:
        address, redirects = self._source.address, 0
        while self._ending is None:
            connection = await self._connected(address, redirects)
            if isinstance(connection, Ended):
                return connection
            reason, detail = await connection.ended
            if connection.redirected is None:
                return Ended(reason, detail, connection.refused)
            address, redirects = connection.redirected, redirects + 1
        return self._ending

    async def _connected(self, address: str, redirects: int) -> "Connection | Ended":
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 554)
        session = Session(address, self._sign_in(host), self._choose, redirects)
        connection = Connection(session, self._taking, self._clock, stalled_s=self._stalled_s)
        tls = self._tls() if parts.scheme == "rtsps" else None
        try:
            async with asyncio.timeout(CONNECT_S):
                ips = await numbers_of(self._source, host, port, self._networks, self._look_up)
                await _connect(connection, ips, port, tls, host)
        except NotReached as error:
            return error.ended
        except TimeoutError:
            return Ended(GapReason.UNREACHABLE, f"no connection within {CONNECT_S:.0f} s")
        except (OSError, UnicodeError) as error:
            return Ended(GapReason.UNREACHABLE, getattr(error, "strerror", None) or type(error).__name__)
        self._connection = connection
        if self._ending is not None:
            connection.fail(self._ending.reason, self._ending.detail)
        return connection

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self._verify_tls:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def _sign_in(self, host: str) -> SignIn | None:
        if self._source.user is None or host != urlsplit(self._source.address).hostname:
            return None
        return SignIn(self._source.user, self._source.password or "", secrets.token_hex(8))

    def _choose(self, offers: list[MediaOffer]) -> list[MediaOffer]:
        chosen = choose(offers, sound=self._source.sound)
        self._taking.codings_left = chosen.left
        self._taking.offered(chosen.offers)
        return chosen.offers
