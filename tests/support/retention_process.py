"""Run retention in a process that kills itself after a given step: `python -m tests.support.retention_process …`."""

import os
import signal
import sys
from pathlib import Path

from foundation.clock import ManualClock
from foundation.database import create_engine
from foundation.identity import SERVICE
from foundation.storage import open_store
from ingest.retention import retain


def main(url: str, data: Path, now_us: int, last_step: int) -> None:
    """Print each step; after the one with the number `last_step` (from 1) there is no more of us."""
    steps = 0

    def step(name: str) -> None:
        nonlocal steps
        steps += 1
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        if steps == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    engine, store = create_engine(url), open_store("", data)
    retain(engine, store, ManualClock(now_us), SERVICE, free_bytes=lambda: None, keep_free_bytes=0, step=step)


if __name__ == "__main__":
    url_, data_, *numbers = sys.argv[1:]
    main(url_, Path(data_), *map(int, numbers))
