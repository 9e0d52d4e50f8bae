"""A catalogue, a store and a recorder on them in this process, with cameras registered as people do it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from camera_registry.cameras import add_camera, edit_camera, get_camera
from camera_registry.secrets import Vault
from foundation.clock import SystemClock
from foundation.database import unit_of_work
from foundation.identity import SERVICE
from foundation.storage import LocalFiles, Spooled
from ingest.live.recorder import Options, Recorder
from tests.support.live_ward import Ward, code_of

PATIENCE_S = 40


class SetClock(SystemClock):
    """The clock of a machine that somebody sets."""

    by_us = 0

    def now_us(self) -> int:
        return super().now_us() + self.by_us


class House:
    """A catalogue, a store and a recorder on them."""

    def __init__(self, engine: sa.Engine, data: Path) -> None:
        self.engine, self.data = engine, data
        self.clock = SetClock()
        self.vault = Vault.open(data / "keys" / "camera.key")
        self.base = LocalFiles(data / "footage")
        self.store = Spooled(self.base, data / "recording")
        self.ward = Ward(engine, self.base, data / "recording", ())

    def add(self, number: int, address: str) -> None:
        with unit_of_work(self.engine) as session:
            facts = {"lat": 10.77, "lon": 106.7, "source": address}
            add_camera(session, self.clock, self.vault, SERVICE, code_of(number), facts)

    def edit(self, number: int, **changes: Any) -> None:
        with unit_of_work(self.engine) as session:
            revision = get_camera(session, code_of(number)).revision
            edit_camera(session, self.clock, self.vault, SERVICE, code_of(number), revision, changes)

    @asynccontextmanager
    async def recording(self, **more: Any) -> AsyncIterator[Recorder]:
        brisk = {"wait_scale": 0.05, "settle_s": 0.5, "tick_s": 0.25, "reserve_bytes": 2**20}
        options = Options(self.data / "recording", UTC, **(brisk | more))
        recorder = Recorder(self.engine, self.base, self.clock, self.vault, options)
        task = asyncio.create_task(recorder.run())
        try:
            yield recorder
        finally:
            recorder.stop()
            await task


async def until(so: Callable[..., Any], *told: Any) -> None:
    """Wait until it is so, as told by what is stored."""
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(so, *told):  # noqa: ASYNC110 - what is waited for is in the catalogue
            await asyncio.sleep(0.2)
