"""What pages say of errors: for every error there is, nothing that only a program understands."""

import pkgutil
import re
from collections.abc import Iterator
from datetime import timedelta, timezone
from importlib import import_module

import pytest

import access
import api
import audit
import camera_registry
import extract
import foundation
import ingest
import people
from api.asking import NotPermitted
from api.web.frame.advice import for_people, row_for_people, said_by_code, told
from foundation.errors import MatPhoError, RowProblem
from foundation.language import LANGUAGES, Language
from foundation.timebase import ToldInstant
from people.rights import Right

STREET = timezone(timedelta(hours=7))
_FOR_PROGRAMS = re.compile(
    r"`|\b(GET|POST|PUT|PATCH|DELETE|RFC|curl|matpho)\b|/api/|docs/|--|\b[a-z]{3,}\.[a-z]{3,}\b|\d-\d\dT\d\d:"
)


_SERVED = (access, api, audit, camera_registry, extract, foundation, ingest, people)
"""What pages may tell of; what only the command line says may speak of commands."""


def _every_error() -> Iterator[type[MatPhoError]]:
    for package in _SERVED:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    waiting = [MatPhoError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.partition(".")[0] in {package.__name__ for package in _SERVED}:
            yield kind
        waiting += kind.__subclasses__()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_error_speaks_to_people_as_to_a_program(language: Language) -> None:
    wrong, seen = [], 0
    for kind in set(_every_error()):
        names = set(re.findall(r"\{(\w+)", kind.message + kind.mend)) | {"right"}
        fields = dict.fromkeys(names, "2025-06-30T17:00:00Z") | {"right": str(Right.REQUEST_DECIDE)}
        text = " | ".join(said_by_code(language, STREET, kind.code, kind.message, kind.mend, fields))
        seen += 1
        wrong += [f"{kind.code}: {text}"] if _FOR_PROGRAMS.search(text) else []
    assert seen > 150
    assert wrong == [], "\n".join(wrong)


def test_a_right_is_said_by_its_words_and_who_has_it() -> None:
    error = NotPermitted(right=str(Right.FOOTAGE), why="no role of yours has it")
    text = told("en", error, STREET)
    assert "see footage, frames and clips, under a grant" in text
    assert "officer, supervisor" in text


def test_a_time_is_that_of_the_street_however_it_came() -> None:
    class Late(MatPhoError):
        message = "from {start} until {end}, {count}"

    error = Late(start="2025-06-30T17:00:00Z", end=ToldInstant(1_751_302_800_500_000), count=3)
    assert for_people("vi", error, STREET) == ("from 00:00:00 01/07/2025 until 00:00:00 01/07/2025, 3", "")
    row = RowProblem(2, "code", "“{code}” since {start}", {"code": "A", "start": "2026-03-07T21:05:00+07:00"})
    assert row_for_people("en", row, STREET) == "“A” since 21:05:00 07/03/2026"
