"""Those who record the same cameras: ours, one ffmpeg process for each camera, and libav (PyAV) in threads of few processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accounting import Account, account, found_by_files, found_in_catalogue
from benchmarks.processes import family
from benchmarks.street import Street, environment, registry

SEGMENT_S = 60
THREADS = 48
"""Cameras in one process of the PyAV receiver: 190 threads in one process do not keep up."""
_END_S = 60


@dataclass
class Receiver:
    """Running processes, what they say, and how to account for what they leave: frames, and files that no row tells of."""

    name: str
    processes: Sequence[subprocess.Popen[bytes]]
    log: Path
    accounting: Callable[[Street], tuple[Account, int]]

    def ids(self) -> list[int]:
        return [one for process in self.processes for one in family(process.pid)]

    def check(self) -> None:
        """Raise if one of them is gone."""
        ended = [process for process in self.processes if process.poll() is not None]
        if ended:
            said = self.log.read_text(errors="replace")[-2000:]
            raise SystemExit(f"{self.name}: {len(ended)} processes ended, the first with {ended[0].returncode}: {said}")

    def end(self) -> float:
        """Ask all to end as they should, and wait; return the seconds that took."""
        begun = time.perf_counter()
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(_END_S)
        return time.perf_counter() - begun


@contextmanager
def _running(
    commands: Sequence[Sequence[str]], log: Path, settings: dict[str, str] | None = None
) -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    with log.open("wb") as errors:
        try:
            for command in commands:
                process = subprocess.Popen(
                    command,
                    env=settings,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                )
                started.append(process)
            yield started
        finally:
            for process in started:
                if process.poll() is None:
                    process.kill()
                process.wait()


@contextmanager
def ours(
    street: Street, folder: Path, workers: int = 0, without: str | None = None, compiled: bool = True
) -> Iterator[Receiver]:
    """Record with `matpho record`, with hash, container, index and syncing as users have them, or `without` one of them.

    The receive path runs `compiled` where it was (`make fast`), or as Python.
    """
    data = folder / "data"
    registry(street, data)
    command = [sys.executable, "-m", "matpho", "record", *(["--workers", str(workers)] if workers else [])]
    if without is not None:
        command = [sys.executable, "-m", "benchmarks.record_without", without]

    def accounting(played: Street) -> tuple[Account, int]:
        found, stray = found_in_catalogue(data)
        return account(found, played.runs), stray

    settings = environment(data, MATPHO_COMPILED=str(compiled))
    with _running([command], folder / "ours.log", settings) as processes:
        yield Receiver("ours" if compiled else "pure", processes, folder / "ours.log", accounting)


@contextmanager
def ffmpeg(street: Street, folder: Path) -> Iterator[Receiver]:
    commands = []
    for camera in range(1, street.cameras + 1):
        (folder / str(camera)).mkdir()
        take = ["-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", street.address(camera), "-c", "copy"]
        cut = ["-f", "segment", "-segment_time", str(SEGMENT_S), "-segment_format", "mp4", "-reset_timestamps", "1"]
        commands.append(["ffmpeg", *take, *cut, str(folder / str(camera) / "%05d.mp4")])
    with _running(commands, folder / "ffmpeg.log") as processes:
        yield Receiver("ffmpeg", processes, folder / "ffmpeg.log", _by_files(folder))


@contextmanager
def pyav(street: Street, folder: Path) -> Iterator[Receiver]:
    commands = []
    for first in range(1, street.cameras + 1, THREADS):
        last = min(first + THREADS - 1, street.cameras)
        for camera in range(first, last + 1):
            (folder / str(camera)).mkdir()
        place = [street.address(0).rpartition("/")[0], str(first), str(last), str(folder), str(SEGMENT_S)]
        commands.append([sys.executable, "-m", "benchmarks.pyav_receiver", *place])
    with _running(commands, folder / "pyav.log") as processes:
        yield Receiver("PyAV", processes, folder / "pyav.log", _by_files(folder))


def _by_files(folder: Path) -> Callable[[Street], tuple[Account, int]]:
    def accounting(played: Street) -> tuple[Account, int]:
        return account(found_by_files(folder, played.runs), played.runs), 0

    return accounting


def cores() -> int:
    return os.cpu_count() or 1
