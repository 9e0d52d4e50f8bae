"""Cameras that give away what they are told, in a thread of their own beside a service that is a process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from tests.support.camera_thread import cameras_in_thread
from tests.support.rtsp_camera import Camera

_BASIC = b'RTSP/1.0 401 Unauthorized\r\nCSeq: %d\r\nWWW-Authenticate: Basic realm="cam"\r\n\r\n'


async def echo(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    """Ask for the password in plain words, then say all of what came in status, header and body."""
    request = camera.texts[-1]
    number = next(int(line.split(":")[1]) for line in request.splitlines() if line.startswith("CSeq"))
    if "Authorization" not in request:
        yield _BASIC % number
        return
    told = request.replace("\r\n", " | ").strip()
    yield (
        f"RTSP/1.0 500 {told}\r\nCSeq: {number}\r\nX-Request: {told}\r\nContent-Length: {len(told)}\r\n\r\n{told}"
    ).encode()


async def garbage(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    """Ask for the password in plain words, then send it back where an answer should be."""
    request = camera.texts[-1]
    number = next(int(line.split(":")[1]) for line in request.splitlines() if line.startswith("CSeq"))
    if "Authorization" not in request:
        yield _BASIC % number
        return
    yield request.encode() * 3


@contextmanager
def bad_cameras() -> Iterator[list[Camera]]:
    """Serve one that echoes and one that sends garbage."""
    cameras = [Camera(answers={"DESCRIBE": fault, "OPTIONS": fault}) for fault in (echo, garbage)]
    with cameras_in_thread(*cameras):
        yield cameras
