"""Runs commands in processes of their own that have imported everything already: forks of one that waits for orders.

`python -m tests.support.command_server` reads an order a line from its standard input (JSON: `argv`, `env`, `cwd`, and the
files `out` and `err`) and answers with the exit code. Starting Python and importing is most of what a short command takes.
"""

import json
import os
import sys
from typing import Any

from matpho.__main__ import main


def _become(order: dict[str, Any]) -> None:
    """Be the command: its arguments, environment and files."""
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    sys.argv = ["matpho", *order["argv"]]


def _run(order: dict[str, Any]) -> int:
    """Return the exit code of a command that was run in a fork."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _become(order)
            main()
            code = 0
        except SystemExit as ended:
            if isinstance(ended.code, str):
                sys.stderr.write(f"{ended.code}\n")
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        except BaseException:  # noqa: BLE001 - as Python itself would tell it
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(f"{_run(json.loads(line))}\n")
        sys.stdout.flush()
