"""Cameras that mean harm, all at once in one recorder, beside a good one: what each may take is bounded, and has its reason.

`test_recorder` has those that are merely broken.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.database import unit_of_work
from ingest import nal
from ingest.live.recorder import Recorder
from ingest.live.taking import MOST_CHANGES, MOST_STREAMS
from sample_clips.live_packets import sender_report
from tests.support.databases import sqlite_catalogue
from tests.support.live_pictures import coded, is_key
from tests.support.live_street import live
from tests.support.recording_house import House, until
from tests.support.rtp_cutting import interleaved, packet
from tests.support.rtsp_camera import Camera, Fault, serving

GOOD = 1
SECRET = "canary-51c0"
MOST_HELD = 60 * 2**20
MOST_GROWN = 250 * 2**20
"""Of the process, with all cameras at once; without bounds each of a few of them takes more."""
Bytes = AsyncIterator[bytes]

KEY = next(units for units in coded("h264") if is_key("h264", units))
SETS = list(nal.parameter_sets("h264", KEY))
SLICE = next(unit for unit in KEY if unit[0] & 31 == 5)


def sent(unit: bytes, number: int, timestamp: int, *, marker: bool = True) -> bytes:
    return interleaved(0, packet(unit, number, timestamp, marker=marker))


def key_frame(number: int, timestamp: int, *more: bytes) -> bytes:
    """Return a key frame of three packets, or of more with further parameter sets."""
    units = [*SETS, *more, SLICE[:60_000]]
    first = number * len(units)
    return b"".join(sent(unit, first + at, timestamp, marker=at == len(units) - 1) for at, unit in enumerate(units))


async def parameter_sets_that_always_change(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    for number in range(10**9):
        yield key_frame(number, number * 9000, b"\x68" + number.to_bytes(4, "big"))


async def times_that_always_jump(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    dice = random.Random(1)
    for number in range(10**9):
        yield key_frame(number, dice.getrandbits(32))


async def a_clock_that_stands_still(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    for number in range(10**9):
        yield key_frame(number, 9000)


async def a_picture_of_parameter_sets(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    for number in range(10**9):
        yield sent(b"\x78" + b"\x00\x02\x67\x01" * 15_000, number, 9000, marker=False)


async def keys_without_parameter_sets(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    for number in range(10**9):
        yield sent(b"\x65" + number.to_bytes(4, "big") + b"k" * 60_000, number, number * 9000)


async def reports_without_end(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    """It tells another time in each, as if its clock were set, and wants an answer to each."""
    yield key_frame(0, 0)
    for number in range(10**9):
        at_us = 1_772_892_300_000_000 + (number // 2 % 2) * 3_600_000_000
        yield sender_report(1, at_us, number, 1, 1, "camera") * 50


async def blank_lines(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    while True:
        yield b"\r\n" * 30_000


async def answers_to_nothing(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    while True:
        yield b"RTSP/1.0 200 OK\r\nCSeq: 999\r\n\r\n" * 500


async def questions_without_end(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    while True:
        yield b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 500


async def a_body_in_drops(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    yield b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 200000\r\n\r\n"
    while True:
        yield b"x"
        await asyncio.sleep(0.01)


async def a_new_nonce_each_time(camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    number = camera.requests.count("DESCRIBE")
    offer = f'Digest realm="r", nonce="{number}", stale=true'
    yield f"RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\nWWW-Authenticate: {offer}\r\n\r\n".encode()


def thousand_streams() -> str:
    more = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n" * 1000
    return f"v=0\r\n{more}"


async def plain_pictures(_camera: Camera, _writer: asyncio.StreamWriter) -> Bytes:
    for number in range(10**9):
        yield key_frame(number, number * 9000)
        await asyncio.sleep(0.1)


FOREVER = (a_picture_of_parameter_sets, keys_without_parameter_sets, a_clock_that_stands_still)
"""Whoever does this is let do it for as long as this test lasts."""
PLAYING: dict[Fault, str] = {
    parameter_sets_that_always_change: "garbled",
    times_that_always_jump: "garbled",
    reports_without_end: "stalled",
    blank_lines: "stalled",
    answers_to_nothing: "stalled",
    questions_without_end: "stalled",
}
ANSWERING = {
    "a_body_in_drops": "stalled",
    "a_new_nonce_each_time": "sign_in_refused",
    "closed_after_each_answer": "unreachable",
    "here": "unreachable",
    "there": "unreachable",
}
REASONS = {fault.__name__: reason for fault, reason in PLAYING.items()} | ANSWERING


def bad_cameras() -> dict[str, Camera]:
    found = {fault.__name__: Camera(fault=fault) for fault in (*PLAYING, *FOREVER)}
    found["a_body_in_drops"] = Camera(answers={"DESCRIBE": a_body_in_drops})
    found["a_new_nonce_each_time"] = Camera(answers={"DESCRIBE": a_new_nonce_each_time})
    found["closed_after_each_answer"] = Camera(closes_always=True)
    found["a_thousand_streams"] = Camera(description=thousand_streams(), fault=plain_pictures)
    found["here"], found["there"] = Camera(), Camera()
    return found


@dataclass
class Recorded:
    """What came of it: most bytes held of each camera, reasons that were shown of it, memory of the process, and the log."""

    house: House
    numbers: dict[str, int] = field(default_factory=dict)
    cameras: dict[str, Camera] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    shown: dict[str, set[str]] = field(default_factory=dict)
    resident: list[int] = field(default_factory=list)
    log: list[logging.LogRecord] = field(default_factory=list)

    def outages(self, name: str) -> set[str]:
        return {reason for _, _, reason in self.house.ward.outages(self.numbers[name])}

    def look(self, recorder: Recorder) -> bool:
        """Look at all cameras; tell whether everything has happened that will."""
        self.resident.append(resident())
        for one in recorder.cameras.values():
            number = int(one.recorder.source.code[1:])
            name = next((name for name, other in self.numbers.items() if other == number), "good")
            self.held[name] = max(self.held.get(name, 0), one.recorder.taking.held)
            if one.recorder.shown.reason is not None:
                self.shown.setdefault(name, set()).add(str(one.recorder.shown.reason))
        waited = all(reason in self.shown.get(name, ()) for name, reason in REASONS.items())
        return waited and self.house.ward.state(GOOD).get("bytes_today", 0) > 2_500_000


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


class Kept(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


async def watched(recorded: Recorded, street: str) -> None:
    house = recorded.house
    house.add(GOOD, street)
    recorded.cameras = bad_cameras()
    async with AsyncExitStack() as stack:
        for number, (name, camera) in enumerate(recorded.cameras.items(), 2):
            await stack.enter_async_context(serving(camera))
            recorded.numbers[name] = number
            house.add(number, camera.address.replace("//", f"//admin:{SECRET}@"))
        here, there = recorded.cameras["here"], recorded.cameras["there"]
        here.answers = {"DESCRIBE": f"302 Moved\r\nLocation: {there.address}"}
        there.answers = {"DESCRIBE": f"302 Moved\r\nLocation: {here.address}"}
        recorded.resident.append(resident())
        async with house.recording(stalled_s=2.0) as recorder:
            await until(recorded.look, recorder)


@pytest.fixture(scope="module")
def recorded(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    data = tmp_path_factory.mktemp("hostile") / "data"
    data.mkdir()
    with (
        sqlite_catalogue(_sqlite_template, data) as engine,
        live(tmp_path_factory.mktemp("loop"), "--cameras", "1") as street,
    ):
        found = Recorded(House(engine, data))
        handler = Kept(found.log)
        logging.getLogger().addHandler(handler)
        try:
            asyncio.run(watched(found, street.address(1)))
        finally:
            logging.getLogger().removeHandler(handler)
        yield found


def test_the_good_neighbour_loses_no_frame(recorded: Recorded) -> None:
    (run,) = recorded.house.ward.runs(GOOD)
    assert len(run.numbers) > 200
    assert all(after == before + 1 for before, after in pairwise(run.numbers))
    assert recorded.house.ward.outages(GOOD) == []


def test_what_is_held_of_each_is_bounded(recorded: Recorded) -> None:
    assert set(recorded.held) == {"good", *recorded.numbers}
    assert max(recorded.held.values()) < MOST_HELD
    assert max(recorded.resident) - recorded.resident[0] < MOST_GROWN


@pytest.mark.parametrize(("name", "reason"), REASONS.items())
def test_each_has_its_reason_and_is_tried_again(recorded: Recorded, name: str, reason: str) -> None:
    assert reason in recorded.shown[name]
    assert reason in recorded.outages(name)
    assert recorded.outages(name) <= {reason, "stalled", "clock_step", "stopped"}
    assert recorded.cameras[name].connections > 1


def test_one_of_a_thousand_streams_is_recorded(recorded: Recorded) -> None:
    camera = recorded.cameras["a_thousand_streams"]
    assert camera.requests.count("SETUP") == camera.connections
    assert rows(recorded, "a_thousand_streams") >= 1


def test_they_fill_no_table(recorded: Recorded) -> None:
    """Runs of each camera, and what each says of its clock."""
    assert all(rows(recorded, name) <= 2 * MOST_CHANGES for name in recorded.numbers)
    with unit_of_work(recorded.house.engine, writes=False) as session:
        told = session.execute(sa.text("SELECT count(*) FROM clock_observation GROUP BY camera_id")).scalars().all()
        most = session.execute(sa.text("SELECT max(ordinal) FROM stream")).scalar_one()
    assert max(told) < 20
    assert most <= MOST_STREAMS


def test_nothing_of_it_is_a_defect_or_tells_a_password(recorded: Recorded) -> None:
    assert [record.getMessage() for record in recorded.log if record.exc_info] == []
    said = "".join(record.getMessage() for record in recorded.log)
    assert "does not record" in said
    assert SECRET not in said
    for path in recorded.house.data.rglob("*"):
        assert SECRET not in path.name
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_what_was_recorded_is_whole(recorded: Recorded) -> None:
    assert recorded.house.ward.problems() == []


def rows(recorded: Recorded, name: str) -> int:
    question = (
        "SELECT count(*) FROM run JOIN stream ON stream.id = run.stream_id "
        "JOIN camera ON camera.id = stream.camera_id WHERE camera.code = :code"
    )
    with unit_of_work(recorded.house.engine, writes=False) as session:
        return int(session.execute(sa.text(question), {"code": f"C{recorded.numbers[name]}"}).scalar_one())
