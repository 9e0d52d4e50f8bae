"""Compile the receive path for this machine with mypyc: `python -m ingest.live.compiling [--check | --undo]`.

The modules are copied to where the compiler finds nothing else, so that what it makes depends on them alone and
`compiled.fingerprint` tells whether it is theirs. What it makes comes into its place whole, by a rename.
"""

import argparse
import contextlib
import importlib
import os
import shlex
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from ingest.live.compiled import LIBRARY, MODULES, PLACE, SOURCES, ReceivePath, folder_of, receive_path

_CANNOT, _NOTHING_TO_DO = 1, 3
"""Exit codes of `--check`."""
_TYPES = ("--config-file=", "--follow-imports=skip", "--ignore-missing-imports", "--explicit-package-bases")
"""Types are checked with all the rest by `make lint`; here what is imported from elsewhere is just called."""


def missing() -> str:
    """Return what of this machine compiling needs and does not find; empty if all is there."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        return f"a C compiler ({compiler})"
    header = Path(sysconfig.get_path("include"), "Python.h")
    return "" if header.is_file() else f"Python's headers ({header}; Debian: python3-dev)"


def compile_modules() -> Path:
    """Compile, and return the folder. Raises `SystemExit` with what the compiler says, `ImportError` without mypyc."""
    mypyc = importlib.import_module("mypyc.build")
    setuptools = importlib.import_module("setuptools")
    package = Path(*str(__package__).split("."))
    with tempfile.TemporaryDirectory(prefix="matpho-compile-") as name, contextlib.chdir(name):
        package.mkdir(parents=True)
        for folder in (package, *package.parents[:-1]):
            (folder / "__init__.py").touch()
        for module in (*MODULES, "compiling"):
            shutil.copy(SOURCES / f"{module}.py", package)
        paths = [str(package / f"{module}.py") for module in MODULES]
        group = f"{__package__}.{LIBRARY.removesuffix('__mypyc')}"
        modules = mypyc.mypycify([*_TYPES, *paths], group_name=group, target_dir="c", debug_level="0")
        build = setuptools.Distribution({"ext_modules": modules}).get_command_obj("build_ext")
        build.build_lib, build.build_temp = "out", "objects"
        build.ensure_finalized()
        build.run()
        return _place(Path("out") / package, folder_of(package.absolute()))


def _place(made: Path, folder: Path) -> Path:
    """Put what was made in its place; what was there before, of whatever sources, goes."""
    undo()
    folder.parent.mkdir()
    with tempfile.TemporaryDirectory(dir=folder.parent) as near:
        shutil.move(made, Path(near, "made"))
        os.sync()  # so that after a power cut a folder of that name is whole
        Path(near, "made").rename(folder)
    return folder


def undo() -> None:
    """Remove whatever was compiled: the sources run from the next start on."""
    shutil.rmtree(SOURCES / PLACE, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest.live.compiling", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="tell whether it can be done: exit code 1 if not, 3 if it is done or not wanted",
    )
    parser.add_argument("--undo", action="store_true", help="remove what was compiled")
    asked = parser.parse_args()
    if asked.undo:
        undo()
        return _said("The receive path runs as Python.")
    if asked.check and receive_path() in {ReceivePath.COMPILED, ReceivePath.OFF}:
        return _NOTHING_TO_DO
    if lacking := missing():
        return _said(f"The receive path stays Python; to compile it, this machine lacks {lacking}.", _CANNOT)
    if asked.check:
        return 0
    compile_modules()
    return _said("The receive path is compiled: recording takes less of the processor from the next start on.")


def _said(text: str, code: int = 0) -> int:
    sys.stdout.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
