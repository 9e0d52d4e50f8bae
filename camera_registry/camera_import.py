"""Cameras from a table (CSV or XLSX). All rows or none; every bad field is named by its line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.duties import not_begun, undone
from camera_registry.edits import missing, store
from camera_registry.fields import header, read
from camera_registry.revision import touch
from camera_registry.rowfile import FileUnreadable, Line, read_rows
from camera_registry.rules import rules_of_units
from camera_registry.search import fold
from camera_registry.secrets import Vault
from camera_registry.tables import Camera, Unit
from camera_registry.units import units_at
from foundation.clock import Clock
from foundation.errors import N_, RowProblem, RowsRefused
from foundation.identity import Actor

_CODES_TOLD = 10
_UNKNOWN = N_("“{value}” is not a unit of the registry; yours are: {codes}")
_NOT_THEIRS = N_("“{value}” is a unit that you do not register cameras for; yours are: {codes}")
_SEVERAL = N_("more than one unit has the name “{value}”; write the code of one: {codes}")


@dataclass(frozen=True)
class CamerasImported:
    """`unverified` are the codes whose bearing or field of view is missing: listed, but they cover nothing yet.

    `rows` are the values of the rows by field, as they are kept; sources have their passwords in them.
    """

    count: int
    unverified: list[str]
    rows: tuple[dict[str, Any], ...] = field(default=(), repr=False)


def import_cameras(
    session: Session,
    clock: Clock,
    vault: Vault,
    actor: Actor,
    file_name: str,
    data: bytes,
    *,
    dry_run: bool = False,
    zone: tzinfo = UTC,
    within: Callable[[int | None], bool] = lambda _: True,
    named: bool = False,
    unit: str | None = None,
) -> CamerasImported:
    """Register every camera of the file; with `dry_run` only say what would happen. Today is that of `zone`.

    `within` tells of a unit (None: of none) whether whoever imports may register there; a row of another is refused.
    A unit may be given by its name where one within reach has it; `unit` is that of a table without such a column. With `named` a row without a name is refused; else its code is its name.
    Raises `FileUnreadable`, or `RowsRefused` with every problem of every row.
    """
    now = clock.now_us()
    lines = read_rows(file_name, data)
    if not any(header(str(cell or "").strip()) for cell in lines[0].cells):
        raise FileUnreadable(file=file_name, why=N_("its first row has no column of a table of cameras"))
    fields, problems = _header(lines[0], ("code", *(("name",) if named else ()), "lat", "lon"))
    absent = {problem.field for problem in problems}
    rows: list[tuple[int, dict[str, Any]]] = []
    for line in lines[1:]:
        values, bad = _read_row(fields, line, absent, named=named)
        problems += bad
        problems += not_begun(values, now, zone, line.number)
        rows.append((line.number, values if unit is None or "unit" in fields else {**values, "unit": unit}))
    known = units_at(session, now)
    units = {unit.code: unit.id for unit in known}
    problems += _unknown_units(rows, known, within) + _elsewhere(rows, units, within)
    problems += _taken(session, rows) + _undone(session, rows, units, now)
    if problems:
        raise RowsRefused(file_name, sorted(problems, key=lambda problem: (problem.line, problem.field)))
    unverified = [row["code"] for _, row in rows if row.get("bearing_deg") is None or row.get("hfov_deg") is None]
    if not dry_run:
        for _, row in rows:
            store(session, vault, row, units[row["unit"]] if row.get("unit") else None, now)
        session.flush()
        touch(session)
        record(session, clock, actor, "camera:import", "camera", file_name, count=len(rows))
    return CamerasImported(len(rows), unverified, tuple(row for _, row in rows))


def _header(line: Line, needed: Sequence[str]) -> tuple[list[str], list[RowProblem]]:
    """Return the field of each column, empty where it holds none, and what is wrong with the columns."""
    fields, problems = list[str](), list[RowProblem]()
    for cell in line.cells:
        name = str(cell or "").strip()
        known = header(name)
        if known is None:
            problems.append(RowProblem(line.number, name[:80], N_("is not a known column")))
        elif known in fields:
            problems.append(RowProblem(line.number, name[:80], N_("is there twice")))
        fields.append(known if known is not None and known not in fields else "")
    problems += [RowProblem(line.number, name, N_("this column is missing")) for name in needed if name not in fields]
    return fields, problems


def _read_row(
    fields: Sequence[str], line: Line, absent: set[str], *, named: bool
) -> tuple[dict[str, Any], list[RowProblem]]:
    """Return the values of a row and what is wrong with them; of a column that is `absent` that was said once."""
    cells = {name: cell for name, cell in zip(fields, line.cells, strict=False) if name}
    values, bad = read(cells, line.number)
    told = absent | {problem.field for problem in bad}
    lacks = missing(values, line.number) + (_unnamed(values, line.number) if named else [])
    bad += [problem for problem in lacks if problem.field not in told]
    if len(line.cells) > len(fields):
        bad.append(RowProblem(line.number, "", N_("has more cells than the header")))
    return values, bad


def _unnamed(values: dict[str, Any], line: int) -> list[RowProblem]:
    return [] if values.get("name") else [RowProblem(line, "name", N_("is missing"))]


def _unknown_units(
    rows: Sequence[tuple[int, dict[str, Any]]], known: Sequence[Unit], within: Callable[[int | None], bool]
) -> list[RowProblem]:
    """Put the code of a unit in place of its name, where one within reach has that name; return what names none of them."""
    named, elsewhere = dict[str, list[str]](), set[str]()
    for unit in known:
        if within(unit.id):
            named.setdefault(fold(unit.name), []).append(unit.code)
        else:
            elsewhere.add(fold(unit.name))
    ours = sorted(code for codes in named.values() for code in codes)
    every = {unit.code for unit in known}
    problems = []
    for line, row in rows:
        if not row.get("unit") or row["unit"] in every:
            continue
        name = fold(row["unit"])
        found = named.get(name, [])
        if len(found) == 1:
            row["unit"] = found[0]
            continue
        message = _SEVERAL if found else _NOT_THEIRS if name in elsewhere else _UNKNOWN
        problems.append(RowProblem(line, "unit", message, {"value": row["unit"], "codes": _listed(found or ours)}))
    return problems


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:_CODES_TOLD]) + (", …" if len(codes) > _CODES_TOLD else "")


def _elsewhere(
    rows: Sequence[tuple[int, dict[str, Any]]], units: dict[str, int | None], within: Callable[[int | None], bool]
) -> list[RowProblem]:
    """Return the rows of units that are there, but not within reach of whoever imports."""
    problems = []
    for line, row in rows:
        unit = row.get("unit")
        if not unit and not within(None):
            problems.append(RowProblem(line, "unit", N_("is missing; you register cameras of your own units only")))
        elif unit in units and not within(units[unit]):
            message = N_("“{value}” is not a unit that you register cameras for")
            problems.append(RowProblem(line, "unit", message, {"value": unit}))
    return problems


def _undone(
    session: Session, rows: Sequence[tuple[int, dict[str, Any]]], units: dict[str, int | None], now: int
) -> list[RowProblem]:
    """Return what the rules of their units have against the rows; a row of an unknown unit is refused for that."""
    placed = [(line, row, units.get(row.get("unit") or "")) for line, row in rows]
    placed = [(line, row, unit_id) for line, row, unit_id in placed if unit_id is not None or not row.get("unit")]
    rules = rules_of_units(session, [unit_id for _, _, unit_id in placed], now)
    return [problem for line, row, unit_id in placed for problem in undone(row, rules[unit_id], line)]


def _taken(session: Session, rows: Sequence[tuple[int, dict[str, Any]]]) -> list[RowProblem]:
    codes = [row["code"] for _, row in rows if row.get("code")]
    stored = set(session.execute(sa.select(col(Camera.code)).where(col(Camera.code).in_(codes))).scalars())
    problems, seen = [], dict[str, int]()
    for line, row in rows:
        code = row.get("code")
        if code is None:
            continue
        if code in seen:
            fields = {"code": code, "line": seen[code]}
            problems.append(RowProblem(line, "code", N_("“{code}” is in line {line} already"), fields))
        elif code in stored:
            message = N_("“{code}” is registered already; a code is never used again")
            problems.append(RowProblem(line, "code", message, {"code": code}))
        seen.setdefault(code, line)
    return problems
