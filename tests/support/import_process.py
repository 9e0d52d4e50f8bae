"""Import one file in a process that kills itself after a given step: `python -m tests.support.import_process …`."""

import os
import signal
import sys
from datetime import UTC
from pathlib import Path

from foundation.clock import ManualClock
from foundation.database import create_engine
from foundation.identity import SERVICE
from foundation.storage import open_store
from ingest.clips_import import ClipImporter


def main(url: str, data: Path, file: Path, start_us: int, now_us: int, last_step: int) -> None:
    """Print each step; after the one with the number `last_step` (from 1; 0 for never) there is no more of us."""
    engine = create_engine(url)
    steps = 0

    def step(name: str) -> None:
        nonlocal steps
        steps += 1
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        if steps == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    importer = ClipImporter(engine, open_store("", data), ManualClock(now_us), data, UTC, step=step)
    importer.run(file, "C1", actor=SERVICE, start_us=start_us)


if __name__ == "__main__":
    url_, data_, file_, *numbers = sys.argv[1:]
    main(url_, Path(data_), Path(file_), *map(int, numbers))
