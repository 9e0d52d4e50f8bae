"""Live cameras for tests: the simulator as people start it, and a bare client that takes what comes as it is."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sample_clips.__main__ import START_US
from sample_clips.live_footage import Loop
from tests.support.command_line import ROOT

LOOP = Loop(START_US, seconds=4, width=640, height=360)
"""Small and short, so that it is made in a second."""
_SIZE = ("--footage-seconds", "4", "--size", "640x360")


class Live:
    """A running simulator; `report` is there once it has ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.ready: dict[str, Any] = self._line()
        self.report: dict[str, Any] = {}

    def address(self, camera: int, sign_in: str = "") -> str:
        return f"rtsp://{sign_in}127.0.0.1:{self.ready['port']}/camera/{camera}"

    def stop(self) -> None:
        if not self.report:
            self._process.terminate()
            self.report = self._line()
            self._process.wait()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def live(folder: Path, *more: str) -> Iterator[Live]:
    """Run `python -m sample_clips live`; `folder` keeps the loop."""
    command = [sys.executable, "-m", "sample_clips", "live", "--port", "0", "--footage", str(folder), *_SIZE, *more]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        found = Live(process)
        try:
            yield found
        finally:
            found.stop()


class Client:
    """Says what it is told to say, and reads answers and interleaved packets."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> None:
        self._reader, self.writer, self._address = reader, writer, address
        self._number, self._session = 0, ""

    async def ask(self, method: str, more: str = "", place: str = "") -> tuple[int, str]:
        """Return the status and the head of the answer; packets that come before it are passed over."""
        self._number += 1
        head = f"{method} {self._address}{place} RTSP/1.0\r\nCSeq: {self._number}\r\n{self._session}{more}\r\n"
        self.writer.write(head.encode())
        while True:
            first = await self._reader.readexactly(1)
            if first == b"$":
                await self._packet()
                continue
            answer = (first + await self._reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"Content-Length: (\d+)", answer)
            await self._reader.readexactly(int(length[1]) if length else 0)
            return int(answer.split()[1]), answer

    async def play(self) -> None:
        """Set up the pictures, and start them."""
        status, answer = await self.ask("SETUP", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "/video")
        number = re.search(r"Session: (\w+)", answer)
        assert status == 200
        assert number is not None
        self._session = f"Session: {number[1]}\r\n"
        assert (await self.ask("PLAY"))[0] == 200

    async def packets(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield channel and packet until the camera closes the connection."""
        try:
            while await self._reader.readexactly(1) == b"$":
                yield await self._packet()
        except asyncio.IncompleteReadError:
            return

    async def _packet(self) -> tuple[int, bytes]:
        head = await self._reader.readexactly(3)
        return head[0], await self._reader.readexactly(int.from_bytes(head[1:], "big"))


@asynccontextmanager
async def client(port: int, camera: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer, f"rtsp://127.0.0.1:{port}/camera/{camera}")
    finally:
        writer.close()
        await writer.wait_closed()
