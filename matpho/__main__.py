"""The command line. Exit codes: 0 done, 1 error, 2 wrong usage, 3 nothing found, 4 partial."""

import os
import sys
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import click

from foundation.errors import ErrorKind, MatPhoError
from foundation.language import Language
from foundation.settings import Settings
from matpho import footage, house, questions, register
from matpho.audit_command import audit
from matpho.coverage_command import coverage
from matpho.demo import demo
from matpho.doctor import doctor
from matpho.hold_command import hold
from matpho.keys_command import keys
from matpho.output import NOTHING_FOUND, say_problem
from matpho.record_command import record
from matpho.recording_command import recording
from matpho.retention_command import retention
from matpho.rules_command import rules
from matpho.subjects_command import subjects
from matpho.users import users


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Mắt Phố: who saw this place at this time, and may I have it as evidence?"""


for command in (
    demo,
    house.init,
    house.serve,
    house.check,
    doctor,
    record,
    recording,
    retention,
    hold,
    audit,
    register.units,
    register.cameras,
    footage.clips,
    footage.clip,
    footage.frame,
    questions.timeline,
    questions.lookup,
    coverage,
    users,
    rules,
    subjects,
    keys,
):
    cli.add_command(command)


def run(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code; our own errors are said in the reader's language."""
    try:
        command()
    except MatPhoError as error:
        say_problem(_language(), error, _zone())
        return NOTHING_FOUND if error.kind is ErrorKind.NOT_FOUND else 1
    return 0


def _language() -> Language:
    """Return the language of the settings; what cannot be read there is told in the default one."""
    found = os.environ.get("MATPHO_LANGUAGE")
    return "en" if found == "en" else "vi"


def _zone() -> tzinfo:
    try:
        return Settings.from_environment().zone
    except MatPhoError:  # which is then probably what is being told
        return Settings().zone


def main() -> None:
    sys.exit(run(cli))


if __name__ == "__main__":
    main()
