"""A PostgreSQL server of the installed Debian package, for the length of a test run, as an unprivileged user."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNSAFE_AND_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


def programs() -> Path:
    """Return the folder of initdb and pg_ctl of the newest installed version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed: run `make system`")
    return found[-1].parent


def _user() -> str:
    """Return who runs the server: initdb refuses to work for root."""
    return "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


@contextmanager
def cluster(settings: str = _UNSAFE_AND_FAST) -> Iterator[str]:
    """Start a server that listens on a socket in a temporary folder only; give the address of its first database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # not pytest's: its folders are closed to the unprivileged user
    user = _user()
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"
    as_user = user if os.geteuid() == 0 else None

    def run(*command: str | Path) -> None:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, user=as_user
        )
        if done.returncode:
            detail = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}{detail}")

    bin_ = programs()
    try:
        run(bin_ / "initdb", "-D", data, "-U", "matpho", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' {settings}"
        run(bin_ / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://matpho@/postgres?host={folder}"
        finally:
            run(bin_ / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
