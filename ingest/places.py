"""Which addresses may be connected to: somebody typed them, and it is this machine that connects.

A name is looked up once, what it stands for is judged as numbers, and the connection goes to what was judged: no second
look-up can put something else in its place.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
Way = Literal["rtsp", "http", "record"]
LookUp = Callable[[str], tuple[str, ...]]

_LOOKING_UP = ThreadPoolExecutor(8, thread_name_prefix="names")
"""Not the loop's own, for whose threads the end of a loop waits: nothing ends a look-up but the resolver."""
_NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # of one link, and where clouds tell machines their secrets
        "192.0.0.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "100.100.100.200/32",
        "::/127",  # loopback of IPv6 is allowed apart from this
        "64:ff9b::/96",  # IPv4 in the clothes of IPv6
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::/32",  # clouds again, among private addresses
        "fd20:ce::/32",
    )
)
_LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_RTSP, _WEB = frozenset({322, 554}), frozenset({*range(80, 91), 443})
_LOW_PORTS: dict[Way, frozenset[int]] = {"rtsp": _RTSP, "http": _WEB, "record": _RTSP | _WEB}
"""Some makers send RTSP from a port of the web; who is recorded there was not found by us, so it is not asked there."""
_OTHERS = frozenset(
    {1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432, 5900, 5984, 6379, 6443, 9042, 9200, 10250, 11211, 27017}
)
"""Ports of services that are no camera's and that nobody is to be able to feel for through us."""


@dataclass(frozen=True)
class Networks:
    """Where cameras may be. Loopback only if a network of its own is named; some addresses never."""

    allowed: tuple[Network, ...]

    def allows(self, ip: str) -> bool:
        try:
            found = ip_address(ip)
        except ValueError:
            return False
        if isinstance(found, IPv6Address):
            if found.scope_id is not None:
                return False
            found = found.ipv4_mapped or found
        if any(found in network for network in _LOOPBACK):
            return any(found in one and _is_loopback(one) for one in self.allowed)
        if any(found in network for network in _NEVER):
            return False
        return any(found in network for network in self.allowed)

    def good_of(self, ips: Sequence[str], port: int) -> tuple[str, ...]:
        """Return those that may be asked at this port."""
        return tuple(ip for ip in ips if self.allows(ip) and not self._ourselves(ip, port))

    def _ourselves(self, ip: str, port: int) -> bool:
        """Whether this machine bears the address: what listens here is no camera, unless loopback is allowed."""
        found = ip_address(ip)
        if any(_is_loopback(one) for one in self.allowed):
            return False
        family = socket.AF_INET if isinstance(found, IPv4Address) else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            try:
                way.connect((ip, port))  # sends nothing; it only chooses the way
            except OSError:
                return False
            return bool(way.getsockname()[0] == ip)


def ips_of(host: str, flags: int = 0) -> tuple[str, ...]:
    """Return the numbers of a host, none for what nobody knows. With `AI_NUMERICHOST` it waits for nobody."""
    try:
        told = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError, ValueError):
        return ()
    return tuple(str(one[4][0]) for one in told)


async def looked_up(host: str, seconds: float, look_up: LookUp = ips_of) -> tuple[str, ...]:
    """Return the numbers of a host; none for what nobody knows, or not within so many seconds."""
    known = ips_of(host, socket.AI_NUMERICHOST)
    if known:
        return known
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(_LOOKING_UP, look_up, host)
    except TimeoutError:
        return ()


def lies_outside(networks: Networks, address: str) -> bool:
    """Tell whether an address with a number in it leads where nothing is recorded; nobody looks a name up here."""
    parts = urlsplit(address)
    port = parts.port or (322 if parts.scheme == "rtsps" else 554)
    ips = ips_of(parts.hostname or "", socket.AI_NUMERICHOST)
    return bool(ips) and (not may_ask(port, "record") or not networks.good_of(ips, port))


def _is_loopback(network: Network) -> bool:
    return network.network_address.is_loopback and network.broadcast_address.is_loopback


def may_ask(port: int, way: Way) -> bool:
    return port in _LOW_PORTS[way] or (1024 <= port <= 65_535 and port not in _OTHERS)
