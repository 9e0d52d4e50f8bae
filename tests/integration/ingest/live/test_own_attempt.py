"""An attempt by our own receiver: it goes where it is sent, and takes the sign-in to no other host."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from foundation.clock import SystemClock
from ingest.index.records import GapReason
from ingest.live.following import LiveSource
from ingest.live.session import Refusal
from ingest.live.sources import Ended, OwnAttempt
from tests.support.live_pictures import coded
from tests.support.plain_desk import Studio
from tests.support.rtsp_camera import Camera, Picture, serving

SECRET = "canary-7d1f"
PICTURES: list[Picture] = [(number * 9000, units) for number, units in enumerate(coded("h264")[:15])]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    found = Studio.at(tmp_path)
    yield found
    found.close()


def attempt(studio: Studio, address: str, user: str | None = "admin") -> OwnAttempt:
    source = LiveSource(1, "C1", address, False, user, SECRET)
    return OwnAttempt(source, studio.taking, SystemClock(), stalled_s=5)


async def ended(studio: Studio, *cameras: Camera, circle: bool = False) -> Ended:
    """Listen to the first camera; each sends us to the next one."""
    async with AsyncExitStack() as stack:
        for camera in cameras:
            await stack.enter_async_context(serving(camera))
        for here, there in pairwise((*cameras, cameras[0]) if circle else cameras):
            here.answers = {"DESCRIBE": f"302 Moved\r\nLocation: {there.address}"}
        return await asyncio.wait_for(attempt(studio, cameras[0].address).run(), 30)


def test_a_redirect_is_followed_and_signed_in_on_the_same_host(studio: Studio) -> None:
    first, second = Camera(), Camera(PICTURES, password=SECRET, stays=False)
    found = asyncio.run(ended(studio, first, second))
    assert found == Ended(GapReason.UNREACHABLE, "the camera closed the connection")
    assert second.requests == ["DESCRIBE", "DESCRIBE", "SETUP", "PLAY"]
    assert studio.taking.counts.pictures == len(PICTURES)


def test_the_sign_in_is_sent_to_no_other_host(studio: Studio) -> None:
    first, second = Camera(), Camera(PICTURES, password=SECRET, host="127.0.0.2")
    found = asyncio.run(ended(studio, first, second))
    assert (found.reason, found.refused) == (GapReason.SIGN_IN_REFUSED, Refusal.SIGN_IN)
    assert second.requests == ["DESCRIBE"]
    said = "".join(first.texts + second.texts)
    assert "Authorization" not in said
    assert SECRET not in said
    assert "admin" not in said


@pytest.mark.parametrize("location", ["rtsp://admin:own@127.0.0.1:{port}/x", "http://127.0.0.1/x", "", "rtsp://["])
def test_a_redirect_to_nowhere_ends_the_attempt(studio: Studio, location: str) -> None:
    async def listen() -> Ended:
        async with serving(Camera()) as camera:
            camera.answers = {"DESCRIBE": f"302 Moved\r\nLocation: {location.format(port=camera.port)}"}
            return await asyncio.wait_for(attempt(studio, camera.address).run(), 30)

    found = asyncio.run(listen())
    assert (found.reason, found.refused) == (GapReason.UNREACHABLE, Refusal.REDIRECTED)
    assert "own" not in found.detail


def test_a_circle_of_redirects_is_left(studio: Studio) -> None:
    cameras = [Camera(), Camera()]
    found = asyncio.run(ended(studio, *cameras, circle=True))
    assert (found.reason, found.refused) == (GapReason.UNREACHABLE, Refusal.REDIRECTED)
    assert sum(camera.connections for camera in cameras) == 4


@pytest.mark.parametrize("address", ["rtsp://127.0.0.1:1/x", f"rtsp://{'a' * 70}.vn/x"])
def test_nobody_there_is_a_reason_and_no_exception(studio: Studio, address: str) -> None:
    found = asyncio.run(asyncio.wait_for(attempt(studio, address).run(), 30))
    assert found.reason is GapReason.UNREACHABLE
    assert found.detail


def test_an_attempt_that_is_stopped_before_it_is_connected_ends_at_once(studio: Studio) -> None:
    async def stopped() -> Ended:
        async with serving(Camera(PICTURES)) as camera:
            trying = attempt(studio, camera.address)
            running = asyncio.create_task(trying.run())
            await asyncio.sleep(0)
            trying.stop()
            return await asyncio.wait_for(running, 30)

    assert asyncio.run(stopped()).reason is GapReason.STOPPED


def test_nothing_that_is_shown_of_an_attempt_has_the_password(studio: Studio) -> None:
    trying = attempt(studio, "rtsp://127.0.0.1:1/x")
    assert SECRET not in repr(trying) + repr(vars(trying)) + repr(trying._source)
