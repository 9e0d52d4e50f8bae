"""The recorder in this process, with real cameras on loopback: bad neighbours, set clocks, a registry that changes, open segments."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from extract.clips import make_clip, open_clip
from extract.delivery import read_chunks
from foundation.database import unit_of_work
from foundation.identity import SERVICE
from foundation.timebase import TimeRange
from ingest.index.timeline import timeline
from tests.support.live_street import Live, live
from tests.support.recording_house import House, until
from tests.support.rtp_cutting import interleaved, packet
from tests.support.rtsp_camera import Camera, serving

HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("loop"), "--cameras", "4") as found:
        yield found


@pytest.fixture
def house(sqlite_engine: sa.Engine, data_dir: Path) -> House:
    return House(sqlite_engine, data_dir)


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


Bytes = AsyncIterator[bytes]


async def garbage(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    while True:
        yield b"\x00\x01garbage" * 500
        await asyncio.sleep(0.01)


async def half_a_packet(_camera: Camera, writer: asyncio.StreamWriter) -> Bytes:
    yield interleaved(0, packet(b"\x65half", 1, 1, marker=True))[:-3]
    writer.close()


async def wrong_lengths(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    for number in range(10**9):
        yield b"$\x00\x00\x05" + packet(b"\x78\xff\xff\x01", number, number, marker=True)
        await asyncio.sleep(0.001)


async def a_frame_without_end(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    yield interleaved(0, packet(b"\x7c\x85" + b"x" * 1400, 0, 7, marker=False))
    for number in range(1, 10**9):
        yield interleaved(0, packet(b"\x7c\x05" + b"x" * 60_000, number, 7, marker=False))
        await asyncio.sleep(0.002)


async def an_endless_head(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    yield b"RTSP/1.0 200 OK\r\n"
    while True:
        yield b"X-Header: " + b"x" * 1000 + b"\r\n"


async def no_key_frame(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    for number in range(10**9):
        yield interleaved(0, packet(b"\x61" + b"p" * 900, number, number * 3600, marker=True))
        await asyncio.sleep(0.01)


async def a_byte_a_second(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    while True:
        yield b"$"
        await asyncio.sleep(1)


BAD = {
    garbage: {"garbled"},
    half_a_packet: {"unreachable"},
    wrong_lengths: {"garbled", "stalled"},
    a_frame_without_end: set(),
    an_endless_head: {"garbled"},
    no_key_frame: set(),
    a_byte_a_second: {"stalled"},
}
"""Faults, and the reasons that are told soon; without one it is connected to and watched for longer than this test lasts."""


def test_a_bad_camera_does_not_hurt_its_neighbours(
    house: House, street: Live, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        house.add(1, street.address(1))
        cameras = [Camera(fault=fault) for fault in BAD]
        held: list[int] = []
        async with AsyncExitStack() as stack:
            for number, camera in enumerate(cameras, 2):
                await stack.enter_async_context(serving(camera))
                house.add(number, camera.address)
            async with house.recording(stalled_s=1.5) as recorder:
                for number, reasons in enumerate(BAD.values(), 2):
                    if reasons:
                        await until(lambda number: house.ward.state(number).get("reason"), number)
                await until(lambda: house.ward.state(1).get("bytes_today", 0) > 1_000_000)
                held += [one.recorder.taking.held for one in recorder.cameras.values()]
        assert max(held) < 40 * 2**20

    run(work)
    for number, reasons in enumerate(BAD.values(), 2):
        told = {reason for _, _, reason in house.ward.outages(number)}
        assert told <= {"garbled", "stalled", "unreachable"}
        assert not reasons or told & reasons, (number, told)
        assert house.ward.runs(number) == []
    (recorded,) = house.ward.runs(1)
    assert len(recorded.numbers) > 100
    assert all(after == before + 1 for before, after in pairwise(recorded.numbers))
    assert [record for record in caplog.records if record.exc_info] == []
    assert house.ward.problems() == []


def lasts_us(house: House) -> int:
    """Return how long the run is that goes on."""
    return max((one.end_us - one.start_us for one in house.ward.runs(1) if one.reason is None), default=0)


def recorded_twice(house: House) -> list[TimeRange]:
    return [
        TimeRange(after.start_us, min(before.end_us, after.end_us))
        for before, after in pairwise(house.ward.runs(1))
        if after.start_us < before.end_us
    ]


def streams_of(house: House) -> set[int]:
    """Return the streams that have footage."""
    with unit_of_work(house.engine, writes=False) as session:
        return {row.stream_id for row in session.execute(sa.text("SELECT stream_id FROM run"))}


def clock_steps(house: House) -> int:
    return [one.reason for one in house.ward.runs(1)].count("clock_step")


def test_a_clock_that_is_set_ends_runs_and_nothing_overlaps(house: House, street: Live) -> None:
    """By an hour forward and back, and by ten seconds back: that is recorded twice, in streams of their own."""

    async def more() -> None:
        seen = house.ward.state(1).get("bytes_today", 0)
        await until(lambda: house.ward.state(1).get("bytes_today", 0) > seen + 400_000)

    async def work() -> None:
        house.add(1, street.address(1))
        async with house.recording():
            for steps, by_us in enumerate((HOUR_US, -HOUR_US, 0, -10_000_000), 1):
                await more()
                if steps == 4:  # by far more than it takes to begin anew, so that what follows meets what is there
                    await until(lambda: lasts_us(house) > 13_000_000)
                before = clock_steps(house)
                house.clock.by_us = by_us
                await until(lambda before: clock_steps(house) > before, before)
            await until(lambda: recorded_twice(house))
            await more()

    run(work)
    runs = house.ward.runs(1)
    assert runs[-1].reason is not None
    numbers = sorted(number for one in runs for number in one.numbers)
    assert len(numbers) == len(set(numbers))
    assert house.ward.problems() == []
    streams = streams_of(house)
    assert len(streams) > 1
    twice = recorded_twice(house)
    assert twice
    for span in twice:
        with unit_of_work(house.engine) as session:
            assert make_clip(session, house.clock, house.store, SERVICE, "C1", span).complete
            found = timeline(session, sorted(streams), span, house.clock.now_us(), 0)
        assert (found.gaps, found.recorded) == ((), (span,))


def test_the_registry_is_followed(house: House, street: Live) -> None:
    async def work() -> None:
        house.add(1, street.address(1))
        house.add(2, street.address(2))
        async with house.recording() as recorder:
            await until(lambda: house.ward.state(1).get("state") == "recording")
            house.add(3, street.address(3))
            house.edit(2, status="paused")
            await until(lambda: house.ward.state(3).get("state") == "recording")
            assert {one.recorder.source.code for one in recorder.cameras.values()} == {"C1", "C3"}
            house.edit(3, source=street.address(3, "admin:another@"))
            house.edit(2, status="active", source="clips")
            await until(lambda: len(house.ward.runs(3)) == 1)

    run(work)
    assert [one.reason for one in house.ward.runs(1)] == ["stopped"]
    assert [one.reason for one in house.ward.runs(2)] == ["stopped"]
    assert {one.reason for one in house.ward.runs(3)} == {"stopped"}
    assert house.ward.problems() == []


def test_a_clip_of_a_segment_being_written_stays_the_same_when_it_is_sealed(house: House, street: Live) -> None:
    made: list[tuple[str, str, bytes]] = []

    def cut() -> None:
        (open_row,) = _open_rows(house.engine)
        span = TimeRange(open_row.start_us + 500_000, open_row.end_us - 300_000)
        with unit_of_work(house.engine) as session:
            clip = make_clip(session, house.clock, house.store, SERVICE, "C1", span)
        assert [item["sealed"] for item in clip.receipt["segments"]] == [False]
        made.append((clip.id, *_bytes(house, clip.id)))

    async def work() -> None:
        house.add(1, street.address(1))
        async with house.recording():
            await until(lambda: any(row.media_ticks > 450_000 for row in _open_rows(house.engine)))
            await asyncio.to_thread(cut)

    run(work)
    assert _open_rows(house.engine) == []
    ((clip_id, etag, data),) = made
    assert len(data) > 100_000
    assert _bytes(house, clip_id) == (etag, data)


def _open_rows(engine: sa.Engine) -> list[Any]:
    with unit_of_work(engine, writes=False) as session:
        return list(session.execute(sa.text("SELECT start_us, end_us, media_ticks FROM open_segment")).all())


def _bytes(house: House, clip_id: str) -> tuple[str, bytes]:
    with unit_of_work(house.engine, writes=False) as session:
        file = open_clip(session, house.store, clip_id)
    return file.etag, b"".join(read_chunks(file, house.store, 0, file.size))
