"""A process that forks ready-made ones: what takes a second to import is imported once, and a life costs milliseconds.

What it starts are processes like any other, so they can be killed at any instant. It has no threads, as a process that forks
should. With a disk of its own it sees a small file system where all others see an empty folder.
"""

import gc
import importlib
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, TypeVar

from tests.support.command_line import ROOT
from tests.support.small_disk import small_disk

Answer = TypeVar("Answer")
_PATIENCE_S = 60


class Life:
    """A process that the nursery started."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._handle = os.pidfd_open(pid)

    def ends_within(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def until(self, so: Callable[[], bool]) -> None:
        """Wait for what it will bring about, which it must live to see."""
        deadline = time.monotonic() + _PATIENCE_S
        while not so():
            if self.ends_within(0.1) or time.monotonic() > deadline:
                raise AssertionError(f"it does not come about: {self._nursery.said()}")

    def kill(self) -> None:
        signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, as a service manager does; return its exit code."""
        signal.pidfd_send_signal(self._handle, signal.SIGTERM)
        return self.end()

    def end(self) -> int:
        """Wait for its end; return its exit code, or minus the signal that killed it."""
        if not self.ends_within(_PATIENCE_S):
            self.kill()
            raise AssertionError(f"it does not end: {self._nursery.said()}")
        os.close(self._handle)
        code: int = self._nursery.ask("reap", self.pid)
        return code


class Nursery:
    """`work` is a function of a module: `call` returns what it returns, `start` leaves it running."""

    def __init__(self, orders: Connection, log: Path, disk: Path) -> None:
        self.disk = disk
        """A folder on the disk of its own; only what it starts sees what is in there."""
        self._orders = orders
        self._lock = threading.Lock()
        self._log = log

    def start(self, work: Callable[..., object], *arguments: object) -> Life:
        return Life(self, self.ask("start", work, arguments))

    def call(self, work: Callable[..., Answer], *arguments: object) -> Answer:
        failed, answer = self.ask("call", work, arguments)
        if failed:
            raise AssertionError(answer)
        found: Answer = answer
        return found

    def ask(self, *order: object) -> Any:
        try:
            with self._lock:
                self._orders.send(order)
                return self._orders.recv()
        except (EOFError, BrokenPipeError) as error:
            raise AssertionError(f"the nursery is gone: {self.said()}") from error

    def said(self) -> str:
        """Return the end of what its processes logged."""
        return self._log.read_text(errors="replace")[-6000:]


@contextmanager
def nursery(log: Path, *preload: str, disk_bytes: int = 0) -> Iterator[Nursery]:
    """Start one that has imported the modules `preload`, with a disk of its own if that has any bytes."""
    ours, theirs = Pipe()
    disk = log.with_suffix(".disk")
    disk.mkdir()
    given = [str(theirs.fileno()), str(disk), str(disk_bytes), *preload]
    command = [sys.executable, "-m", "tests.support.nursery", *given]
    few = {"OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}  # no threads in what is going to fork
    with log.open("ab") as err:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | few, pass_fds=[theirs.fileno()], stdout=err, stderr=err
        )
    theirs.close()
    try:
        try:
            disk = ours.recv()
        except EOFError as error:
            raise AssertionError(log.read_text(errors="replace")) from error
        yield Nursery(ours, log, disk)
    finally:
        ours.close()
        code = process.wait(_PATIENCE_S)
    assert code == 0, f"the nursery ended with {code}: {log.read_text(errors='replace')[-6000:]}"


def _serve(orders: Connection) -> None:
    lives: set[int] = set()
    while True:
        try:
            verb, *order = orders.recv()
        except EOFError:
            for pid in lives:
                os.kill(pid, signal.SIGKILL)
            return
        if verb == "start":
            pid = _forked(orders, *order)
            lives.add(pid)
            orders.send(pid)
        elif verb == "reap":
            lives.discard(order[0])
            orders.send(os.waitstatus_to_exitcode(os.waitpid(order[0], 0)[1]))
        else:
            orders.send(_called(orders, *order))


def _forked(orders: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> int:
    pid = os.fork()
    if pid:
        return pid
    orders.close()
    try:
        work(*arguments)
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _called(orders: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> tuple[bool, object]:
    end, beginning = os.pipe()

    def answering() -> None:
        try:
            told = pickle.dumps((False, work(*arguments)))
        except BaseException:  # noqa: BLE001 - it is told to who asked
            told = pickle.dumps((True, traceback.format_exc()))
        with os.fdopen(beginning, "wb") as answer:
            answer.write(told)

    pid = _forked(orders, answering, ())
    os.close(beginning)
    with os.fdopen(end, "rb") as answer:
        told = answer.read()
    os.waitpid(pid, 0)
    found: tuple[bool, object] = pickle.loads(told) if told else (True, "it died before it could answer")
    return found


def _main(handle: str, folder: str, disk_bytes: str, *preload: str) -> None:
    for name in preload:
        importlib.import_module(name)
    gc.freeze()  # else the first collection in each life would copy all that it shares with this process
    orders = Connection(int(handle))
    with small_disk(Path(folder), int(disk_bytes)) if int(disk_bytes) else nullcontext(Path(folder)) as disk:
        orders.send(disk)
        _serve(orders)


if __name__ == "__main__":
    _main(*sys.argv[1:])
