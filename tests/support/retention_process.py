"""Run retention, for a process of a nursery (`tests.support.step_by_step`)."""

from pathlib import Path

from foundation.clock import ManualClock
from foundation.database import create_engine
from foundation.identity import SERVICE
from foundation.storage import open_store
from ingest.retention import retain
from ingest.segment_writer import Step


def let_go(step: Step, url: str, data: Path, now_us: int) -> None:
    engine, store = create_engine(url), open_store("", data)
    retain(engine, store, ManualClock(now_us), SERVICE, free_bytes=lambda: None, keep_free_bytes=0, step=step)
