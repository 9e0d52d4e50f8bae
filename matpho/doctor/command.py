"""`matpho doctor`: take the readings, judge them, tell what was found."""

import sys
from collections.abc import Iterator, Sequence
from datetime import tzinfo

import click

from foundation.clock import Clock, SystemClock
from foundation.errors import N_
from foundation.language import Language, translate
from foundation.settings import Settings
from matpho.doctor.finding import LEVEL_TEXT, Finding, Level
from matpho.doctor.house import catalogue_file, read_house
from matpho.doctor.judge_house import judge_house
from matpho.doctor.judge_machine import judge_machine
from matpho.doctor.load import load_of
from matpho.doctor.machine import LinuxMachine, Machine
from matpho.output import columns, json_option, say


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say whether this machine can carry the registered cameras, and what to mend; exit code 1 when it cannot."""
    settings, clock = Settings.from_environment(), SystemClock()
    found = examine(settings, LinuxMachine(clock), clock)
    language, zone = settings.language, settings.zone
    problems = sum(finding.level is Level.PROBLEM for finding in found)
    body = {"ok": not problems, "findings": [finding.as_dict(language, zone) for finding in found]}
    say(as_json, body, _lines(found, language, zone))
    if problems:
        sys.exit(1)


def examine(settings: Settings, machine: Machine, clock: Clock) -> list[Finding]:
    """Return all findings. Nothing is created or upgraded; what is written to try the disk and the store is removed."""
    house = read_house(settings, clock)
    readings = machine.read(settings.data, catalogue_file(settings))
    load = load_of(house.registered.live)
    judged = judge_machine(readings, load, settings.keep_free_bytes, remote=bool(settings.store_url))
    return [*judged, *judge_house(house)]


def _lines(found: Sequence[Finding], language: Language, zone: tzinfo) -> Iterator[str]:
    rows = []
    for finding in found:
        text, mend = finding.said(language, zone)
        rows.append([translate(language, LEVEL_TEXT[finding.level]), text])
        if mend:
            rows.append(["", f"→ {mend}"])
    yield from columns(rows)
    yield ""
    counts = {level: sum(finding.level is level for finding in found) for level in Level}
    text = N_("{problems} problems, {warnings} warnings")
    yield translate(language, text, problems=counts[Level.PROBLEM], warnings=counts[Level.WARNING])
