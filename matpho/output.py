"""What commands say: one JSON document or lines for people on stdout; progress and problems on stderr."""

import errno
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Any

import click

from api.service import Service
from camera_registry.secrets import scrub
from foundation.clock import Clock, SystemClock
from foundation.errors import N_, BadInput, MatPhoError, RowsRefused
from foundation.language import Language, say_error, say_row
from foundation.timebase import MICROSECONDS, InstantUnreadable, TimeRange, format_instant, parse_instant

NOTHING_FOUND, PARTIAL = 3, 4
_LINE_EVERY_US = 3 * MICROSECONDS


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(command)


def span_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--from` and `--to`."""
    start = click.option("--from", "start_us", required=True, type=INSTANT, help="RFC 3339 with offset.")
    end = click.option("--to", "end_us", required=True, type=INSTANT, help="RFC 3339 with offset; not in the range.")
    return start(end(command))


class FileUnwritable(BadInput):
    code = "file_unwritable"
    message = N_("“{name}” cannot be written: {why}")
    mend = N_("Name a folder that is there and that you may write to")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name the file that cannot be written. Raises `FileUnwritable`, at once where its folder is not there."""
    if not path.parent.is_dir():
        raise FileUnwritable(name=str(path), why=os.strerror(errno.ENOENT))
    try:
        yield
    except OSError as error:
        raise FileUnwritable(name=str(path), why=error.strerror or type(error).__name__) from error


class _Instant(click.ParamType[int]):
    """An RFC 3339 time with offset, as microseconds UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_instant(value)
        except InstantUnreadable as error:
            self.fail(str(error), param, ctx)


INSTANT = _Instant()


class _Length(click.ParamType[int]):
    """A length of time such as `7m30s`, `1h` or `2d3h`, as microseconds."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _LENGTH.fullmatch(value.strip().lower())
        if found is None or not any(found.groups()):
            self.fail("write days, hours, minutes and seconds, for example 7m30s or 1h", param, ctx)
        numbers = (int(part or 0) for part in found.groups())
        return sum(number * of for number, of in zip(numbers, (86_400, 3600, 60, 1), strict=True)) * MICROSECONDS


_LENGTH = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,7})h)?(?:(\d{1,7})m)?(?:(\d{1,7})s)?", re.ASCII)
LENGTH = _Length()


class _Point(click.ParamType[tuple[float, float]]):
    """`LAT,LON` in degrees (WGS 84)."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        try:
            lat, lon = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail("write LAT,LON, for example 10.7769,106.7009", param, ctx)
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            self.fail("latitude is from -90 to 90, longitude from -180 to 180", param, ctx)
        return lat, lon


POINT = _Point()


def say(as_json: bool, body: Any, lines: Iterable[str]) -> None:
    """Print `body` as JSON, or `lines`."""
    if as_json:
        print(json.dumps(body, ensure_ascii=False, indent=2))
        return
    for line in lines:
        print(line)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows with their columns aligned; the last column is not padded."""
    if not rows:
        return []
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def told_range(service: Service, span: TimeRange) -> dict[str, str]:
    return {"from": format_instant(span.start_us, service.zone), "to": format_instant(span.end_us, service.zone)}


def told_seconds(us: int) -> str:
    """Return a duration as `h:mm:ss`."""
    seconds = us // 1_000_000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def say_problem(language: Language, error: MatPhoError, zone: tzinfo) -> None:
    """Print an error of ours on stderr, times in `zone`, and the rows it names."""
    message, mend = say_error(language, error, zone)
    print(scrub(f"{message}. {mend}".strip()), file=sys.stderr)
    if isinstance(error, RowsRefused):
        for problem in error.problems:
            print(scrub(f"  {problem.line}, {problem.field}: {say_row(language, problem)}"), file=sys.stderr)


class Progress:
    """A bar on a terminal, else a plain line every few seconds: what is done sooner needs none."""

    def __init__(self, label: str, clock: Clock | None = None) -> None:
        self._label = label
        self._said = ("", -1)
        self._terminal = sys.stderr.isatty()
        self._clock = clock or SystemClock()
        self._next_us = self._clock.steady_us() + _LINE_EVERY_US

    def tell(self, stage: str, done: int, total: int) -> None:
        part = done * 100 // total if total else 100
        if self._terminal and (stage, part) != self._said:
            bar = "#" * (part // 4)
            print(f"\r{self._label} {stage:5} [{bar:25}] {part:3} %", end="", file=sys.stderr, flush=True)
        elif not self._terminal and self._clock.steady_us() >= self._next_us:
            print(f"{self._label}: {stage} {part} %", file=sys.stderr)
            self._next_us = self._clock.steady_us() + _LINE_EVERY_US
        self._said = (stage, part)

    def end(self) -> None:
        if self._terminal and self._said[0]:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
