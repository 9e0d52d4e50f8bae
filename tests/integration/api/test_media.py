"""Media answers over a real socket: right bytes, bounded reading, and an end when the client goes away."""

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from api.edge import Edge
from api.media import CHUNK_BYTES, answer_media
from tests.support.serving import serving

SIZE = 96 * 1024 * 1024
PATTERN = os.urandom(1 << 20)


@dataclass
class Source:
    """A large file whose byte n is PATTERN[n % 1 MiB]; it counts what is read of it and notes when it is closed."""

    read_bytes: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        self.closed.clear()
        try:
            while start < end:
                length = min(CHUNK_BYTES, end - start)
                self.read_bytes += length
                yield self.bytes(start, start + length)
                start += length
        finally:
            self.closed.set()

    @staticmethod
    def bytes(start: int, end: int) -> bytes:
        shift = start % len(PATTERN)
        return (PATTERN[shift:] + PATTERN * ((end - start) // len(PATTERN) + 1))[: end - start]


@pytest.fixture(scope="module")
def source() -> Source:
    return Source()


@pytest.fixture(scope="module")
def address(source: Source) -> Iterator[str]:
    app = FastAPI()
    app.add_middleware(Edge, language="en")

    @app.get("/big")
    def big(request: Request) -> Response:
        return answer_media(
            request, source.read, size=SIZE, etag="e1", media_type="video/mp4", language="en", permitted=lambda: True
        )

    with serving(app) as found:
        yield found


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=-7", SIZE - 7, SIZE), ("bytes=1048570-2097160", 1048570, 2097161)],
)
def test_a_range_is_its_bytes(address: str, asked: str, start: int, end: int) -> None:
    answer = httpx.get(f"{address}/big", headers={"Range": asked})
    assert (answer.status_code, answer.content == Source.bytes(start, end)) == (206, True)
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["etag"] == '"e1"'


def test_parts_are_multipart(address: str) -> None:
    answer = httpx.get(f"{address}/big", headers={"Range": "bytes=0-9,1000-1009"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert Source.bytes(0, 10) in answer.content
    assert Source.bytes(1000, 1010) in answer.content
    assert len(answer.content) == int(answer.headers["content-length"])


def test_the_whole_arrives_whole(address: str) -> None:
    with httpx.stream("GET", f"{address}/big") as answer:
        place = 0
        for piece in answer.iter_bytes(1 << 20):
            assert piece == Source.bytes(place, place + len(piece))
            place += len(piece)
    assert place == SIZE == int(answer.headers["content-length"])


@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-9"}])
def test_head_has_the_fields_and_reads_nothing(address: str, source: Source, fields: dict[str, str]) -> None:
    before = source.read_bytes
    answer = httpx.head(f"{address}/big", headers=fields)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["accept-ranges"] == "bytes"
    assert source.read_bytes == before


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"If-None-Match": '"e1"'}, 304),
        ({"If-Match": '"e2"'}, 412),
        ({"Range": f"bytes={SIZE}-"}, 416),
    ],
)
def test_short_answers_read_nothing(address: str, source: Source, fields: dict[str, str], status: int) -> None:
    before = source.read_bytes
    answer = httpx.get(f"{address}/big", headers=fields)
    assert answer.status_code == status
    assert answer.headers["etag"] == '"e1"'
    assert source.read_bytes == before
    if status == 304:
        assert answer.content == b""
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{SIZE}"


def test_a_client_that_goes_away_ends_the_reading(address: str, source: Source) -> None:
    before = source.read_bytes
    place = urlsplit(address)
    with socket.create_connection((place.hostname or "", place.port or 0)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        client.sendall(b"GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = 0
        while got < 64 * 1024:
            got += len(client.recv(16 * 1024))
    assert source.closed.wait(10), "the server went on reading for nobody"
    # What the kernel's socket buffers swallowed, one chunk in hand and one ahead.
    assert source.read_bytes - before < 16 * 1024 * 1024


def test_a_slow_client_holds_the_reading_back(address: str, source: Source) -> None:
    before = source.read_bytes
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    connection.request("GET", "/big")
    answer = connection.getresponse()
    answer.read(1)
    assert not source.closed.wait(1), "all of it was read although nobody took it"
    assert source.read_bytes - before < 16 * 1024 * 1024
    connection.close()
    assert source.closed.wait(10)


def test_security_headers_are_on_it(address: str) -> None:
    answer = httpx.head(f"{address}/big")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_sending_ends_with_its_permission_also_to_a_slow_reader() -> None:
    """The reader takes nothing more after its first bytes, so no further chunk is asked for: the watch alone ends it."""
    source, permitted = Source(), threading.Event()
    permitted.set()
    app = FastAPI()
    app.add_middleware(Edge, language="en")

    @app.get("/big")
    def big(request: Request) -> Response:
        told = {"size": SIZE, "etag": "e1", "media_type": "video/mp4", "language": "en"}
        return answer_media(request, source.read, permitted=permitted.is_set, watch_s=0.05, **told)  # type: ignore[arg-type]

    with serving(app) as found:
        place = urlsplit(found)
        with socket.create_connection((place.hostname or "", place.port or 0)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            client.sendall(b"GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(16).startswith(b"HTTP/1.1 200")
            assert not source.closed.wait(0.5)
            permitted.clear()
            assert source.closed.wait(10)
            client.settimeout(10)
            got = 0
            while chunk := client.recv(1 << 20):
                got += len(chunk)
    assert got < SIZE // 2
