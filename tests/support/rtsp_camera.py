"""A camera of our own on loopback: real RTSP over TCP, and whatever real cameras do wrong, one fault at a time."""

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.rtp_cutting import Kind, cut, interleaved, packet

NONCE = "6f3a"
Picture = tuple[int, list[bytes]]
"""RTP time and NAL units."""
Fault = Callable[["Camera", asyncio.StreamWriter], AsyncIterator[bytes]]


@dataclass
class Camera:
    """`pictures` are sent as fast as they are taken. `fault` may replace what is sent once PLAY was answered."""

    pictures: list[Picture] = field(default_factory=list)
    kind: Kind = "h264"
    password: str | None = None
    packet_bytes: int = 1400
    fault: Fault | None = None
    stays: bool = True
    """Whether it keeps the connection open when all is sent."""
    closes_always: bool = False
    """After each answer."""
    description: str | None = None
    """What it says of its streams, where that is not one of pictures."""
    answers: Mapping[str, str | Fault] = field(default_factory=dict)
    """To a method, what it says instead: status and headers, or bytes of any kind."""
    first_sequence: int = 65_500
    dropped: frozenset[int] = frozenset()
    requests: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """Whole requests."""
    told: list[tuple[int, bytes]] = field(default_factory=list)
    """Packets that came to it: channel and bytes."""
    heard: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    """Methods, and `packet`."""
    connections: int = 0
    serving: set["asyncio.Task[None]"] = field(default_factory=set)
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def address(self) -> str:
        return f"rtsp://{self.host}:{self.port}/live"

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

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        playing: set[asyncio.Task[None]] = set()
        try:
            while not writer.is_closing():
                first = await reader.readexactly(1)
                if first == b"$":
                    head = await reader.readexactly(3)
                    self.told.append((head[0], await reader.readexactly(int.from_bytes(head[1:], "big"))))
                    self.heard["packet"].set()
                    continue
                request = (first + await reader.readuntil(b"\r\n\r\n")).decode()
                method = request.split(" ", 1)[0]
                if await self._say(method, request, writer):
                    playing.add(asyncio.create_task(self._play(writer)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        except asyncio.CancelledError:
            writer.transport.abort()  # whoever reads no more would keep it open
            raise
        finally:
            for task in playing:
                task.cancel()
            await asyncio.gather(*playing, return_exceptions=True)

    async def _say(self, method: str, request: str, writer: asyncio.StreamWriter) -> bool:
        """Answer; return whether it is to play."""
        self.requests.append(method)
        self.texts.append(request)
        self.heard[method].set()
        number = re.search(r"CSeq: (\d+)", request)
        assert number is not None
        answer = self.answers.get(method)
        if callable(answer):
            await self._send(answer(self, writer), writer)
        else:
            writer.write(self._answer(method, request, number[1], answer))
            await writer.drain()
        if self.closes_always:
            writer.close()
        return method == "PLAY" and answer is None and self._allowed(request, method)

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        try:
            if self.fault is not None:
                await self._send(self.fault(self, writer), writer)
            else:
                for data in self.packets():
                    writer.write(data)
                    await writer.drain()
        except ConnectionError:
            return
        if not self.stays:
            writer.close()

    async def _send(self, all_of_it: AsyncIterator[bytes], writer: asyncio.StreamWriter) -> None:
        async for data in all_of_it:
            writer.write(data)
            await writer.drain()

    def _answer(self, method: str, request: str, number: str, other: str | None) -> bytes:
        if not self._allowed(request, method):
            offer = f'Digest realm="cam", nonce="{NONCE}"'
            return f"RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\nWWW-Authenticate: {offer}\r\n\r\n".encode()
        if other is not None:
            status, *headers = other.split("\r\n")
            return "\r\n".join([f"RTSP/1.0 {status}", f"CSeq: {number}", *headers, "\r\n"]).encode()
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n"
        if method == "DESCRIBE":
            body = self.description or pictures_alone(self.kind)
            return f"{head}Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        if method == "SETUP":
            channels = re.search(r"interleaved=(\d+-\d+)", request)
            way = f"RTP/AVP/TCP;unicast;interleaved={channels[1] if channels else '0-1'}"
            return f"{head}Session: 4711;timeout=6\r\nTransport: {way}\r\n\r\n".encode()
        return f"{head}Session: 4711\r\n\r\n".encode()

    def _allowed(self, request: str, method: str) -> bool:
        if self.password is None:
            return True
        uri = request.split(" ", 2)[1]

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        wanted = md5(f"{md5(f'admin:cam:{self.password}')}:{NONCE}:{md5(f'{method}:{uri}')}")
        return f'response="{wanted}"' in request


def pictures_alone(kind: Kind) -> str:
    return f"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {kind.upper()}/90000\r\na=control:track1\r\n"


@asynccontextmanager
async def serving(camera: Camera) -> AsyncIterator[Camera]:
    """Let the camera listen on a port of loopback: a free one, or that where it was before."""
    server = await asyncio.start_server(camera.begin, camera.host, camera.port)
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
        for task in list(camera.serving):
            task.cancel()
        await asyncio.gather(*camera.serving, return_exceptions=True)
        await asyncio.sleep(0)  # so that their sockets are closed
