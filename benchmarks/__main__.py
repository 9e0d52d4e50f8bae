"""Run one benchmark or all: `python -m benchmarks [NAME …]`."""

import importlib
import sys
from pathlib import Path


def names() -> list[str]:
    helpers = {"__init__", "__main__", "harness", "served", "ward"}
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in helpers)


def main(arguments: list[str]) -> int:
    unknown = [name for name in arguments if name not in names()]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    for name in arguments or names():
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
