"""Which code receives: the modules below as Python runs them, or what `compiling` made of them (docs/decisions/0020-compiled-receive-path.md).

What was compiled lies in a folder named by a digest of what it was made from, and only the folder of the sources that are here is
ever looked into. So after any change the sources run until they are compiled anew: nothing that runs can be of other sources.
"""

import hashlib
import importlib
import os
import sys
from collections.abc import MutableSequence
from enum import StrEnum
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

MODULES = ("gathering", "lanes", "pictures", "rtp", "steady", "taking", "usual", "wire")
"""Where a picture passes on its way from the receive buffer into its piece."""
SOURCES = Path(__file__).parent
PLACE = "_compiled"
LIBRARY = "receive_path__mypyc"
"""What the compiled modules share."""
SWITCH = "MATPHO_COMPILED"
_OFF = frozenset({"0", "f", "false", "n", "no", "off"})


class ReceivePath(StrEnum):
    COMPILED = "compiled"
    SOURCES = "sources"
    """Nothing was compiled."""
    CHANGED = "changed"
    """Something was, from other sources or for another Python; the sources run."""
    BROKEN = "broken"
    """What was compiled from these sources cannot be loaded; the sources run."""
    OFF = "off"
    """The setting says that the sources are to run."""


_chosen = ReceivePath.SOURCES


def receive_path() -> ReceivePath:
    """Return what this process runs."""
    return _chosen


def fingerprint(sources: Path = SOURCES) -> str:
    """Return what names the folder of these sources: they, how they are compiled, and the kind of Python."""
    digest = hashlib.sha256(f"{EXTENSION_SUFFIXES[0]} {sys.version} {MODULES}".encode())
    for name in (*MODULES, "compiling"):
        digest.update(hashlib.sha256((sources / f"{name}.py").read_bytes()).digest())
    return digest.hexdigest()[:32]


def folder_of(sources: Path = SOURCES) -> Path:
    """Return where the compiled modules of these sources lie, or would."""
    return SOURCES / PLACE / fingerprint(sources)


def use(search: MutableSequence[str]) -> None:
    """Let the modules of this package be found compiled first, where that fits. Called before any of them is imported."""
    global _chosen  # noqa: PLW0603 - decided once for the process, as imports are
    _chosen = _choose(search)


def _choose(search: MutableSequence[str]) -> ReceivePath:
    if os.environ.get(SWITCH, "").strip().lower() in _OFF:
        return ReceivePath.OFF
    folder = folder_of()
    if not folder.is_dir():
        return ReceivePath.CHANGED if (SOURCES / PLACE).is_dir() else ReceivePath.SOURCES
    search.insert(0, str(folder))
    try:
        importlib.import_module(f"{__package__}.{LIBRARY}")
    except ImportError:
        search.remove(str(folder))
        return ReceivePath.BROKEN
    return ReceivePath.COMPILED
