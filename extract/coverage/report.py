"""An audit of coverage for programs and spreadsheets: JSON and CSV; and the one place to find every other form."""

import csv
import io
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

import numpy as np

from extract.coverage.columns import CAMERA_COLUMNS, UNIT_COLUMNS, gap_of, values_of
from extract.coverage.geojson import as_geojson
from extract.coverage.map import as_svg
from extract.coverage.records import Coverage
from extract.coverage.table import as_table
from foundation.language import Language
from foundation.timebase import MICROSECONDS, format_instant

__all__ = ["as_csv", "as_dict", "as_geojson", "as_svg", "as_table", "cells_csv"]


def as_dict(coverage: Coverage, language: Language, zone: tzinfo) -> dict[str, Any]:
    """Return the audit as JSON: shares from 0 to 1, times in `zone`, reasons of gaps also in words of `language`."""
    return {
        "unit": coverage.unit_code,
        "from": format_instant(coverage.asked.start_us, zone),
        "to": format_instant(coverage.asked.end_us, zone),
        "counted_from": format_instant(coverage.span.start_us, zone),
        "counted_to": format_instant(coverage.span.end_us, zone),
        "cell_m": coverage.cell_m,
        "total": values_of(UNIT_COLUMNS, coverage.total),
        "units": [values_of(UNIT_COLUMNS, row) for row in coverage.units],
        "cameras": [
            {**values_of(CAMERA_COLUMNS, row), "longest_gap": gap_of(row, language, zone)} for row in coverage.cameras
        ],
        "unassigned": coverage.unassigned,
        "cells": 0 if coverage.cells is None else coverage.cells.grid.count,
        "hours": list(_hours(coverage, zone)),
    }


def _hours(coverage: Coverage, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Give for each hour how many cells some camera saw and recorded, and the cameras over a cell in the mean."""
    cells = coverage.cells
    if cells is None:
        return
    watched = np.zeros(len(cells.hours_us), np.int64)
    cameras = np.zeros(len(cells.hours_us))
    for numbers, mean, count in cells.by_hour():
        watched += (count > 0).sum(axis=0)
        cameras += cells.grid.inside[numbers].astype(np.float64) @ mean
    cameras /= max(1, int(cells.grid.inside.sum()))
    bounds = [format_instant(int(at), zone) for at in cells.bounds]
    for hour, (seen, mean_cameras) in enumerate(zip(watched.tolist(), cameras.tolist(), strict=True)):
        yield {
            "from": bounds[hour],
            "to": bounds[hour + 1],
            "cells": seen,
            "cameras": round(mean_cameras, 6),
        }


def as_csv(coverage: Coverage, language: Language, zone: tzinfo) -> str:
    """Return one row for each camera, CRLF as RFC 4180 has it. Shares from 0 to 1, durations in seconds."""
    out = io.StringIO()
    table = csv.writer(out)
    names = [column.name.replace("_us", "_s") for column in CAMERA_COLUMNS]
    table.writerow([*names, "gap_from", "gap_to", "gap_s", "gap_reason", "gap_text"])
    for row in coverage.cameras:
        gap = gap_of(row, language, zone)
        told = (
            ["", "", "", "", ""]
            if gap is None
            else [gap["from"], gap["to"], gap["duration_us"] / MICROSECONDS, gap["reason"], gap["text"]]
        )
        values = values_of(CAMERA_COLUMNS, row).items()
        table.writerow(
            [*(cell(value / MICROSECONDS if name.endswith("_us") else value) for name, value in values), *told]
        )
    return out.getvalue()


def cell(value: Any) -> Any:
    """Return a value as a cell of a table for people."""
    if isinstance(value, bool):
        return int(value)
    # A spreadsheet runs what begins like a formula, and names come from files of other people.
    return f"'{value}" if isinstance(value, str) and value[:1] in set("=+-@\t\r") else value


def cells_csv(coverage: Coverage, zone: tzinfo) -> Iterator[str]:
    """Give CSV in pieces, a row for each cell and hour in which a camera saw and recorded; the others are all zero.

    A month of a city has millions of rows, so they are never together in memory.
    """
    yield "row,column,lat,lon,from,to,cameras_mean,cameras\r\n"
    cells = coverage.cells
    if cells is None:
        return
    bounds = [format_instant(int(at), zone) for at in cells.bounds]
    for numbers, mean, count in cells.by_hour():
        for number, means, counts in zip(numbers, mean, count, strict=True):
            row, column = int(cells.grid.row[number]), int(cells.grid.column[number])
            half = cells.grid.cell_m / 2
            lat, lon = cells.frame.to_degrees(column * 2 * half + half, row * 2 * half + half)
            place = f"{row},{column},{lat:.6f},{lon:.6f}"
            hours = np.flatnonzero(counts)
            yield "".join(
                f"{place},{bounds[hour]},{bounds[hour + 1]},{means[hour]:.4f},{counts[hour]}\r\n" for hour in hours
            )
