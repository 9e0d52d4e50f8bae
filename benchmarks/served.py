"""Servers for the HTTP figures, each in its own process on loopback: ours as `matpho serve`, and Starlette's own."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.settings import Settings
from tests.support.granting import grant_everything

CHUNK = 1 << 20


def file_app() -> FastAPI:
    """Return an application whose only answer is the file of `BENCH_FILE`."""
    app = FastAPI()
    path = os.environ["BENCH_FILE"]
    app.get("/file")(lambda: FileResponse(path))
    return app


@contextmanager
def serving(command: list[str], **environment: str) -> Iterator[tuple[int, int]]:
    """Run a server with `--port N` appended; give its port and process id once it accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode} before it served")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not answer within a minute")


def proof(data: Path) -> dict[str, str]:
    """Return the headers of an officer of this data folder, made by the command line, with a grant for all of it."""

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "matpho", "users", *arguments, "--json"]
        return subprocess.run(command, env=os.environ | {"MATPHO_DATA": str(data)}, capture_output=True, check=False)

    run("add", "bench", "--role", "officer", "--everywhere")
    scopes = ("footage", "footage.find", "hold.place")
    made = run("token", "bench", *(word for scope in scopes for word in ("--scope", scope)))
    grant_everything(create_engine(Settings(data=data).catalogue_url), SystemClock(), "bench")
    return {"Authorization": f"Bearer {json.loads(made.stdout)['token']}"}


@contextmanager
def matpho(data: Path) -> Iterator[tuple[int, int]]:
    with serving(["-m", "matpho", "serve"], MATPHO_DATA=str(data)) as found:
        yield found


@contextmanager
def starlette(path: Path) -> Iterator[tuple[int, int]]:
    application = ["-m", "uvicorn", "--factory", "benchmarks.served:file_app", "--log-level", "warning"]
    with serving(application, BENCH_FILE=str(path)) as found:
        yield found


def download(port: int, path: str, headers: dict[str, str] | None = None) -> int:
    """Fetch and drop; return the bytes received."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise SystemExit(f"{path}: {answer.status} {answer.read(300)!r}")
    buffer, total = memoryview(bytearray(CHUNK)), 0
    while got := answer.readinto(buffer):
        total += got
    connection.close()
    return total


def resident_peak_mb(process_id: int) -> float:
    """Return the peak resident memory of a running process in MB (10^6 bytes)."""
    status = Path(f"/proc/{process_id}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6
