"""`matpho serve` as people start it: a process of its own, on loopback, that can be killed."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from people.rights import Right
from tests.support.command_line import ROOT, Matpho

_PATIENCE_S = 60


class ServiceProcess:
    """The service on a data folder. `start` returns once it answers; its log is beside the folder."""

    def __init__(self, data: Path, *command: str, **settings: str) -> None:
        self._data = data
        self._command = command or ("serve",)
        self._settings = settings
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self.log = data.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        known = {name: value for name, value in os.environ.items() if not name.startswith("MATPHO_")}
        environment = known | {"MATPHO_DATA": str(self._data), "MATPHO_LANGUAGE": "en"} | self._settings
        command = [sys.executable, "-m", "matpho", *self._command, "--port", str(self._port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        limit = time.monotonic() + _PATIENCE_S
        with httpx.Client(base_url=self.address) as client:
            while not _answers(client):
                if self._process.poll() is not None or time.monotonic() > limit:
                    raise RuntimeError(f"the service does not answer: {self.log.read_text()}")
                time.sleep(0.1)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """Ask it to end, as a service manager does; return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(_PATIENCE_S)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def bearer(matpho: Matpho, name: str = "everyone", *roles: str) -> dict[str, str]:
    """Return headers of somebody with these roles everywhere (all that can meet), made by the command line.

    The house must be there already.
    """
    first, *others = roles or ("administrator", "officer")
    if matpho("users", "add", name, "--role", first, "--everywhere").code == 0:
        for role in others:
            assert matpho("users", "roles", name, "--give", role, "--everywhere").code == 0
    scopes = [word for right in Right for word in ("--scope", right)]
    return {"Authorization": f"Bearer {matpho('users', 'token', name, *scopes, '--json').json['token']}"}


def finished(client: httpx.Client, place: str) -> dict[str, object]:
    """Wait until the job at `place` has ended and return what it tells."""
    limit = time.monotonic() + 2 * _PATIENCE_S
    while time.monotonic() < limit:
        told: dict[str, object] = client.get(place).raise_for_status().json()
        if told["state"] not in {"waiting", "running"}:
            return told
        time.sleep(0.1)
    raise TimeoutError(f"{place} has not ended")
