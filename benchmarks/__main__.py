"""Run one benchmark or all: `python -m benchmarks [NAME [MODE …] …]`. Modes are those of the benchmark before them."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

_HELPERS = frozenset(
    (
        *("__init__", "__main__", "harness", "served", "ward"),
        *("accounting", "processes", "playing", "pyav_receiver", "receivers", "retrieval", "record_without", "street"),
    )
)


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _HELPERS)


def asked_for(arguments: list[str]) -> list[tuple[ModuleType, list[str]]]:
    """Return the benchmarks with their modes. Raises `ValueError` for a word that is neither."""
    found: list[tuple[ModuleType, list[str]]] = []
    for word in arguments or names():
        if word in names():
            found.append((importlib.import_module(f"benchmarks.{word}"), []))
        elif found and word in getattr(found[-1][0], "MODES", ()):
            found[-1][1].append(word)
        else:
            raise ValueError(f"no benchmark {word}; there are: {', '.join(names())}")
    return found


def main(arguments: list[str]) -> int:
    try:
        found = asked_for(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for module, modes in found:
        module.main(*modes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
