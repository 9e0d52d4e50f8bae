"""The command line as people run it: in a process of its own.

Most are forks of a process that has imported everything (`tests.support.command_server`), since a test may run dozens. What
is read while importing, and commands beside others, start from nothing; so do services (`service_process`).
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Matpho = Callable[..., Told]


_READ_WHILE_IMPORTING = frozenset({"MATPHO_COMPILED"})


class _Server:
    """One process that waits for orders, one at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._folder = TemporaryDirectory(prefix="matpho-commands-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.command_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._end)

    def run(self, arguments: list[str], environment: Mapping[str, str]) -> Told:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        out, err = (Path(self._folder.name) / name for name in ("out", "err"))
        order = {"argv": arguments, "env": dict(environment), "cwd": str(ROOT), "out": str(out), "err": str(err)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Told(code, out.read_text(), err.read_text())

    def _end(self) -> None:
        self._process.communicate()
        self._folder.cleanup()


@cache
def _server(_process: int) -> _Server:
    return _Server()


def matpho_on(data: Path, **always: str) -> Matpho:
    """Return a function that runs `matpho ARGUMENTS` on a data folder; keywords, here and there, are settings."""

    def run(*arguments: str | Path, **settings: str) -> Told:
        known = {name: value for name, value in os.environ.items() if not name.startswith("MATPHO_")}
        more = {"MATPHO_DATA": str(data), "MATPHO_LANGUAGE": "en"} | always | settings
        told = [str(one) for one in arguments]
        server = _server(os.getpid())
        if _READ_WHILE_IMPORTING.isdisjoint(more) and server.lock.acquire(blocking=False):
            try:
                return server.run(told, known | more)
            finally:
                server.lock.release()
        return _from_nothing(told, known | more)

    return run


def _from_nothing(arguments: list[str], environment: Mapping[str, str]) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "matpho", *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)
