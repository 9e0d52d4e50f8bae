"""What is left of files when the power fails: of what was written since the last sync, any page may be there, or not.

A process that `watch_syncs` keeps a copy of each segment file as it was when it was last synced. After it was killed, `cut_power`
lets every page that differs from the copy be the new one or the old one, zeros where there was none, and ends the file
anywhere behind what was synced. Names of files are as they were: file systems with a journal bring them back in order. So is
the catalogue: SQLite syncs each commit (`synchronous=FULL`), and the database after a kill is the one of its last commit.
"""

import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ingest.segment_writer import Step

PAGE = 4096


def watch_syncs(folder: Path, copies: Path, step: Step) -> None:
    """Keep a copy of every file below `folder` that is synced from now on, and tell the steps before and after."""
    copies.mkdir(exist_ok=True)
    really: dict[str, Callable[[int], None]] = {"fsync": os.fsync, "fdatasync": os.fdatasync}

    def synced(name: str, file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").readlink()
        if path.suffix != ".mp4" or not path.is_relative_to(folder):
            really[name](file)
            return
        step("syncing")
        data = path.read_bytes()
        really[name](file)
        half = copies / f".{os.getpid()}-{file}"
        half.write_bytes(data)
        half.rename(copies / _name(path.relative_to(folder)))
        step("synced")

    for name in really:
        setattr(os, name, partial(synced, name))


def _name(key: Path) -> str:
    return key.as_posix().replace("/", "_")


def synced_copy(copies: Path, key: Path) -> bytes:
    """Return what of a file a power cut cannot take."""
    path = copies / _name(key.with_name(key.name.removesuffix(".kept")))
    return path.read_bytes() if path.exists() else b""


def cut_power(folder: Path, copies: Path, dice: random.Random) -> None:
    """Do to the segment files below `folder` what a power cut may do."""
    seen = set()
    for path in sorted(folder.rglob("*.mp4*")):
        if path.stat().st_ino not in seen:
            seen.add(path.stat().st_ino)
            path.write_bytes(_left(path.read_bytes(), synced_copy(copies, path.relative_to(folder)), dice))


def _left(new: bytes, old: bytes, dice: random.Random) -> bytes:
    written, end = (
        dice.choice((0.0, 0.5, 0.9, 1.0)),
        dice.choice((len(old), dice.randint(len(old), len(new)), len(new))),
    )
    before = old.ljust(len(new), b"\0")
    pages = [(new if dice.random() < written else before)[at : at + PAGE] for at in range(0, len(new), PAGE)]
    return b"".join(pages)[:end]
