"""Live cameras whose loop is small and has many key frames, so that a recorder writes often: for tests of its survival."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.clock import SystemClock
from sample_clips import live
from sample_clips.__main__ import START_US
from sample_clips.live_footage import Loop, coded
from sample_clips.live_sender import Plan
from tests.support.command_line import ROOT
from tests.support.live_street import Live

LOOP = Loop(START_US, seconds=4, width=512, height=96, key_every=10, bits_per_s=400_000)
RATE = LOOP.rate


@contextmanager
def quick_street(folder: Path, cameras: int) -> Iterator[Live]:
    """Play so many cameras on a free port; `folder` keeps the loop."""
    command = [sys.executable, "-m", "tests.support.quick_street", str(folder), str(cameras)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        found = Live(process)
        try:
            yield found
        finally:
            found.stop()


if __name__ == "__main__":
    asyncio.run(live.run(Plan(int(sys.argv[2])), coded(Path(sys.argv[1]), LOOP), SystemClock(), 0, 0))
