"""Where one question may go: each name in it is looked up once, for all ports and ways."""

import asyncio
import socket
from dataclasses import dataclass

from ingest.places import LookUp, Networks, Way, ips_of, looked_up, may_ask
from ingest.probe.outcomes import Failed, Found

LOOK_UP_S = 4.0


@dataclass(frozen=True)
class Place:
    """`host` is what was asked for, `ip` what it stands for."""

    host: str
    ip: str
    port: int


class Places:
    """Of one question: each name in it is looked up once, for all ports and ways, for `look_up_s` at most."""

    def __init__(self, networks: Networks, look_up: LookUp = ips_of, look_up_s: float = LOOK_UP_S) -> None:
        self._networks, self._look_up, self._look_up_s = networks, look_up, look_up_s
        self._known: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def place(self, host: str, port: int, way: Way) -> Place:
        """Look a name up and judge it. Raises `Failed`."""
        if not may_ask(port, way):
            raise Failed(Found.NOT_ALLOWED)
        ips = ips_of(host, socket.AI_NUMERICHOST)
        if not ips:
            if host not in self._known:
                self._known[host] = asyncio.create_task(looked_up(host, self._look_up_s, self._look_up))
            ips = await asyncio.shield(self._known[host])  # who waits for it may give up; the other still wants it
        if not ips:
            raise Failed(Found.NO_NAME)
        good = self._networks.good_of(ips, port)
        if not good:
            raise Failed(Found.NOT_ALLOWED)
        return Place(host, good[0], port)
