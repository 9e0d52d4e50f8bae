"""Errors are of a closed list of kinds, and are said in the reader's language."""

import json
import string
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

import api.app  # noqa: F401 - every error class is to be known
import matpho.__main__  # noqa: F401
from foundation.errors import ErrorKind, MatPhoError, NotFound, RowProblem, RowsRefused
from foundation.language import say_error, say_row, translate
from foundation.timebase import RangeEmpty, TimeRange


def classes(base: type[MatPhoError] = MatPhoError) -> Iterator[type[MatPhoError]]:
    yield base
    for child in base.__subclasses__():
        if not child.__module__.startswith("tests."):
            yield from classes(child)


@pytest.mark.parametrize("error", list(classes()), ids=lambda error: error.code)
def test_each_is_said_whole_in_both_languages(error: type[MatPhoError]) -> None:
    names = {name for _, name, _, _ in string.Formatter().parse(error.message + error.mend) if name}
    made = error.__new__(error)
    Exception.__init__(made)
    made.fields = dict.fromkeys(names, "7")
    english, vietnamese = say_error("en", made), say_error("vi", made)
    assert english[0]
    assert english[0] != vietnamese[0]
    assert bool(english[1]) == bool(vietnamese[1])
    assert "{" not in "".join((*english, *vietnamese))
    assert made.kind in ErrorKind


def test_a_code_names_one_error() -> None:
    codes = [error.code for error in classes()]
    assert len(codes) == len(set(codes))


def test_a_field_that_is_a_text_is_translated_too() -> None:
    error = NotFound(what="camera", name="C9")
    assert say_error("en", error)[0] == "There is no camera “C9”"
    assert say_error("vi", NotFound(what="unit", name="KP9"))[0] == "Không có đơn vị “KP9”"


def test_times_are_told_in_the_readers_zone_and_kept_in_utc() -> None:
    with pytest.raises(RangeEmpty) as refused:
        TimeRange(1_772_892_300_000_000, 1_772_892_300_000_000)
    error = refused.value
    assert "2026-03-07T21:05:00+07:00" in say_error("en", error, ZoneInfo("Asia/Ho_Chi_Minh"))[0]
    assert json.dumps(error.fields["start"]) == '"2026-03-07T14:05:00Z"'


def test_braces_that_people_type_are_letters() -> None:
    assert "{0.__class__}" in say_error("en", NotFound(what="camera", name="{0.__class__}"))[0]
    assert "{0.__class__}" in say_error("vi", NotFound(what="camera", name="{0.__class__}"))[0]


def test_rows_are_said_one_by_one() -> None:
    problem = RowProblem(3, "lat", "{value} is outside {low} to {high}", {"value": "95", "low": "-90", "high": "90"})
    assert say_row("en", problem) == "95 is outside -90 to 90"
    assert say_row("vi", problem) == "95 nằm ngoài khoảng -90 đến 90"
    refused = RowsRefused("c.csv", [problem])
    assert "c.csv: 1 problems" in str(refused)


def test_a_text_nobody_translated_stays_english() -> None:
    assert translate("vi", "no such text {n}", n=1) == "no such text 1"
