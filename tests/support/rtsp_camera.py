"""A camera of our own on loopback: real RTSP over TCP, and whatever real cameras do wrong, one fault at a time."""

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.rtp_cutting import Kind, cut, interleaved, packet

NONCE = "6f3a"
Picture = tuple[int, list[bytes]]
"""RTP time and NAL units."""


@dataclass
class Camera:
    """`pictures` are sent as fast as they are taken. `fault` may replace what is sent once PLAY was answered."""

    pictures: list[Picture] = field(default_factory=list)
    kind: Kind = "h264"
    password: str | None = None
    packet_bytes: int = 1400
    fault: Callable[["Camera", asyncio.StreamWriter], AsyncIterator[bytes]] | None = None
    stays: bool = True
    """Whether it keeps the connection open when all is sent."""
    first_sequence: int = 65_500
    dropped: frozenset[int] = frozenset()
    requests: list[str] = field(default_factory=list)
    heard: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    port: int = 0

    @property
    def address(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def packets(self) -> Iterable[bytes]:
        """Return everything as interleaved packets of channel 0; those whose number is in `dropped` are left out."""
        number = 0
        for timestamp, units in self.pictures:
            payloads = [payload for unit in units for payload in cut(self.kind, unit, self.packet_bytes)]
            for at, payload in enumerate(payloads):
                marker = at == len(payloads) - 1
                if number not in self.dropped:
                    data = packet(payload, self.first_sequence + number, timestamp, marker=marker)
                    yield interleaved(0, data)
                number += 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                method = request.split(" ", 1)[0]
                self.requests.append(method)
                self.heard[method].set()
                number = re.search(r"CSeq: (\d+)", request)
                assert number is not None
                writer.write(self._answer(method, request, number[1]))
                if method == "PLAY" and self._allowed(request, method):
                    await self._play(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        if self.fault is not None:
            async for data in self.fault(self, writer):
                writer.write(data)
                await writer.drain()
        else:
            for data in self.packets():
                writer.write(data)
                await writer.drain()
        if not self.stays:
            writer.close()

    def _answer(self, method: str, request: str, number: str) -> bytes:
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n"
        if not self._allowed(request, method):
            offer = f'Digest realm="cam", nonce="{NONCE}"'
            return f"RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\nWWW-Authenticate: {offer}\r\n\r\n".encode()
        if method == "DESCRIBE":
            coding = self.kind.upper()
            body = f"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {coding}/90000\r\na=control:track1\r\n"
            return f"{head}Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        if method == "SETUP":
            return f"{head}Session: 4711;timeout=6\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n".encode()
        return f"{head}Session: 4711\r\n\r\n".encode()

    def _allowed(self, request: str, method: str) -> bool:
        if self.password is None:
            return True
        uri = request.split(" ", 2)[1]

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        wanted = md5(f"{md5(f'admin:cam:{self.password}')}:{NONCE}:{md5(f'{method}:{uri}')}")
        return f'response="{wanted}"' in request


@asynccontextmanager
async def serving(camera: Camera) -> AsyncIterator[Camera]:
    """Let the camera listen on a free port of loopback."""
    server = await asyncio.start_server(camera._serve, "127.0.0.1", 0)
    camera.port = server.sockets[0].getsockname()[1]
    async with server:
        yield camera
        server.close()
