"""Units from a file: GeoJSON with boundaries, or CSV without. All rows or none; every bad field is named by its line."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.boundaries import boundary_json
from camera_registry.fields import Unusable
from camera_registry.fields import read as read_fields
from camera_registry.revision import touch
from camera_registry.rowfile import FileUnreadable, decoded, delimiter_of
from camera_registry.search import fold
from camera_registry.tables import Unit
from camera_registry.telephones import read_contact, read_number
from foundation.clock import Clock
from foundation.errors import N_, BadInput, RowProblem, RowsRefused
from foundation.identity import Actor
from foundation.timebase import InstantUnreadable, format_instant, parse_instant

COLUMNS = ("code", "name", "kind", "parent", "valid_from", "valid_to", "phone", "contact")
_REQUIRED = ("code", "name", "kind")
_MOST = 20_000
_DEEPEST = 50


@dataclass(frozen=True)
class Row:
    line: int
    fields: Mapping[str, Any]
    boundary: dict[str, Any] | None


def valid_at(at_us: int) -> sa.ColumnElement[bool]:
    later = sa.or_(col(Unit.valid_to_us).is_(None), col(Unit.valid_to_us) > at_us)
    return sa.and_(col(Unit.valid_from_us) <= at_us, later)


def import_units(session: Session, clock: Clock, actor: Actor, file_name: str, data: bytes) -> int:
    """Store all units of the file and return how many. Raises `FileUnreadable` or `RowsRefused`."""
    rows = _geojson(file_name, data) if _is_geojson(file_name, data) else _csv(file_name, data)
    if len(rows) > _MOST:
        raise FileUnreadable(file=file_name, why=N_("more than 20,000 rows"))
    problems: list[RowProblem] = []
    read = [_read(row, problems) for row in rows]
    units = [unit for unit in read if unit is not None]
    parents = {unit.code: row for unit, row in zip(read, rows, strict=True) if unit is not None}
    _refuse_twice(session, units, rows, read, problems)
    order = _link(session, parents, {unit.code: unit for unit in units}, problems)
    if problems:
        raise RowsRefused(file_name, sorted(problems, key=lambda problem: (problem.line, problem.field)))
    for unit, parent in order:
        unit.parent_id = parent.id if parent is not None else unit.parent_id
        session.add(unit)
        session.flush()
    touch(session)
    record(session, clock, actor, "unit:import", "unit", file_name, count=len(units))
    return len(units)


def _is_geojson(file_name: str, data: bytes) -> bool:
    return file_name.lower().endswith(("json",)) or data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{"


def _geojson(file_name: str, data: bytes) -> list[Row]:
    try:
        document = json.loads(decoded(file_name, data))
    except (ValueError, RecursionError) as error:
        raise FileUnreadable(file=file_name, why=str(error)[:120]) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise FileUnreadable(file=file_name, why=N_("it is not a GeoJSON FeatureCollection"))
    rows = []
    for number, feature in enumerate(features, 1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise FileUnreadable(file=file_name, why=N_("a feature has no properties"))
        geometry = feature.get("geometry")
        rows.append(Row(number, properties, geometry if isinstance(geometry, dict) else None))
    return rows


def _csv(file_name: str, data: bytes) -> list[Row]:
    text = decoded(file_name, data)
    lines = csv.reader(text.splitlines(keepends=True), delimiter=delimiter_of(text))
    try:
        names = [fold(name) for name in next(lines)]
        unknown = [name for name in names if name not in COLUMNS]
        if unknown:
            raise RowsRefused(file_name, [RowProblem(1, name, N_("is not a known column")) for name in unknown])
        return [
            Row(lines.line_num, dict(zip(names, row, strict=False)), None) for row in lines if any(map(str.strip, row))
        ]
    except StopIteration:
        raise FileUnreadable(file=file_name, why=N_("it is empty")) from None
    except csv.Error as error:
        raise FileUnreadable(file=file_name, why=str(error)) from error


def _read(row: Row, problems: list[RowProblem]) -> Unit | None:
    before = len(problems)
    texts: dict[str, str | None] = {}
    for name in COLUMNS:
        text = str(row.fields.get(name) if row.fields.get(name) is not None else "").strip()
        texts[name] = text or None
        if not text and name in _REQUIRED:
            problems.append(RowProblem(row.line, name, N_("is missing")))
        if len(text) > 200 or any(ord(letter) < 32 for letter in text):
            problems.append(RowProblem(row.line, name, N_("is longer than {limit} characters"), {"limit": 200}))
    times = {name: _time(row, name, texts[name], problems) for name in ("valid_from", "valid_to")}
    start, end = times["valid_from"] or 0, times["valid_to"]
    if end is not None and end <= start:
        problems.append(RowProblem(row.line, "valid_to", N_("is not later than valid_from")))
    phone, contact = _telephone(row, texts, problems)
    boundary = None
    if row.boundary is not None:
        try:
            boundary = boundary_json(row.boundary)
        except Unusable as error:
            problems.append(RowProblem(row.line, "geometry", error.message, error.fields))
    if len(problems) > before:
        return None
    _, unusable = read_fields({"code": texts["code"]}, row.line)
    if unusable:
        problems += unusable
        return None
    code, name, kind = (texts[field] or "" for field in _REQUIRED)
    return Unit(
        code=code,
        name=name,
        folded_name=fold(name),
        kind=kind,
        valid_from_us=start,
        valid_to_us=end,
        boundary=boundary,
        phone=phone,
        contact=contact,
    )


def _telephone(row: Row, texts: Mapping[str, str | None], problems: list[RowProblem]) -> tuple[str | None, str | None]:
    read: dict[str, str | None] = {}
    for name, reading in (("phone", read_number), ("contact", read_contact)):
        try:
            read[name] = reading(texts[name] or "")
        except BadInput as error:
            problems.append(RowProblem(row.line, name, error.message, error.fields))
            return None, None
    if read["contact"] and not read["phone"]:
        problems.append(RowProblem(row.line, "phone", N_("is missing")))
    return read["phone"], read["contact"]


def _time(row: Row, name: str, text: str | None, problems: list[RowProblem]) -> int | None:
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InstantUnreadable:
        message = N_("“{value}” is not a time with its offset, such as 2026-03-07T21:05:00+07:00")
        problems.append(RowProblem(row.line, name, message, {"value": text[:80]}))
        return None


def _refuse_twice(
    session: Session, units: list[Unit], rows: list[Row], read: list[Unit | None], problems: list[RowProblem]
) -> None:
    """A code means one unit at a time: neither in the file nor with what is stored may two be valid together."""
    stored: dict[str, list[tuple[int, int | None]]] = {}
    known = sa.select(Unit).where(col(Unit.code).in_([unit.code for unit in units]))
    for unit in session.execute(known).scalars():
        stored.setdefault(unit.code, []).append((unit.valid_from_us, unit.valid_to_us))
    seen: dict[str, int] = {}
    for row, made in zip(rows, read, strict=True):
        if made is None:
            continue
        if made.code in seen:
            fields = {"code": made.code, "line": seen[made.code]}
            problems.append(RowProblem(row.line, "code", N_("“{code}” is in line {line} already"), fields))
        seen.setdefault(made.code, row.line)
        for start, end in stored.get(made.code, []):
            if (end is None or made.valid_from_us < end) and (made.valid_to_us is None or start < made.valid_to_us):
                fields = {"code": made.code, "start": format_instant(start)}
                message = N_("“{code}” is a unit already, valid from {start}")
                problems.append(RowProblem(row.line, "code", message, fields))


def _link(
    session: Session, rows: Mapping[str, Row], units: Mapping[str, Unit], problems: list[RowProblem]
) -> list[tuple[Unit, Unit | None]]:
    """Return the units, parents before children, each with its parent from the file; stored parents are set by id."""
    order: list[tuple[Unit, Unit | None]] = []
    state: dict[str, str] = {}

    def visit(code: str, depth: int = 0) -> None:
        state[code] = "open"
        unit, row = units[code], rows[code]
        parent = str(row.fields.get("parent") or "").strip()
        if parent in units:
            if state.get(parent) == "open":
                problems.append(RowProblem(row.line, "parent", N_("goes round in a circle")))
                return
            if depth > _DEEPEST:
                problems.append(
                    RowProblem(row.line, "parent", N_("lies in more than {limit} units"), {"limit": _DEEPEST})
                )
                return
            if parent not in state:
                visit(parent, depth + 1)
        elif parent:
            stored = (
                session.execute(
                    sa.select(Unit).where(col(Unit.code) == parent, valid_at(unit.valid_from_us))
                ).scalar_one_or_none()
                or session.execute(
                    sa.select(Unit).where(col(Unit.code) == parent, col(Unit.valid_to_us).is_(None))
                ).scalar_one_or_none()
            )
            if stored is None:
                message = N_("“{value}” is no unit, neither in this file nor in the registry")
                problems.append(RowProblem(row.line, "parent", message, {"value": parent[:80]}))
            else:
                unit.parent_id = stored.id
        order.append((unit, units.get(parent)))
        state[code] = "done"

    for code in units:
        if code not in state:
            visit(code)
    return order
