"""What people and programs read on standard output and standard error."""

import sys

import pytest

from foundation.clock import ManualClock
from matpho.output import Progress, columns, told_seconds


class Terminal:
    """Standard error as a terminal has it."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def test_without_a_terminal_a_line_comes_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock(0)
    progress = Progress("a.mp4", clock)
    for part in range(101):
        progress.tell("read", part, 100)
        clock.advance(100_000)
    progress.end()
    assert capsys.readouterr().err.splitlines() == ["a.mp4: read 30 %", "a.mp4: read 60 %", "a.mp4: read 90 %"]


def test_what_is_done_at_once_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("a.mp4", ManualClock(0))
    progress.tell("read", 100, 100)
    progress.end()
    assert capsys.readouterr().err == ""


def test_on_a_terminal_there_is_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress("a.mp4", ManualClock(0))
    progress.tell("copy", 1, 2)
    progress.tell("copy", 1, 2)
    assert terminal.text == f"\ra.mp4 copy  [{'#' * 12}{' ' * 13}]  50 %"
    progress.end()
    assert terminal.text.endswith("\r\x1b[K")


def test_a_file_of_no_bytes_is_all_done(capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock(0)
    progress = Progress("a.mp4", clock)
    clock.advance(10_000_000)
    progress.tell("read", 0, 0)
    assert capsys.readouterr().err == "a.mp4: read 100 %\n"


def test_columns_are_aligned_and_the_last_is_not_padded() -> None:
    assert columns([["a", "bb"], ["ccc", "d"]]) == ["a    bb", "ccc  d"]
    assert columns([]) == []


@pytest.mark.parametrize(("us", "text"), [(0, "0:00:00"), (61_500_000, "0:01:01"), (36_000_000_000, "10:00:00")])
def test_durations_are_said_in_hours(us: int, text: str) -> None:
    assert told_seconds(us) == text
