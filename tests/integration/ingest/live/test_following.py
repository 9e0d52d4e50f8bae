"""A registry that changes while it is recorded from: each camera follows its own changes, the others record on."""

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from camera_registry.rules import set_rules
from foundation.clock import SystemClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from ingest.live.recorder import Recorder
from tests.support.live_camera import WITH_SOUND, LiveCamera
from tests.support.recording_house import House, until
from tests.support.rtsp_camera import serving

WRONG, RIGHT = "canary-wrong-81f3", "canary-right-5b0e"
SAME, MOVES, SPEAKS, LOCKED, COMES = range(1, 6)


@pytest.fixture
def house(sqlite_engine: sa.Engine, data_dir: Path) -> House:
    return House(sqlite_engine, data_dir)


def signed(address: str, password: str) -> str:
    return address.replace("//", f"//admin:{password}@")


def with_sound(house: House, number: int) -> set[bool]:
    """Return whether segments of a camera have sound, open ones too."""
    question = sa.text(
        "SELECT audio_config_id IS NOT NULL FROM (SELECT stream_id, audio_config_id FROM segment UNION ALL "
        "SELECT stream_id, audio_config_id FROM open_segment) AS part JOIN stream ON stream.id = part.stream_id "
        "JOIN camera ON camera.id = stream.camera_id WHERE camera.code = :code"
    )
    with unit_of_work(house.engine, writes=False) as session:
        return {bool(row[0]) for row in session.execute(question, {"code": f"C{number}"})}


def state(house: House, number: int) -> tuple[Any, Any]:
    told = house.ward.state(number)
    return told.get("state"), told.get("reason")


def shown_of(recorder: Recorder) -> str:
    """Return all that a log or an error might show of the recorder's parts."""
    parts = [repr(vars(one.recorder)) + repr(one.recorder.source) for one in recorder.cameras.values()]
    attempts = [repr(vars(one.recorder._attempt)) for one in recorder.cameras.values() if one.recorder._attempt]
    return "".join(parts + attempts)


def test_each_camera_follows_its_own_changes(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cameras = {number: LiveCamera(number=number) for number in (SAME, MOVES, SPEAKS, LOCKED, COMES)}
    moved = LiveCamera(number=MOVES, sent=1000)
    cameras[SPEAKS].description = WITH_SOUND
    cameras[LOCKED].password = RIGHT
    seen: list[str] = []

    async def work() -> None:
        async with AsyncExitStack() as stack:
            for camera in (*cameras.values(), moved):
                await stack.enter_async_context(serving(camera))
            for number in (SAME, MOVES, SPEAKS):
                house.add(number, cameras[number].address)
            house.add(LOCKED, signed(cameras[LOCKED].address, WRONG))
            async with house.recording() as recorder:
                await until(lambda: all(state(house, number)[0] == "recording" for number in (SAME, MOVES, SPEAKS)))
                await until(lambda: state(house, LOCKED) == ("waiting", "sign_in_refused"))
                await until(lambda: with_sound(house, SPEAKS) == {False})
                seen.append(shown_of(recorder))
                house.add(COMES, cameras[COMES].address)
                house.edit(MOVES, source=moved.address)
                house.edit(SPEAKS, sound_agreed=1)
                house.edit(LOCKED, source=signed(cameras[LOCKED].address, RIGHT))
                await until(lambda: all(state(house, number)[0] == "recording" for number in (LOCKED, COMES)))
                await until(lambda: with_sound(house, SPEAKS) == {False, True})
                await until(lambda: len(moved.played) == 1 and moved.sent > 1050)
                seen.append(shown_of(recorder))

    asyncio.run(work())
    runs = {number: house.ward.runs(number) for number in cameras}
    assert len(runs[SAME]) == len(cameras[SAME].played) == 1
    assert runs[SAME][0].numbers == list(range(runs[SAME][0].numbers[0], runs[SAME][0].numbers[-1] + 1))
    assert [one.numbers[0] >= 1000 for one in runs[MOVES]] == [False, True]
    assert with_sound(house, SPEAKS) == {False, True}
    assert [one.reason for one in runs[SPEAKS]] == ["stopped", "stopped"]
    assert cameras[SPEAKS].requests.count("SETUP") == 3  # its pictures, then both
    assert [one.reason for one in runs[LOCKED]] == ["stopped"]
    assert [one.reason for one in runs[COMES]] == ["stopped"]
    assert house.ward.problems() == []
    nowhere(house, caplog, "".join(seen))


def test_the_switch_of_the_unit_stops_sound_and_not_the_pictures(house: House) -> None:
    camera = LiveCamera(number=SPEAKS)
    camera.description = WITH_SOUND

    async def work() -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(serving(camera))
            house.add(SPEAKS, camera.address)
            house.edit(SPEAKS, sound_agreed=1)
            async with house.recording():
                await until(lambda: with_sound(house, SPEAKS) == {True})
                with unit_of_work(house.engine) as session:
                    set_rules(session, SystemClock(), COMMAND_LINE, None, {"sound_allowed": "no"})
                await until(lambda: with_sound(house, SPEAKS) == {False, True})

    asyncio.run(work())
    assert len(house.ward.runs(SPEAKS)) == 2
    assert camera.requests.count("SETUP") == 3  # both, then its pictures alone
    assert house.ward.problems() == []


def nowhere(house: House, caplog: pytest.LogCaptureFixture, shown: str) -> None:
    """Both passwords are in no log, in nothing that is shown, and in no file or name of the data folder."""
    assert caplog.records
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    left = [caplog.text.encode(), shown.encode()]
    for path in house.data.rglob("*"):
        left.append(str(path).encode())
        if path.is_file():
            left.append(path.read_bytes())
    assert not [one[:200] for one in left for secret in (WRONG, RIGHT) if secret.encode() in one]
