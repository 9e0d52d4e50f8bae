"""A recorder in a process of its own, which `tests.support.nursery` starts and tests kill: at any instant, or after a step."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.storage import ObjectStore, StoreUnavailable, open_store
from ingest.live.recorder import Options, Recorder
from ingest.live.remains import Remains, recover_recordings
from ingest.segment_writer import Step
from matpho.record_command import only_recorder
from matpho.record_command import record as record_command
from matpho.service import SPOOL
from tests.support.power_cut import watch_syncs
from tests.support.small_disk import obey_modes

PRELOAD = (__name__, "ingest.check", "tests.support.far_ward", "migrations.runner")


@dataclass(frozen=True)
class Plan:
    """What to record with: the catalogue at `url`, all else in `data`; `options` are those of `Options` that differ."""

    url: str
    data: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    store_url: str = ""
    busy_ms: int | None = None
    """How long the catalogue waits for a lock, where a test is in a hurry."""
    obeys_modes: bool = False
    """Whether folders that may not be written are not, root or no root."""
    copies: Path | None = None
    """Where a copy of each segment file is kept as it was last synced."""

    @property
    def spool(self) -> Path:
        return self.data / SPOOL

    def engine(self) -> sa.Engine:
        engine = create_engine(self.url)
        if self.busy_ms is not None:
            sqlite = engine.dialect.name == "sqlite"
            words = f"PRAGMA busy_timeout={self.busy_ms}" if sqlite else f"SET lock_timeout={self.busy_ms}"
            sa.event.listen(engine, "connect", lambda connection, _record: _say(connection, words))
        return engine

    def store(self) -> ObjectStore:
        return open_store(self.store_url, self.data)

    @property
    def away(self) -> Path:
        """While there is such a file, the store takes nothing."""
        return self.data / "store-is-away"

    def recorder(self, engine: sa.Engine, store: ObjectStore, step: Step = lambda _name: None) -> Recorder:
        brisk = {"segment_s": 2, "settle_s": 0.1, "sync_s": 1, "wait_scale": 0.02, "tick_s": 0.25}
        options = Options(self.spool, UTC, **{"reserve_bytes": 2**20, **brisk, **self.options})
        vault = Vault.open(self.data / "keys" / "camera.key")
        return Recorder(engine, store, SystemClock(), vault, options, step=step)


def _say(connection: Any, words: str) -> None:
    connection.execute(words)
    connection.commit()


_TIMES = count(1)  # of the step that this process may die after


@dataclass(frozen=True)
class DiesAfter:
    """A step hook that ends the process by SIGKILL when the step `name` comes for the `time`-th time; "" is any step."""

    name: str
    time: int

    def __call__(self, name: str) -> None:
        if self.name in {"", name} and next(_TIMES) == self.time:
            os.kill(os.getpid(), signal.SIGKILL)


class ToldStore:
    """A store that tells the steps before and after an object is put, and is away for as long as there is a file `away`."""

    def __init__(self, store: ObjectStore, step: Step, away: Path) -> None:
        self._store, self._step, self._away = store, step, away

    def put_file(self, key: str, path: Path) -> None:
        if self._away.exists():
            raise StoreUnavailable(why="it is away")
        self._step("object offered")
        self._store.put_file(key, path)
        self._step("object taken")

    def read(self, key: str, start: int, length: int) -> bytes:
        return self._store.read(key, start, length)

    def local_path(self, key: str) -> Path | None:
        return self._store.local_path(key)

    def size(self, key: str) -> int:
        return self._store.size(key)

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        return self._store.keys(prefix)


def tell_commits(engine: sa.Engine, step: Step) -> None:
    """Tell the steps before and after each commit."""

    def before(connection: sa.Connection) -> None:
        connection.info["commits"] = True
        step("rows written")

    def after(_connection: Any, record: Any) -> None:
        if record.info.pop("commits", False):
            step("rows committed")

    sa.event.listen(engine, "commit", before)
    sa.event.listen(engine, "checkin", after)


def record(plan: Plan, step: Step = lambda _name: None) -> None:
    """Record until told to end."""
    if plan.obeys_modes:
        obey_modes()
    if plan.copies is not None:
        watch_syncs(plan.spool, plan.copies, step)
    logging.basicConfig(level=logging.WARNING, format="%(process)d %(asctime)s %(levelname)s %(name)s %(message)s")
    engine = plan.engine()
    tell_commits(engine, step)
    with only_recorder(plan.spool):
        recorder = plan.recorder(engine, ToldStore(plan.store(), step, plan.away), step)

        async def work() -> None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, recorder.stop)
            await recorder.run()

        asyncio.run(work())


def command(data: Path, *arguments: str) -> None:
    """Do what `matpho record` does on a data folder."""
    os.environ.update(MATPHO_DATA=str(data), MATPHO_LANGUAGE="en", MATPHO_CAMERA_NETWORKS="127.0.0.0/8")
    record_command.main([*arguments], standalone_mode=False)


def recover(plan: Plan, step: Callable[[str], None] = lambda _name: None) -> Remains:
    """Do what a recorder does at its start, and no more."""
    engine = plan.engine()
    tell_commits(engine, step)
    try:
        return recover_recordings(
            engine, ToldStore(plan.store(), step, plan.away), plan.spool, SystemClock(), step=step
        )
    finally:
        engine.dispose()
