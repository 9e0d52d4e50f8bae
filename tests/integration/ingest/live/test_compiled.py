"""The receive path as compiled for real, in a copy of the packages as an installation has them: what runs, and that it does the same."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.live.compiled import LIBRARY, MODULES, PLACE, ReceivePath, folder_of
from ingest.live.compiling import missing

ROOT = Path(__file__).parents[4]
PACKAGES = ("foundation", "audit", "camera_registry", "ingest", "sample_clips", "tests")
CONCERNED = ("tests/unit/ingest/live", "tests/property/ingest/live", "tests/integration/ingest/live/test_connection.py")
ASKED = """
from importlib import import_module
from ingest.live import compiled
files = {import_module(f"ingest.live.{name}").__file__ for name in compiled.MODULES}
print(compiled.receive_path(), len({file for file in files if file.endswith(".so")}))
"""

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=f"nothing can be compiled here without {missing()}"),
]


class House:
    """The packages in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = folder / "ingest" / "live"

    def python(self, *arguments: str, compiled: str = "") -> "subprocess.CompletedProcess[str]":
        settings = os.environ | {"PYTHONPATH": str(self.folder), "MATPHO_COMPILED": compiled}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.folder, env=settings, capture_output=True, text=True, check=False)

    def runs(self, compiled: str = "") -> tuple[str, int]:
        """Return what a process says it runs, and how many of the modules it runs are compiled."""
        told = self.python("-c", ASKED, compiled=compiled)
        assert told.returncode == 0, told.stderr
        path, count = told.stdout.split()
        return path, int(count)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("built")
    for name in PACKAGES:
        leave = shutil.ignore_patterns("__pycache__", PLACE, "clips")
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", folder)
    house = House(folder)
    assert house.runs() == (ReceivePath.SOURCES, 0)
    if (
        folder_of().is_dir()
    ):  # a minute's work that `make setup` has just done, by the same command from the same sources
        shutil.copytree(folder_of(), house.sources / PLACE / folder_of().name)
        return house
    done = house.python("-m", "ingest.live.compiling")
    assert done.returncode == 0, done.stdout + done.stderr
    return house


@contextmanager
def spoilt(path: Path, data: bytes) -> Iterator[None]:
    """Let a file hold something else for a while."""
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


def test_what_is_compiled_runs_unless_a_setting_says_otherwise(built: House) -> None:
    assert built.runs() == (ReceivePath.COMPILED, len(MODULES))
    assert built.runs("false") == (ReceivePath.OFF, 0)
    assert built.python("-m", "ingest.live.compiling", "--check").returncode == 3


@pytest.mark.parametrize("name", [*MODULES, "compiling"])
def test_what_was_compiled_from_other_sources_does_not_run(built: House, name: str) -> None:
    source = built.sources / f"{name}.py"
    with spoilt(source, source.read_bytes() + b"\n# another\n"):
        assert built.runs() == (ReceivePath.CHANGED, 0)
        assert built.python("-m", "ingest.live.compiling", "--check").returncode == 0
    assert built.runs() == (ReceivePath.COMPILED, len(MODULES))


def test_what_cannot_be_loaded_does_not_run(built: House) -> None:
    (library,) = (built.sources / PLACE).glob(f"*/{LIBRARY}*")
    with spoilt(library, b"for another machine"):
        assert built.runs() == (ReceivePath.BROKEN, 0)
        assert built.python("-m", "ingest.live.compiling", "--check").returncode == 0


def test_it_can_be_undone(built: House, tmp_path: Path) -> None:
    house = House(
        shutil.copytree(built.folder, tmp_path / "house", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    )
    assert house.python("-m", "ingest.live.compiling", "--undo").returncode == 0
    assert house.runs() == (ReceivePath.SOURCES, 0)


def test_nothing_is_compiled_by_halves_where_there_is_no_compiler(
    built: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = built.sources / "wire.py"
    monkeypatch.setenv("CC", "no-such-compiler")
    with spoilt(source, source.read_bytes() + b"\n# another\n"):
        told = built.python("-m", "ingest.live.compiling")
        assert told.returncode == 1
        assert "lacks a C compiler (no-such-compiler)" in told.stdout
        assert built.runs() == (ReceivePath.CHANGED, 0)


def test_what_is_compiled_passes_the_tests_of_the_sources(built: House) -> None:
    """Units, properties, and arbitrary bytes: every answer and every error as from the sources."""
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", f"pythonpath={built.folder}"]
    told = built.python("-m", "pytest", *options, *CONCERNED, compiled="yes")
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    assert " passed" in told.stdout
    assert built.runs("yes") == (ReceivePath.COMPILED, len(MODULES))
