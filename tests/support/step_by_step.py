"""Work in a process that a nursery starts and that kills itself after a given step: what it told, and how it ended."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.nursery import Nursery


@dataclass
class TellsAndDies:
    """A step hook: writes each step to the file `told`; after the one with the number `last` (from 1; 0 for never) there is no more of us."""

    told: Path
    last: int
    steps: int = 0

    def __call__(self, name: str) -> None:
        self.steps += 1
        with self.told.open("a") as out:
            out.write(f"{name}\n")
        if self.steps == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_after(forks: Nursery, told: Path, last: int, work: Callable[..., None], *arguments: object) -> list[str]:
    """Let `work` be done up to the step `last`, or to its end; it is given the hook first. Return the steps it told."""
    code = forks.start(work, TellsAndDies(told, last), *arguments).end()
    assert code == (-signal.SIGKILL if last else 0), forks.said()
    return told.read_text().splitlines()
