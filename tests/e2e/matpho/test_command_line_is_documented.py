"""docs/ref/cli.md and the commands say the same."""

import re
from collections.abc import Iterator

import click

from matpho.__main__ import cli
from tests.support.command_line import ROOT

_ROW = re.compile(r"^\| `matpho ([^`]+)` \|", re.MULTILINE)
_SAID = re.compile(r"(?:^|`)(?:\$ )?(?:\.venv/bin/)?matpho ([a-z][^`\n]*)", re.MULTILINE)
_OPTION = re.compile(r"--[a-z-]+")


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def test_every_command_with_its_options_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "ref" / "cli.md").read_text()
    told = {}
    for row in _ROW.findall(page):
        words = re.split(r" (?=[\[A-Z-])", row, maxsplit=1)
        told[words[0]] = set(_OPTION.findall(row))
    built = {
        name: {
            option
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--") and not getattr(parameter, "hidden", False)
        }
        - {"--json"}
        for name, command in commands(cli)
    }
    assert told == built


def test_every_command_speaks_json() -> None:
    silent = {name for name, command in commands(cli) if "--json" not in [o for p in command.params for o in p.opts]}
    assert silent == set()


def test_every_command_in_the_guides_exists_with_its_options() -> None:
    built = {name: {option for item in command.params for option in item.opts} for name, command in commands(cli)}
    pages = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
    said = [line for page in pages for line in _SAID.findall(page.read_text())]
    assert len(said) > 10
    for line in said:
        name = next((name for name in built if line.startswith(name)), None)
        assert name is not None, line
        assert set(_OPTION.findall(line)) <= built[name], line
