"""Rotate keys in a process that kills itself after a given step: `python -m tests.support.rotation_process URL KEY_FILE N`."""

import os
import signal
import sys
from pathlib import Path

from camera_registry.secrets import Vault
from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.identity import COMMAND_LINE
from matpho.key_rotation import rotate


def main(url: str, key_file: Path, last_step: int) -> None:
    """Print each step; after the one with the number `last_step` (from 1) there is no more of us."""
    steps = 0

    def step(name: str) -> None:
        nonlocal steps
        steps += 1
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        if steps == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    rotate(create_engine(url), Vault.open(key_file), SystemClock(), COMMAND_LINE, step=step)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
