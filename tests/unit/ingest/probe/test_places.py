"""Where a typed address may lead: cameras in private networks, and neither this machine nor what clouds keep beside it."""

import asyncio
import socket
import threading
import time
from ipaddress import ip_network

import pytest

from foundation.settings import Settings
from ingest.places import Networks, Way, ips_of, may_ask
from ingest.probe.outcomes import Failed, Found
from ingest.probe.places import Place, Places


def place(networks: Networks, host: str, port: int) -> Place:
    return asyncio.run(Places(networks).place(host, port, "rtsp"))


USUAL = Networks(Settings().networks_of_cameras)
EVERYWHERE = Networks((ip_network("0.0.0.0/0"), ip_network("::/0")))
LOOPBACK = Networks((ip_network("127.0.0.0/8"), ip_network("::1/128")))
NEVER = (
    *("0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255"),
    *("240.0.0.1", "100.100.100.200", "192.0.0.192", "::", "fe80::1", "fe80::1%eth0", "ff02::1", "fec0::1"),
    *("fd00:ec2::254", "fd20:ce::254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::ffff:169.254.169.254"),
    *("2001:0:a9fe:a9fe::1", "::ffff:0.0.0.0", "", "camera", "10.0.0", "10.0.0.1/8"),
)
OURSELVES = ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")
PUBLIC = (
    "8.8.8.8",
    "203.0.113.7",
    "172.32.0.1",
    "172.15.255.255",
    "192.169.0.1",
    "11.0.0.1",
    "100.64.0.1",
    "2001:db8::1",
)
CAMERAS = ("10.0.0.9", "172.16.0.1", "172.31.255.254", "192.168.1.64", "fd12:3456::9", "::ffff:192.168.1.64")


@pytest.mark.parametrize("ip", CAMERAS)
def test_private_networks_are_where_cameras_are(ip: str) -> None:
    assert USUAL.allows(ip)
    assert EVERYWHERE.allows(ip)
    assert not LOOPBACK.allows(ip)


@pytest.mark.parametrize("ip", PUBLIC)
def test_public_addresses_are_allowed_by_name_alone(ip: str) -> None:
    assert not USUAL.allows(ip)
    assert EVERYWHERE.allows(ip)


@pytest.mark.parametrize("ip", OURSELVES)
def test_this_machine_is_allowed_by_name_alone(ip: str) -> None:
    assert not USUAL.allows(ip)
    assert not EVERYWHERE.allows(ip)
    assert LOOPBACK.allows(ip)


@pytest.mark.parametrize("ip", NEVER)
def test_some_addresses_are_never_asked(ip: str) -> None:
    assert not any(one.allows(ip) for one in (USUAL, EVERYWHERE, LOOPBACK))


@pytest.mark.parametrize(
    ("port", "way", "may"),
    [
        (554, "rtsp", True),
        (8554, "rtsp", True),
        (80, "http", True),
        (88, "http", True),
        (8899, "http", True),
        (65_535, "http", True),
        (80, "rtsp", False),
        (554, "http", False),
        *((port, "rtsp", False) for port in (0, -1, 1, 22, 25, 53, 445, 1023, 65_536, 5432, 6379, 11211)),
        *((port, "http", False) for port in (0, 22, 25, 389, 2375, 9200, 10250)),
    ],
)
def test_ports_are_those_of_cameras(port: int, way: Way, may: bool) -> None:
    assert may_ask(port, way) is may


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "localhost", "::1"])
def test_however_it_is_written(host: str) -> None:
    with pytest.raises(Failed) as failed:
        place(USUAL, host, 554)
    assert failed.value.found in {Found.NOT_ALLOWED, Found.NO_NAME}


def test_what_was_judged_is_what_is_connected_to() -> None:
    found = place(LOOPBACK, "localhost", 8554)
    assert (found.host, found.port) == ("localhost", 8554)
    assert LOOPBACK.allows(found.ip)


def test_an_address_of_this_machine_is_loopback_by_another_name() -> None:
    ours = {str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), 554, type=socket.SOCK_STREAM)}
    for ip in ours:
        with pytest.raises(Failed):
            place(EVERYWHERE, ip, 554)


def test_a_name_is_looked_up_once_however_many_ask_for_it() -> None:
    asked: list[str] = []

    def look_up(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ips_of("127.0.0.1") if len(asked) == 1 else ("169.254.169.254",)

    async def all_of_them() -> set[str]:
        places = Places(LOOPBACK, look_up)
        found = [await asyncio.gather(*(places.place("cam", port, "http") for port in (80, 8899))) for _ in range(2)]
        found.append([await places.place("cam", 554, "rtsp")])
        return {one.ip for some in found for one in some}

    assert asyncio.run(all_of_them()) == {"127.0.0.1"}
    assert asked == ["cam"]


def test_nobody_waits_long_for_who_tells_names_nor_at_all_for_a_number() -> None:
    told = threading.Event()

    def look_up(_host: str) -> tuple[str, ...]:
        told.wait(30)
        return ("127.0.0.1",)

    async def both() -> tuple[Found, Place]:
        places, ticks = Places(LOOPBACK, look_up, look_up_s=0.2), 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        with pytest.raises(Failed) as failed:
            await places.place("cam", 554, "rtsp")
        ticking.cancel()
        assert ticks > 2  # all else went on
        return failed.value.found, await places.place("127.0.0.1", 554, "rtsp")

    began = time.monotonic()
    try:
        found, at = asyncio.run(both())
        assert time.monotonic() - began < 10  # the end of the loop waits for no look-up, either
    finally:
        told.set()
    assert (found, at.ip) == (Found.NO_NAME, "127.0.0.1")


@pytest.mark.parametrize("text", ["10.0.0.0/8, fd00::/8", "", "192.168.1.64"])
def test_networks_are_a_setting(text: str) -> None:
    found = Settings.from_environment({"MATPHO_CAMERA_NETWORKS": text}).networks_of_cameras
    assert len(found) == (4 if not text else text.count(",") + 1)
