"""Bodies that go to the disk: whole and durable, or nothing is left."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

from api.edge import Edge
from api.problems import from_error, handler
from api.uploads import remove_abandoned, to_disk, to_memory
from foundation.errors import MatPhoError
from tests.support.serving import serving

LIMIT = 8 * 1024 * 1024
DAY_US = 86_400 * 1_000_000


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture
def address(inbox: Path) -> Iterator[str]:
    app = FastAPI()
    app.add_middleware(Edge, language="en")
    app.add_exception_handler(MatPhoError, handler(from_error, "en"))

    @app.post("/disk")
    async def disk(request: Request, name: str = "a.mp4", keep: int = 0) -> str:
        return (await to_disk(request, inbox, name, limit=LIMIT, keep_free=keep)).name

    @app.post("/memory")
    async def memory(request: Request) -> int:
        return len(await to_memory(request, limit=LIMIT))

    with serving(app) as found:
        yield found


def pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 100_000):
        yield data[start : start + 100_000]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_arrives_byte_for_byte(address: str, inbox: Path, chunked: bool) -> None:
    data = os.urandom(3_333_333)
    answer = httpx.post(f"{address}/disk", content=pieces(data) if chunked else data)
    assert answer.status_code == 200
    assert [path.name for path in inbox.iterdir()] == [answer.json()]
    assert (inbox / answer.json()).read_bytes() == data


@pytest.mark.parametrize(
    ("name", "ending"), [("Ngõ 12.MP4", ".mp4"), ("../../etc/passwd", ""), ("a.m/../p4", ""), ("x", "")]
)
def test_of_the_name_only_the_ending_is_used(address: str, inbox: Path, name: str, ending: str) -> None:
    stored = httpx.post(f"{address}/disk", params={"name": name}, content=b"x").json()
    assert Path(stored).suffix == ending
    assert (inbox / stored).parent == inbox


@pytest.mark.parametrize("path", ["/disk", "/memory"])
@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_is_refused_and_leaves_nothing(address: str, inbox: Path, path: str, chunked: bool) -> None:
    data = bytes(LIMIT + 1)
    answer = httpx.post(address + path, content=pieces(data) if chunked else data)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert not inbox.exists() or list(inbox.iterdir()) == []


def test_the_disk_keeps_its_reserve(address: str, inbox: Path) -> None:
    answer = httpx.post(f"{address}/disk", params={"keep": 2**62}, content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "disk_full")
    assert list(inbox.iterdir()) == []


@pytest.mark.parametrize("path", ["/disk", "/memory"])
def test_nothing_and_forms_are_refused_with_the_mend(address: str, path: str) -> None:
    empty = httpx.post(address + path)
    form = httpx.post(address + path, files={"file": b"x"})
    assert (empty.status_code, empty.json()["code"]) == (422, "upload_empty")
    assert (form.status_code, form.json()["code"]) == (422, "upload_not_raw")


def test_a_client_that_goes_away_leaves_nothing(address: str, inbox: Path) -> None:
    place = urlsplit(address)
    with socket.create_connection((place.hostname or "", place.port or 0)) as client:
        client.sendall(b"POST /disk HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n" + bytes(2_000_000))
    other = httpx.post(f"{address}/disk", content=b"whole").json()
    for _ in range(200):
        left = [path.name for path in inbox.iterdir()]
        if left == [other]:
            break
        httpx.post(f"{address}/memory", content=b"x")
    assert left == [other]


def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path: Path) -> None:
    old, young, whole = (tmp_path / name for name in ("a.mp4.part", "b.mp4.part", "c.mp4"))
    for path in (old, young, whole):
        path.write_bytes(b"x")
    now_us = young.stat().st_mtime_ns // 1000
    os.utime(old, ns=(0, (now_us - 2 * DAY_US) * 1000))
    os.utime(whole, ns=(0, 0))
    remove_abandoned(tmp_path, now_us)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.mp4.part", "c.mp4"]
