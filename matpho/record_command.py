"""`matpho record`: record every active camera until stopped; with workers, one process for each share of the cameras."""

import asyncio
import fcntl
import logging
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from api.service import Service
from foundation.errors import N_, Conflict, Unavailable
from foundation.identity import SERVICE
from foundation.language import translate
from foundation.settings import Settings
from foundation.storage import Spooled
from ingest.live.compiled import receive_path
from ingest.live.following import LiveSource, live_sources
from ingest.live.other_source import LibavAttempt
from ingest.live.recorder import Options, Recorder
from ingest.live.rounds import loop_in_rounds
from ingest.live.taking import Taking
from ingest.places import Networks
from ingest.retention import free_on_disk, retain
from matpho.logs import set_up_logs
from matpho.output import json_option, say
from matpho.service import SPOOL, build

log = logging.getLogger(__name__)

CAMERAS_A_PROCESS = 250
"""Beyond so many, another process (and core) takes a share; docs/benchmarks.md has the measurement."""
_STOP_S = 30
_RETAIN_FIRST_S, _RETAIN_EVERY_S = 60, 300
_DIED_WAIT_S = 2.0
_LOCK_TRIES, _LOCK_WAIT_S = 25, 0.2


class RecorderRunning(Conflict):
    code = "recorder_running"
    message = N_("Another process records into {data} already")
    mend = N_("Stop it first; one recorder records all cameras of a data folder")


@click.command()
@click.option("--for", "seconds", type=click.FloatRange(min=0.1), help="Stop after so many seconds.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; by default as many as the cameras need.")
@click.option("--shard", hidden=True, help="NUMBER/COUNT: the share of one worker.")
@click.option("--tied", is_flag=True, hidden=True, help="Stop when standard input ends: whoever started us is gone.")
@json_option
def record(seconds: float | None, workers: int | None, shard: str | None, tied: bool, as_json: bool) -> None:
    """Record every active camera of the registry until stopped, following what changes in it."""
    set_up_logs(Settings.from_environment().log_level)
    service = build()
    if shard is not None:
        number, count = (int(part) for part in shard.split("/"))
        _record(service, seconds, (number, count), tied)
        return
    with only_recorder(service.data / SPOOL) as lock:
        cameras = len(live_sources(service.engine, service.vault, service.clock.now_us()))
        count = workers or max(1, min(os.cpu_count() or 1, -(-cameras // CAMERAS_A_PROCESS)))
        language = service.settings.language
        text = translate(language, N_("Recording {cameras} cameras in {count} processes"), cameras=cameras, count=count)
        print(text, file=sys.stderr, flush=True)
        if count == 1:
            _record(service, seconds, (0, 1), tied)
        else:
            service.engine.dispose()
            asyncio.run(_Crew(count, seconds, tied, lock).run())
    said = translate(language, N_("Recording ended"))
    say(as_json, {"cameras": cameras, "processes": count}, [said])


@contextmanager
def only_recorder(spool: Path) -> Iterator[int]:
    """Hold the lock of the one recorder of a data folder, and give its handle. Raises `RecorderRunning`.

    Workers of a recorder that was killed keep the lock while they end, which is worth waiting for.
    """
    spool.mkdir(parents=True, exist_ok=True)
    handle = os.open(spool / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOCK_WAIT_S)
        else:
            raise RecorderRunning(data=str(spool.parent))
        yield handle
    finally:
        os.close(handle)


def recorder_of(service: Service, shard: tuple[int, int], **more: Any) -> Recorder:
    """Return the recorder of a service's settings; `more` are further options."""
    settings, store = service.settings, service.store
    networks = Networks(settings.networks_of_cameras)
    options = Options(
        spool=service.data / SPOOL,
        zone=service.zone,
        sync_s=settings.sync_seconds,
        stalled_s=settings.stalled_seconds,
        spool_bytes=settings.spool_bytes,
        prefer=settings.live_source,
        verify_tls=settings.rtsps_verify,
        networks=networks,
        shard=shard,
        **more,
    )
    base = store.store if isinstance(store, Spooled) else store

    def libav(source: LiveSource, taking: Taking) -> LibavAttempt:
        return LibavAttempt(source, taking, service.clock, stalled_s=settings.stalled_seconds, networks=networks)

    return Recorder(service.engine, base, service.clock, service.vault, options, libav=libav)


def _record(service: Service, seconds: float | None, shard: tuple[int, int], tied: bool) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    log.info("receive path: %s", receive_path())

    async def work() -> None:
        recorder = recorder_of(service, shard)
        _stop_upon(recorder.stop, seconds, tied)
        keeping = asyncio.create_task(_keep_to_policy(service)) if shard[0] == 0 else None
        try:
            await recorder.run()
        finally:
            if keeping is not None:
                keeping.cancel()

    with asyncio.Runner(loop_factory=loop_in_rounds) as runner:
        runner.run(work())


def _stop_upon(stop: Callable[[], None], seconds: float | None, tied: bool) -> None:
    """Call `stop` upon a signal, after so long, or when whoever started us is gone."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    if tied:
        loop.add_reader(sys.stdin.fileno(), stop)  # nothing is ever said there but its end
    if seconds is not None:
        loop.call_later(seconds, stop)


async def _keep_to_policy(service: Service) -> None:
    """Delete what policy lets go, every few minutes for as long as there is recording."""
    await asyncio.sleep(_RETAIN_FIRST_S)
    while True:
        try:
            await asyncio.to_thread(_retain, service)
        except Unavailable as error:
            log.warning("retention has to wait: %s", error)
        await asyncio.sleep(_RETAIN_EVERY_S)


def _retain(service: Service) -> None:
    done = retain(
        service.engine,
        service.store,
        service.clock,
        SERVICE,
        free_bytes=free_on_disk(service.store),
        keep_free_bytes=service.settings.keep_free_bytes,
    )
    if not done.enough:
        log.warning("too little is free: %s bytes, and %s are wanted", done.free_bytes, done.keep_free_bytes)


class _Crew:
    """The workers. One that dies is started again; all of them end when this process does, however it ends.

    They inherit `lock`: nobody else is to record while one of them still does.
    """

    def __init__(self, count: int, seconds: float | None, tied: bool, lock: int) -> None:
        self._count, self._seconds, self._tied, self._lock = count, seconds, tied, lock
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        _stop_upon(self._stopping.set, self._seconds, self._tied)
        await asyncio.gather(*(self._keep(number) for number in range(self._count)))

    async def _keep(self, number: int) -> None:
        command = [sys.executable, "-m", "matpho", "record", "--tied", "--shard", f"{number}/{self._count}"]
        while not self._stopping.is_set():
            worker = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, pass_fds=[self._lock])
            ended = asyncio.create_task(worker.wait())
            stop = asyncio.create_task(self._stopping.wait())
            await asyncio.wait((ended, stop), return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if ended.done() and not self._stopping.is_set():
                log.error("worker %d ended with %s; it is started again", number, ended.result())
                await asyncio.sleep(_DIED_WAIT_S)
                continue
            assert worker.stdin is not None
            worker.stdin.close()
            try:
                await asyncio.wait_for(ended, _STOP_S)
            except TimeoutError:
                worker.kill()
                await worker.wait()
