"""A real RTSP server in a process of its own: GStreamer's, with the mounts of `tests.support.gstreamer_footage`."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.support.gstreamer_footage import MOUNTS, PASSWORD, USER

_DEBIAN_PYTHON = "/usr/bin/python3"
_SCRIPT = Path(__file__).with_name("gstreamer_server.py")
_PATIENCE_S = 30
_OPTIONS = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
_GUARDED = frozenset(mount.name for mount in MOUNTS if mount.guarded)


class GStreamer:
    """The server on what `lay_out` wrote into a folder. `start` returns once it answers; ports stay over restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports: tuple[int, int] = (0, 0)
        self._process: subprocess.Popen[str] | None = None
        self.log = folder / "server.log"

    def start(self) -> None:
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [_DEBIAN_PYTHON, str(_SCRIPT), str(self._folder), *map(str, self._ports)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        told = self._process.stdout.readline().split()
        if len(told) != 2:
            raise RuntimeError(f"the server does not start: {self.log.read_text()[-2000:]}")
        self._ports = (int(told[0]), int(told[1]))
        for port in self._ports:
            with socket.create_connection(("127.0.0.1", port), _PATIENCE_S) as connection:
                connection.sendall(_OPTIONS)
                assert connection.recv(12).startswith(b"RTSP/1.0 ")

    def address(self, name: str, password: str = PASSWORD) -> str:
        """Return the address of a mount as it stands in the registry, with the sign-in where it needs one."""
        if name not in _GUARDED:
            return f"rtsp://127.0.0.1:{self._ports[0]}/{name}"
        return f"rtsp://{USER}:{quote(password, safe='')}@127.0.0.1:{self._ports[1]}/{name}"

    def freeze(self, name: str) -> None:
        """Let a mount send nothing more, with its connections open."""
        self._tell("freeze", name)

    def drop(self, name: str) -> None:
        """Close the connections of those who watch a mount."""
        self._tell("drop", name)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _tell(self, verb: str, name: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        print(verb, name, file=self._process.stdin, flush=True)


@contextmanager
def serving(folder: Path) -> Iterator[GStreamer]:
    server = GStreamer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
