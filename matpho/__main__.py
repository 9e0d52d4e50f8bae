"""The command line. Exit codes: 0 done, 1 error, 2 wrong usage, 3 nothing found, 4 partial."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import uvicorn

from api.app import create_app
from api.service import Service
from camera_registry.camera_import import import_cameras
from camera_registry.cameras import get_camera, list_cameras, streams_of
from camera_registry.sight import Place
from camera_registry.units import import_units
from extract.lookup import lookup as who_saw
from foundation.database import unit_of_work
from foundation.errors import ErrorKind, MatPhoError, RowsRefused
from foundation.identity import COMMAND_LINE
from foundation.language import Language, say_error, say_row
from foundation.timebase import TimeRange, format_instant, parse_instant
from ingest.index.timeline import timeline as timeline_of
from matpho.service import build

NOTHING_FOUND = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Mắt Phố: who saw this place at this time."""


def _say(body: Any) -> None:
    print(json.dumps(body, ensure_ascii=False, indent=2))


@cli.command()
def init() -> None:
    """Create or upgrade the catalogue and the keys."""
    service = build()
    _say({"data": str(service.data), "ready": True})


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Serve the HTTP API; its page is at /docs."""
    uvicorn.run(create_app(build()), host=host, port=port, log_level="info")


@cli.group()
def units() -> None:
    """Administrative and community areas."""


@units.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def units_import(file: Path) -> None:
    """Import units from GeoJSON or CSV; all rows or none."""
    service = build()
    with unit_of_work(service.engine) as session:
        count = import_units(session, service.clock, COMMAND_LINE, file.name, file.read_bytes())
    _say({"count": count})


@cli.group()
def cameras() -> None:
    """The register of cameras."""


@cameras.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, keep nothing.")
def cameras_import(file: Path, dry_run: bool) -> None:
    """Import cameras from CSV or XLSX; all rows or none."""
    service = build()
    with unit_of_work(service.engine) as session:
        data = file.read_bytes()
        done = import_cameras(session, service.clock, service.vault, COMMAND_LINE, file.name, data, dry_run=dry_run)
    _say({"count": done.count, "unverified": done.unverified, "dry_run": dry_run})


@cameras.command("list")
@click.option("--unit", help="Code of a unit; units within it count.")
@click.option("--search", help="Words of code or name; accents may be left out.")
def cameras_list(unit: str | None, search: str | None) -> None:
    """List cameras, without data of their owners."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        page = list_cameras(session, at_us=service.clock.now_us(), unit=unit, q=search, limit=10_000)
    _say(
        [
            {
                "code": item.code,
                "name": item.name,
                "unit": item.unit_code,
                "status": item.status,
                "verified": item.verified,
            }
            for item in page.items
        ]
    )


@cli.command()
@click.option("--camera", required=True)
@click.option("--from", "start", required=True, help="RFC 3339 with offset.")
@click.option("--to", "end", required=True, help="RFC 3339 with offset; not part of the range.")
def timeline(camera: str, start: str, end: str) -> None:
    """Runs and gaps of one camera, with reasons."""
    service, span = build(), TimeRange(parse_instant(start), parse_instant(end))
    with unit_of_work(service.engine, writes=False) as session:
        found = get_camera(session, camera)
        assert found.id is not None
        ids = [stream.id for stream in streams_of(session, [found.id]).get(found.id, []) if stream.id is not None]
        told = timeline_of(session, ids, span, service.clock.now_us(), found.registered_us)
    _say(
        {
            "camera": found.code,
            "recorded": [_range(service, part) for part in told.recorded],
            "gaps": [{**_range(service, gap.range), "reason": str(gap.reason)} for gap in told.gaps],
        }
    )


def _range(service: Service, span: TimeRange) -> dict[str, str]:
    return {"from": format_instant(span.start_us, service.zone), "to": format_instant(span.end_us, service.zone)}


@cli.command()
@click.option("--at", "place", required=True, metavar="LAT,LON")
@click.option("--radius", default=30.0, show_default=True, type=click.FloatRange(0, 2000), help="In metres.")
@click.option("--from", "start", required=True, help="RFC 3339 with offset.")
@click.option("--to", "end", required=True, help="RFC 3339 with offset; not part of the range.")
@click.option("--include-blind", is_flag=True, help="Also cameras near it that do not see it, with the reasons.")
def lookup(place: str, radius: float, start: str, end: str, include_blind: bool) -> None:
    """Ask who saw a place at a time."""
    try:
        lat, lon = (float(part) for part in place.split(","))
    except ValueError:
        raise click.BadParameter("write LAT,LON, for example 10.7769,106.7009", param_hint="--at") from None
    service, span = build(), TimeRange(parse_instant(start), parse_instant(end))
    with unit_of_work(service.engine, writes=False) as session:
        found = who_saw(session, service.clock, Place(lat, lon, radius), span, include_blind=include_blind)
    _say(found.as_dict(service.settings.language, service.zone))
    if not found.sightings:
        sys.exit(NOTHING_FOUND)


def run(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code; our own errors are said in the reader's language."""
    try:
        command()
    except MatPhoError as error:
        language = _language()
        message, mend = say_error(language, error)
        print(f"{message}. {mend}".strip(), file=sys.stderr)
        if isinstance(error, RowsRefused):
            for problem in error.problems:
                print(f"  {problem.line}, {problem.field}: {say_row(language, problem)}", file=sys.stderr)
        return NOTHING_FOUND if error.kind is ErrorKind.NOT_FOUND else 1
    return 0


def _language() -> Language:
    """Return the language of the settings; what cannot be read there is told in the default one."""
    found = os.environ.get("MATPHO_LANGUAGE")
    return "en" if found == "en" else "vi"


def main() -> None:
    sys.exit(run(cli))


if __name__ == "__main__":
    main()
