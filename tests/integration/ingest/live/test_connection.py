"""A connection to a camera of our own over real sockets: all it sends comes out, and no fault of it hangs or hurts."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from foundation.clock import SystemClock
from ingest import nal
from ingest.index.records import GapReason
from ingest.live.connection import Connection
from ingest.live.description import MediaOffer
from ingest.live.lanes import Now
from ingest.live.pictures import AccessUnit
from ingest.live.rtcp import SenderReport
from ingest.live.session import Session
from ingest.live.sign_in import SignIn
from sample_clips.live_packets import sender_report
from tests.support.live_pictures import Units, coded
from tests.support.rtp_cutting import Kind, interleaved
from tests.support.rtsp_camera import Camera, Fault, Picture, serving

SOURCE = int.from_bytes(b"CAM1", "big")
CAMERA_US = 1_772_892_300_250_000


def pictures(units: Units) -> list[Picture]:
    return [(4_294_960_000 + number * 9000, some) for number, some in enumerate(units)]  # the time wraps on the way


@dataclass
class Heard:
    """Takes what a connection tells. `told` is called after each picture."""

    told: Callable[["Heard"], None] = lambda _heard: None
    units: list[AccessUnit] = field(default_factory=list)
    sounds: list[tuple[list[bytes], int]] = field(default_factory=list)
    reports: list[tuple[str, SenderReport]] = field(default_factory=list)

    def picture(self, unit: AccessUnit, now: Now) -> None:
        assert now.wall_us > CAMERA_US
        self.units.append(unit)
        self.told(self)

    def sound(self, packets: list[bytes], timestamp: int, now: Now) -> None:
        self.sounds.append((packets, timestamp))

    def reported(self, offer: MediaOffer, report: SenderReport, now: Now) -> None:
        self.reports.append((offer.kind, report))


async def connected(camera: Camera, heard: Heard, sign_in: SignIn | None = None, stalled_s: float = 5.0) -> Connection:
    session = Session(camera.address, sign_in, lambda offers: offers)
    connection = Connection(session, heard, SystemClock(), stalled_s=stalled_s)
    await asyncio.get_running_loop().create_connection(lambda: connection, camera.host, camera.port)
    return connection


async def recorded(
    camera: Camera, *, password: str = "hunter2", until: int = -1, stalled_s: float = 5.0
) -> tuple[list[AccessUnit], GapReason, Connection]:
    """Listen until the connection ends, or `until` pictures have come and we stop it."""
    held: list[Connection] = []
    heard = Heard(lambda heard: held[0].stop() if len(heard.units) == until else None)
    async with serving(camera):
        held.append(await connected(camera, heard, SignIn("admin", password, "c"), stalled_s))
        reason, _ = await asyncio.wait_for(held[0].ended, 30)
        await asyncio.sleep(0)
    return heard.units, reason, held[0]


@pytest.mark.parametrize("kind", ["h264", "h265"])
@pytest.mark.parametrize("size", [40, 1400, 60_000])
def test_every_picture_comes_out_as_it_was(kind: Kind, size: int) -> None:
    camera = Camera(pictures(coded(kind)), kind, password="hunter2", packet_bytes=size)
    units, reason, connection = asyncio.run(recorded(camera, until=len(coded(kind))))
    assert [list(nal.split_lengths(unit.data)) for unit in units] == coded(kind)
    assert [number for number, unit in enumerate(units) if unit.key] == [0, 10, 20, 30]
    assert not any(unit.damaged for unit in units)
    assert (reason, connection.lost) == (GapReason.STOPPED, 0)
    assert camera.requests[:4] == ["DESCRIBE", "DESCRIBE", "SETUP", "PLAY"]  # the first without a sign-in


def test_what_never_came_is_counted_and_told() -> None:
    camera = Camera(pictures(coded("h264")), packet_bytes=200, dropped=frozenset({3, 30, 31}), stays=False)
    units, reason, connection = asyncio.run(recorded(camera))
    assert connection.lost == 3
    assert any(unit.damaged for unit in units)
    whole = [unit for unit in units if not unit.damaged]
    sent = [nal.with_lengths(some) for some in coded("h264")]
    assert all(unit.data in sent for unit in whole)
    assert reason is GapReason.UNREACHABLE


def test_a_wrong_password_is_a_reason_of_its_own() -> None:
    camera = Camera(pictures(coded("h264")), password="another")
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
        yield interleaved(1, data)
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
def test_a_fault_ends_the_connection_with_its_reason(fault: Fault, reason: GapReason) -> None:
    camera = Camera(pictures(coded("h264")), fault=fault)
    _, found, _ = asyncio.run(recorded(camera, stalled_s=0.5))
    assert found is reason


def test_packets_that_are_none_do_not_disturb_the_others() -> None:
    camera = Camera(pictures(coded("h264")), fault=junk_packets)
    units, _, connection = asyncio.run(recorded(camera, until=len(coded("h264"))))
    assert [unit.data for unit in units if not unit.damaged][-5:] == [
        nal.with_lengths(some) for some in coded("h264")[-5:]
    ]
    assert connection.broken


def test_it_keeps_alive_and_says_goodbye() -> None:
    """The camera names six seconds, and hears of us well before."""
    camera = Camera(pictures(coded("h264")[:3]))

    async def listen() -> None:
        async with serving(camera):
            connection = await connected(camera, Heard(), stalled_s=30)
            await asyncio.wait_for(camera.heard["GET_PARAMETER"].wait(), 30)
            assert not connection.ended.done()
            connection.stop()
            await asyncio.wait_for(camera.heard["TEARDOWN"].wait(), 30)

    asyncio.run(listen())
    assert camera.requests[:4] == ["DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER"]
    assert camera.requests[-1] == "TEARDOWN"


def test_cameras_that_know_no_parameters_are_kept_alive_by_options() -> None:
    refusals = ("405 Method Not Allowed", "501 Not Implemented", "451 Parameter Not Understood")
    cameras = [Camera(pictures(coded("h264")[:3]), answers={"GET_PARAMETER": refusal}) for refusal in refusals]

    async def listen(camera: Camera) -> None:
        async with serving(camera):
            connection = await connected(camera, Heard(), stalled_s=30)
            await asyncio.wait_for(camera.heard["OPTIONS"].wait(), 30)
            assert not connection.ended.done()
            connection.stop()
            await asyncio.wait_for(camera.heard["TEARDOWN"].wait(), 30)

    async def listen_to_all() -> None:
        await asyncio.gather(*map(listen, cameras))

    asyncio.run(listen_to_all())
    for camera in cameras:
        assert camera.requests[3:] == ["GET_PARAMETER", "OPTIONS", "TEARDOWN"]
        assert all("Session: 4711\r\n" in text for text in camera.texts[2:])


def test_a_sender_report_is_answered_by_what_came_and_what_did_not() -> None:
    some = pictures(coded("h264")[:20])
    camera = Camera(some, packet_bytes=300, dropped=frozenset({40, 41, 42}))
    count = sum(1 for _ in camera.packets()) + 3
    report = sender_report(SOURCE, CAMERA_US, 7, count, 99, "camera")

    async def then_a_report(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
        for data in camera.packets():
            yield data
        yield report

    heard = Heard()

    async def listen() -> None:
        camera.fault = then_a_report
        async with serving(camera):
            connection = await connected(camera, heard)
            await asyncio.wait_for(camera.heard["packet"].wait(), 30)
            connection.stop()

    asyncio.run(listen())
    ((kind, told),) = heard.reports
    assert (kind, told.source, told.ntp_us, told.timestamp) == ("video", SOURCE, CAMERA_US, 7)
    ((channel, data),) = camera.told
    assert channel == 1
    first, packet_type, words, _ours, source, share, lost, highest, jitter, last, delay = struct.unpack_from(
        ">BBHIIB3sIIII", data
    )
    assert (first, packet_type, words) == (0x81, 201, 7)
    assert source == SOURCE
    assert int.from_bytes(lost, "big") == 3
    assert share == 256 * 3 // count
    assert highest == (1 << 16) + (camera.first_sequence + count - 1 & 0xFFFF)
    assert jitter == 0
    middle = report[4 + 8 + 2 : 4 + 8 + 6]
    assert last == int.from_bytes(middle, "big")
    assert delay < 65_536  # of a second since the report came, which is what it was sent for
    name = data[32:]
    assert (name[0], name[1], len(name)) == (0x81, 202, 4 + 4 * int.from_bytes(name[2:4], "big"))
    assert b"matpho" in name


def test_a_camera_that_asks_and_never_reads_is_left() -> None:
    """What we owe it is bounded; neither it nor the connection stays when we go."""

    async def asks(camera: Camera, writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a socket, it can be
        yield b"".join(camera.packets())
        while True:
            yield sender_report(SOURCE, CAMERA_US, 7, 1, 1, "camera") * 200

    async def listen() -> tuple[GapReason, str]:
        async with serving(Camera(pictures(coded("h264")[:3]), fault=asks)) as camera:
            connection = await connected(camera, Heard(), stalled_s=60)
            found = await asyncio.wait_for(connection.ended, 60)
            await asyncio.sleep(0)
            assert connection._transport is not None
            assert connection._transport.get_write_buffer_size() == 0
            return found

    assert asyncio.run(listen()) == (GapReason.STALLED, "it does not read what it is told")


def test_a_camera_that_says_goodbye_has_ended() -> None:
    async def goodbye(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
        for data in camera.packets():
            yield data
        report = sender_report(SOURCE, CAMERA_US, 7, 1, 1, "camera")[4:]
        yield interleaved(1, report + b"\x81\xcb\x00\x01CAM1")
        await asyncio.sleep(3600)

    camera = Camera(pictures(coded("h264")), fault=goodbye)
    units, reason, connection = asyncio.run(recorded(camera, stalled_s=30))
    assert len(units) == 40
    assert (reason, connection.ended.result()[1]) == (GapReason.UNREACHABLE, "the camera ended the stream")


def test_waiting_for_more_bytes_at_once_delays_no_camera_that_has_few() -> None:
    """After seconds of plenty one small picture comes: it is heard before a camera would count as stalled."""
    heard, plenty, enough, last = Heard(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def fast_then_slow(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
        packets = list(camera.packets())
        while not enough.is_set():
            for data in packets:
                yield data
            await asyncio.sleep(0.05)
        yield b"".join(Camera([(90_000, [b"\x61small"])], first_sequence=1).packets())
        await asyncio.sleep(3600)

    def told(heard: Heard) -> None:
        plenty.set()
        if heard.units[-1].data.endswith(b"small"):
            last.set()

    async def listen() -> None:
        heard.told = told
        async with serving(Camera(pictures(coded("h264")), fault=fast_then_slow)) as camera:
            connection = await connected(camera, heard, stalled_s=4)
            while connection._low_water == 1:
                plenty.clear()
                await asyncio.wait_for(plenty.wait(), 30)
            assert connection._low_water > 4096
            enough.set()
            came = asyncio.create_task(last.wait())
            either: set[asyncio.Future[Any]] = {came, connection.ended}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED, timeout=30)
            assert not connection.ended.done()
            assert came.done()
            connection.stop()

    asyncio.run(listen())
