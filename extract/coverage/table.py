"""An audit of coverage as plain text, for a terminal or a letter."""

import unicodedata
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from extract.coverage.columns import CAMERA_COLUMNS, UNIT_COLUMNS, Column, gap_of
from extract.coverage.records import Coverage
from foundation.errors import N_
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS, format_instant


def as_table(coverage: Coverage, language: Language, zone: tzinfo) -> str:
    """Return the audit in `language`, times in `zone`: first the units, then the cameras."""
    span, total = coverage.span, coverage.total
    whom = say_value(total.name, language) if total.name else translate(language, N_("all units"))
    bounds = {"start": format_instant(span.start_us, zone), "end": format_instant(span.end_us, zone)}
    lines = [translate(language, N_("Coverage of {unit}, {start} to {end}"), unit=whom, **bounds), ""]
    units = [_row(UNIT_COLUMNS, row, language) for row in coverage.units]
    if coverage.unit_code is None:
        units.append([translate(language, N_("Together")), *_row(UNIT_COLUMNS, total, language)[1:]])
    lines += _grid(_headings(UNIT_COLUMNS, language), units)
    headings = [*_headings(CAMERA_COLUMNS, language), *(translate(language, text) for text in _GAP)]
    rows = []
    for row in coverage.cameras:
        gap = gap_of(row, language, zone)
        told = ["–", ""] if gap is None else [_duration(gap["duration_us"]), gap["text"]]
        rows.append([*_row(CAMERA_COLUMNS, row, language), *told])
    lines += ["", *_grid(headings, rows)]
    if coverage.unassigned:
        lines += ["", translate(language, N_("{count} cameras belong to no unit"), count=coverage.unassigned)]
    return "\n".join(lines) + "\n"


_GAP = (N_("Longest gap"), N_("Its reason"))


def _headings(columns: Sequence[Column[Any]], language: Language) -> list[str]:
    return [translate(language, column.heading) for column in columns if column.table]


def _row(columns: Sequence[Column[Any]], row: Any, language: Language) -> list[str]:
    return [say_value(column.value(row), language, share=column.share) for column in columns if column.table]


def say_value(value: Any, language: Language, *, share: bool = False) -> str:
    """Return a value as people read it; Vietnamese writes the decimal comma."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return translate(language, N_("yes") if value else N_("no"))
    if isinstance(value, float):
        text = f"{value * 100:.1f} %" if share else f"{value:,.0f}"
        return text.translate(str.maketrans(".,", ",.")) if language == "vi" else text
    # Names come from files of other people: one with a line break or an escape must not draw in the terminal.
    return "".join(" " if unicodedata.category(letter)[0] == "C" else letter for letter in str(value))


def _duration(us: int) -> str:
    minutes, seconds = divmod(us // MICROSECONDS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    ruled = [headings, ["-" * width for width in widths], *rows]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in ruled]
