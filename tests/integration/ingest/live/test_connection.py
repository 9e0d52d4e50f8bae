"""A connection to a camera of our own over real sockets: all it sends comes out, and no fault of it hangs or hurts."""

import asyncio
from collections.abc import AsyncIterator

import av
import pytest

from ingest import nal
from ingest.index.records import GapReason
from ingest.live.connection import Connection
from ingest.live.description import MediaOffer
from ingest.live.pictures import AccessUnit, Kind, Pictures
from ingest.live.rtp import Head
from ingest.live.session import Session
from ingest.live.sign_in import SignIn
from sample_clips.generator import Recipe, make
from tests.support.house import START_US
from tests.support.rtp_cutting import interleaved
from tests.support.rtsp_camera import Camera, Picture, serving

Units = list[list[bytes]]


@pytest.fixture(scope="session")
def coded(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Units]:
    """Dated pictures of both codings, as NAL units."""
    found: dict[Kind, Units] = {}
    kinds: tuple[Kind, Kind] = ("h264", "h265")
    for kind in kinds:
        path = tmp_path_factory.mktemp("live") / f"{kind}.ts"
        make(path, Recipe("C1", START_US, 4, kind, "ts", rate=10, key_every=10))
        with av.open(str(path)) as container:
            found[kind] = [nal.split_annex_b(bytes(one)) for one in container.demux(video=0) if one.size]
    return found


def pictures(units: Units) -> list[Picture]:
    return [(4_294_960_000 + number * 9000, some) for number, some in enumerate(units)]  # the time wraps on the way


async def recorded(
    camera: Camera, *, password: str = "hunter2", until: int = -1, stalled_s: float = 5.0
) -> tuple[list[AccessUnit], GapReason, Connection]:
    """Listen until the connection ends, or `until` pictures have come and we stop it."""
    units: list[AccessUnit] = []
    together = Pictures(camera.kind)
    held: list[Connection] = []

    def packets(_offer: MediaOffer, head: Head, payload: memoryview, lost: int) -> None:
        units.extend(together.feed(payload, head.timestamp, marker=head.marker, lost=lost))
        if len(units) == until:
            held[0].stop()

    async with serving(camera):
        session = Session(camera.address, SignIn("admin", password, "c"), lambda offers: offers[:1])
        held.append(Connection(session, packets, stalled_s=stalled_s))
        await asyncio.get_running_loop().create_connection(lambda: held[0], "127.0.0.1", camera.port)
        reason, _ = await asyncio.wait_for(held[0].ended, 30)
        await asyncio.sleep(0)
    return units, reason, held[0]


@pytest.mark.parametrize("kind", ["h264", "h265"])
@pytest.mark.parametrize("size", [40, 1400, 60_000])
def test_every_picture_comes_out_as_it_was(coded: dict[Kind, Units], kind: Kind, size: int) -> None:
    camera = Camera(pictures(coded[kind]), kind, password="hunter2", packet_bytes=size)
    units, reason, connection = asyncio.run(recorded(camera, until=len(coded[kind])))
    assert [list(nal.split_lengths(unit.data)) for unit in units] == coded[kind]
    assert [number for number, unit in enumerate(units) if unit.key] == [0, 10, 20, 30]
    assert not any(unit.damaged for unit in units)
    assert (reason, connection.lost) == (GapReason.STOPPED, 0)
    assert camera.requests[:4] == ["DESCRIBE", "DESCRIBE", "SETUP", "PLAY"]  # the first without a sign-in


def test_what_never_came_is_counted_and_told(coded: dict[Kind, Units]) -> None:
    camera = Camera(pictures(coded["h264"]), packet_bytes=200, dropped=frozenset({3, 30, 31}), stays=False)
    units, reason, connection = asyncio.run(recorded(camera))
    assert connection.lost == 3
    assert any(unit.damaged for unit in units)
    whole = [unit for unit in units if not unit.damaged]
    sent = [nal.with_lengths(some) for some in coded["h264"]]
    assert all(unit.data in sent for unit in whole)
    assert reason is GapReason.UNREACHABLE


def test_a_wrong_password_is_a_reason_of_its_own(coded: dict[Kind, Units]) -> None:
    camera = Camera(pictures(coded["h264"]), password="another")
    units, reason, _ = asyncio.run(recorded(camera))
    assert (units, reason) == ([], GapReason.SIGN_IN_REFUSED)
    assert camera.requests == ["DESCRIBE", "DESCRIBE"]


async def silent(_camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield b""


async def noise(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield next(iter(camera.packets()))
    yield b"\x00\x01\x02\x03" * 5000


async def endless_head(_camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield b"RTSP/1.0 200 OK\r\n"
    for _ in range(100_000):
        yield b"X-Header: " + b"x" * 1000 + b"\r\n"


async def huge_body(_camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield b"RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n"
    yield b"x" * 10_000_000


async def half_a_packet(camera: Camera, writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield next(iter(camera.packets()))[:-3]
    writer.close()


async def junk_packets(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    for data in (b"", b"\x80", b"\xff" * 500, b"\x80\x60" + b"\0" * 10, b"\x80\x60" + b"\0" * 10 + b"\x7f" * 9):
        yield interleaved(0, data)
        yield interleaved(77, data)
    for data in camera.packets():
        yield data


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (silent, GapReason.STALLED),
        (noise, GapReason.GARBLED),
        (endless_head, GapReason.GARBLED),
        (huge_body, GapReason.GARBLED),
        (half_a_packet, GapReason.UNREACHABLE),
    ],
)
def test_a_fault_ends_the_connection_with_its_reason(
    coded: dict[Kind, Units], fault: object, reason: GapReason
) -> None:
    camera = Camera(pictures(coded["h264"]), fault=fault)  # type: ignore[arg-type]
    _, found, _ = asyncio.run(recorded(camera, stalled_s=0.5))
    assert found is reason


def test_packets_that_are_none_do_not_disturb_the_others(coded: dict[Kind, Units]) -> None:
    camera = Camera(pictures(coded["h264"]), fault=junk_packets)
    units, _, _ = asyncio.run(recorded(camera, until=len(coded["h264"])))
    assert [unit.data for unit in units if not unit.damaged][-5:] == [
        nal.with_lengths(some) for some in coded["h264"][-5:]
    ]


def test_it_keeps_alive_and_says_goodbye(coded: dict[Kind, Units]) -> None:
    """The camera names six seconds, and hears of us well before."""
    camera = Camera(pictures(coded["h264"][:3]))

    async def listen() -> None:
        async with serving(camera):
            connection = Connection(Session(camera.address, None, lambda offers: offers), lambda *_: None)
            await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", camera.port)
            await asyncio.wait_for(camera.heard["GET_PARAMETER"].wait(), 30)
            assert not connection.ended.done()
            connection.stop()
            await asyncio.wait_for(camera.heard["TEARDOWN"].wait(), 30)

    asyncio.run(listen())
    assert camera.requests[:4] == ["DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER"]
    assert camera.requests[-1] == "TEARDOWN"
