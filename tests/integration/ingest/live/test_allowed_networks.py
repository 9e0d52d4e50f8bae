"""The recorder connects to what the house allows and to nothing else, whatever a name stands for and wherever it is sent."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from camera_registry.tables import Stream
from foundation.clock import SystemClock
from foundation.database import unit_of_work
from foundation.settings import Settings
from ingest.index.records import GapReason
from ingest.index.status import recording_status
from ingest.live.following import LiveSource, live_sources
from ingest.live.other_source import LibavAttempt
from ingest.live.sources import Ended, OwnAttempt
from ingest.places import Networks, lies_outside
from tests.support.live_pictures import coded
from tests.support.plain_desk import Studio
from tests.support.recording_house import House, until
from tests.support.rtsp_camera import Camera, Picture, serving

PICTURES: list[Picture] = [(number * 9000, units) for number, units in enumerate(coded("h264")[:15])]
USUAL = Networks(Settings().networks_of_cameras)
LOOPBACK = Networks((ip_network("127.0.0.0/30"),))
SEEN = Ended(GapReason.UNREACHABLE, "the camera closed the connection")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    found = Studio.at(tmp_path)
    yield found
    found.close()


class Names:
    """What names stand for: one answer after the other, the last for ever."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers, self.asked = list(answers), list[str]()

    def __call__(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def listened(
    studio: Studio,
    networks: Networks,
    *cameras: Camera,
    name: str = "",
    names: Names | None = None,
    anywhere: bool = False,
    to: Callable[[Camera], str] = lambda camera: camera.address,
) -> Ended:
    """Listen to the first camera, or to a name at its port; it sends us on to the next one."""

    async def work() -> Ended:
        async with AsyncExitStack() as stack:
            for camera in cameras:
                await stack.enter_async_context(serving(camera))
            if len(cameras) > 1:
                cameras[0].answers = {"DESCRIBE": f"302 Moved\r\nLocation: {cameras[1].address}"}
            address = f"rtsp://{name}:{cameras[0].port}/live" if name else to(cameras[0])
            source = LiveSource(1, "C1", address, False, anywhere=anywhere)
            more: dict[str, Any] = {} if names is None else {"look_up": names}
            trying = OwnAttempt(source, studio.taking, SystemClock(), stalled_s=5, networks=networks, **more)
            return await asyncio.wait_for(trying.run(), 30)

    return asyncio.run(work())


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "127.1", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_felt_for_however_it_is_written(studio: Studio, host: str) -> None:
    camera = Camera(PICTURES, stays=False)
    found = listened(studio, USUAL, camera, to=lambda one: f"rtsp://{host}:{one.port}/live")
    assert (found.reason, found.refused) == (GapReason.OUTSIDE_NETWORKS, None)
    assert (camera.connections, "127" in found.detail) == (0, False)


def test_what_is_allowed_is_recorded(studio: Studio) -> None:
    assert listened(studio, LOOPBACK, Camera(PICTURES, stays=False)) == SEEN
    assert studio.taking.counts.pictures == len(PICTURES)


def test_a_name_is_looked_up_once_and_the_number_is_judged(studio: Studio) -> None:
    names, camera = Names(("127.0.0.9", "127.0.0.1"), ("127.0.0.9",)), Camera(PICTURES, stays=False)
    assert listened(studio, LOOPBACK, camera, name="cam.example", names=names) == SEEN
    assert names.asked == ["cam.example"]
    elsewhere = Names(("127.0.0.9",), ("127.0.0.1",))
    found = listened(studio, LOOPBACK, Camera(PICTURES), name="cam.example", names=elsewhere)
    assert (found.reason, elsewhere.asked) == (GapReason.OUTSIDE_NETWORKS, ["cam.example"])


def test_the_next_number_is_tried_where_one_does_not_answer(studio: Studio) -> None:
    names, camera = Names(("127.0.0.2", "127.0.0.1")), Camera(PICTURES, stays=False)
    assert listened(studio, LOOPBACK, camera, name="cam.example", names=names) == SEEN
    assert camera.connections == 1


def test_a_name_that_nobody_knows_is_not_reached(studio: Studio) -> None:
    found = listened(studio, LOOPBACK, Camera(), name="cam.example", names=Names(()))
    assert found.reason is GapReason.UNREACHABLE


@pytest.mark.parametrize("anywhere", [False, True])
def test_a_camera_sends_us_nowhere_else(studio: Studio, *, anywhere: bool) -> None:
    """Not even one of before, which may be where it is and not where it says."""
    first, second = Camera(), Camera(PICTURES, host="127.0.0.9")
    found = listened(studio, LOOPBACK, first, second, anywhere=anywhere)
    assert (found.reason, first.connections, second.connections) == (GapReason.OUTSIDE_NETWORKS, 1, 0)


def test_a_camera_of_before_is_recorded_where_it_is(studio: Studio) -> None:
    assert listened(studio, USUAL, Camera(PICTURES, stays=False), anywhere=True) == SEEN


def test_ports_of_other_services_are_not_felt_for(studio: Studio) -> None:
    source = LiveSource(1, "C1", "rtsp://127.0.0.1:6379/", False)
    trying = OwnAttempt(source, studio.taking, SystemClock(), stalled_s=5, networks=LOOPBACK)
    assert asyncio.run(trying.run()) == Ended(GapReason.OUTSIDE_NETWORKS, "no camera is recorded at port 6379")


def test_libav_is_given_what_was_judged_or_nothing(studio: Studio) -> None:
    def attempt(address: str, networks: Networks | None, *, anywhere: bool = False) -> LibavAttempt:
        source = LiveSource(1, "C1", address, False, "ad min", "p@ss", anywhere=anywhere)
        return LibavAttempt(source, studio.taking, SystemClock(), stalled_s=2, networks=networks)

    found = asyncio.run(attempt("rtsp://127.0.0.1:8554/x", USUAL).run())
    assert found.reason is GapReason.OUTSIDE_NETWORKS
    judged = asyncio.run(attempt("rtsp://2130706433:8554/x?a=b", LOOPBACK)._judged())
    assert judged == "rtsp://ad%20min:p%40ss@127.0.0.1:8554/x?a=b"
    as_it_was = asyncio.run(attempt("rtsp://2130706433:8554/x", USUAL, anywhere=True)._judged())
    assert as_it_was == "rtsp://ad%20min:p%40ss@2130706433:8554/x"


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("rtsp://192.168.1.9/live", False),
        ("rtsp://10.1.2.3:8554/live", False),
        ("rtsp://10.1.2.3:88/live", False),
        ("rtsp://10.1.2.3:6379/live", True),
        ("rtsp://203.0.113.7/live", True),
        ("rtsp://127.0.0.1:8554/live", True),
        ("rtsp://169.254.169.254/live", True),
        ("rtsp://cam.example/live", False),  # a name, which the recorder will tell
    ],
)
def test_the_doctor_judges_numbers(address: str, *, outside: bool) -> None:
    assert lies_outside(USUAL, address) is outside


def test_the_recorder_says_so_until_the_address_or_the_house_changes(sqlite_engine: sa.Engine, data_dir: Path) -> None:
    house = House(sqlite_engine, data_dir)

    def told() -> GapReason | None:
        with unit_of_work(house.engine, writes=False) as session:
            (one,) = recording_status(session, house.clock.now_us())
        return one.reason

    async def work() -> None:
        async with serving(Camera(PICTURES)) as camera:
            house.add(1, camera.address)
            async with house.recording(networks=USUAL):
                await until(lambda: told() is GapReason.OUTSIDE_NETWORKS)
            assert camera.connections == 0
            reasons = {reason for _, _, reason in house.ward.outages(1)}
            assert reasons == {"outside_networks"}
            async with house.recording(networks=LOOPBACK):
                await until(lambda: camera.connections > 0)

    asyncio.run(work())


def test_only_an_address_of_before_goes_anywhere(sqlite_engine: sa.Engine, data_dir: Path) -> None:
    house = House(sqlite_engine, data_dir)

    def anywhere() -> list[bool]:
        found = live_sources(house.engine, house.vault, house.clock.now_us())
        return [found[camera_id].anywhere for camera_id in sorted(found)]

    house.add(1, "rtsp://admin:one@203.0.113.7/live")
    house.add(2, "rtsp://203.0.113.8/live")
    assert anywhere() == [False, False]
    with unit_of_work(house.engine) as session:
        session.execute(sa.update(Stream).where(col(Stream.address).is_not(None)).values(anywhere=1))
    house.edit(1, source="rtsp://admin:another@203.0.113.7/live")
    house.edit(2, source="rtsp://203.0.113.8:6379/live")
    assert anywhere() == [True, False]
    house.edit(1, source="clips")
    house.edit(1, source="rtsp://admin:another@203.0.113.7/live")
    assert anywhere() == [False, False]
