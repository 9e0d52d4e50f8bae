"""The command line as people run it: in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Matpho = Callable[..., Told]


def matpho_on(data: Path, **always: str) -> Matpho:
    """Return a function that runs `matpho ARGUMENTS` on a data folder; keywords, here and there, are settings."""

    def run(*arguments: str | Path, **settings: str) -> Told:
        known = {name: value for name, value in os.environ.items() if not name.startswith("MATPHO_")}
        environment = known | {"MATPHO_DATA": str(data), "MATPHO_LANGUAGE": "en"} | always | settings
        done = subprocess.run(
            [sys.executable, "-m", "matpho", *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Told(done.returncode, done.stdout, done.stderr)

    return run
