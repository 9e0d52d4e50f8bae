"""Rotate keys, for a process of a nursery (`tests.support.step_by_step`)."""

from collections.abc import Callable
from pathlib import Path

from camera_registry.secrets import Vault
from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.identity import COMMAND_LINE
from matpho.key_rotation import rotate


def turn(step: Callable[[str], None], url: str, key_file: Path) -> None:
    rotate(create_engine(url), Vault.open(key_file), SystemClock(), COMMAND_LINE, step=step)
