"""`matpho coverage`: the audit of coverage as a table, or as a file in the form that its name asks for."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from api.service import Service
from extract.coverage.audit import CELL_M, Coverage
from extract.coverage.audit import coverage as audit
from extract.coverage.report import as_csv, as_dict, as_geojson, as_svg, as_table, cells_csv
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput
from foundation.timebase import TimeRange
from matpho.output import NOTHING_FOUND, span_options, writing
from matpho.service import build


class EndingUnknown(BadInput):
    code = "ending_unknown"
    message = N_("“{name}” does not end like a form of the report")
    mend = N_("Known endings are: {known}")


@click.command()
@click.option("--unit", help="Code of a unit as of the end of the period; units within it count. Default: all.")
@span_options
@click.option("--cell", default=CELL_M, show_default=True, type=click.FloatRange(5, 1000), help="Cells, in metres.")
@click.option("--cells", is_flag=True, help="In a CSV file: a row for each cell and hour instead of each camera.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a file; its ending says how: .txt .csv .json .geojson .svg",
)
def coverage(
    unit: str | None, start_us: int, end_us: int, cell: float, cells: bool, as_json: bool, out: Path | None
) -> None:
    """Audit coverage: cameras, what they recorded, and which share of the area was in view and recorded."""
    if out is not None and out.suffix.lower() not in FORMS:
        raise EndingUnknown(name=out.name, known=" ".join(FORMS))
    service, span = build(), TimeRange(start_us, end_us)
    with unit_of_work(service.engine, writes=False) as session:
        found = audit(session, unit, span, service.clock.now_us(), cell_m=cell, zone=service.zone)
    if out is not None:
        spreadsheet = out.suffix.lower() == ".csv"
        form = _cells if cells and spreadsheet else FORMS[out.suffix.lower()]
        _write(out, form(found, service), spreadsheet=spreadsheet)
    for piece in FORMS[".json" if as_json else ".txt"](found, service) if out is None or as_json else ():
        sys.stdout.write(piece)
    if not found.units or not found.cameras:
        sys.exit(NOTHING_FOUND)


def _write(out: Path, pieces: Iterator[str], *, spreadsheet: bool) -> None:
    # Without the mark at its begin, Excel reads UTF-8 as the code page of the machine and spoils every Vietnamese name.
    encoding = "utf-8-sig" if spreadsheet else "utf-8"
    with writing(out), out.open("w", encoding=encoding, newline="") as file:
        file.writelines(pieces)


def _table(found: Coverage, service: Service) -> Iterator[str]:
    yield as_table(found, service.settings.language, service.zone)


def _json(found: Coverage, service: Service) -> Iterator[str]:
    yield json.dumps(as_dict(found, service.settings.language, service.zone), ensure_ascii=False, indent=2) + "\n"


def _geojson(found: Coverage, service: Service) -> Iterator[str]:
    yield json.dumps(as_geojson(found, service.zone), ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv(found: Coverage, service: Service) -> Iterator[str]:
    yield as_csv(found, service.settings.language, service.zone)


def _cells(found: Coverage, service: Service) -> Iterator[str]:
    return cells_csv(found, service.zone)


def _svg(found: Coverage, service: Service) -> Iterator[str]:
    yield as_svg(found, service.settings.language, service.zone)


FORMS: dict[str, Callable[[Coverage, Service], Iterator[str]]] = {
    ".txt": _table,
    ".csv": _csv,
    ".json": _json,
    ".geojson": _geojson,
    ".svg": _svg,
}
