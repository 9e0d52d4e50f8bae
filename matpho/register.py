"""Commands of the register: units and cameras."""

import sys
from pathlib import Path
from typing import Any

import click

from camera_registry.camera_import import import_cameras
from camera_registry.cameras import CameraRecord, describe, get_camera, list_cameras, streams_of
from camera_registry.units import import_units, units_at
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import Language, translate
from foundation.timebase import format_instant
from ingest.index.queries import last_recorded
from matpho.output import INSTANT, NOTHING_FOUND, columns, json_option, say
from matpho.service import build

_MOST = 100_000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def units() -> None:
    """Administrative and community areas."""


@units.command("import")
@click.argument("file", type=_FILE)
@json_option
def units_import(file: Path, as_json: bool) -> None:
    """Import units from GeoJSON or CSV; all rows or none."""
    service = build()
    with unit_of_work(service.engine) as session:
        count = import_units(session, service.clock, COMMAND_LINE, file.name, file.read_bytes())
    language = service.settings.language
    say(as_json, {"count": count}, [translate(language, N_("{count} units imported"), count=count)])


@units.command("list")
@click.option("--at", "at_us", type=INSTANT, help="As valid then; now when left out.")
@json_option
def units_list(at_us: int | None, as_json: bool) -> None:
    """List the units, as valid at an instant."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        found = units_at(session, service.clock.now_us() if at_us is None else at_us)
        codes = {unit.id: unit.code for unit in found}
        rows = [(unit.code, unit.kind, codes.get(unit.parent_id), unit.name) for unit in found]
    body = [dict(zip(("code", "kind", "parent", "name"), row, strict=True)) for row in rows]
    say(as_json, body, columns([[code, kind, parent or "-", name] for code, kind, parent, name in rows]))
    if not body:
        sys.exit(NOTHING_FOUND)


@click.group()
def cameras() -> None:
    """The register of cameras."""


@cameras.command("import")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Check every row, keep nothing.")
@json_option
def cameras_import(file: Path, dry_run: bool, as_json: bool) -> None:
    """Import cameras from CSV or XLSX; all rows or none."""
    service = build()
    with unit_of_work(service.engine) as session:
        data = file.read_bytes()
        done = import_cameras(
            session, service.clock, service.vault, COMMAND_LINE, file.name, data, dry_run=dry_run, zone=service.zone
        )
    language = service.settings.language
    text = N_("{count} cameras would be imported; nothing is kept") if dry_run else N_("{count} cameras imported")
    lines = [translate(language, text, count=done.count)]
    if done.unverified:
        codes = ", ".join(done.unverified)
        lines.append(translate(language, N_("Nobody has entered where these look: {codes}"), codes=codes))
    say(as_json, {"count": done.count, "unverified": done.unverified, "dry_run": dry_run}, lines)


@cameras.command("list")
@click.option("--unit", help="Code of a unit; units within it count.")
@click.option("--search", help="Words of code or name; accents may be left out.")
@json_option
def cameras_list(unit: str | None, search: str | None, as_json: bool) -> None:
    """List cameras, without data of their owners."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        page = list_cameras(session, at_us=service.clock.now_us(), unit=unit, q=search, limit=_MOST)
    body = [
        {"code": item.code, "name": item.name, "unit": item.unit_code, "status": item.status, "verified": item.verified}
        for item in page.items
    ]
    language = service.settings.language
    rows = [
        [item.code, item.name, item.unit_code or "-", item.status, _verified(language, item)] for item in page.items
    ]
    say(as_json, body, columns(rows))
    if not body:
        sys.exit(NOTHING_FOUND)


def _verified(language: Language, item: CameraRecord) -> str:
    return "" if item.verified else translate(language, N_("view unverified"))


@cameras.command("show")
@click.argument("code")
@json_option
def cameras_show(code: str, as_json: bool) -> None:
    """Show one camera, without data of its owner."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        camera = describe(session, get_camera(session, code), service.clock.now_us())
        streams = streams_of(session, [camera.id]).get(camera.id, [])
        last_us = last_recorded(session, [stream.id for stream in streams if stream.id is not None])
    body: dict[str, Any] = {
        "code": camera.code,
        "name": camera.name,
        "unit": camera.unit_code,
        "unit_name": camera.unit_name,
        "status": camera.status,
        "source": camera.source,
        "verified": camera.verified,
        "retention_days": camera.retention_days,
        "sign_checked_date": camera.sign_checked_date,
        "registered": format_instant(camera.registered_us, service.zone),
        "recorded_until": None if last_us is None else format_instant(last_us, service.zone),
    }
    if camera.placement is not None:
        place = camera.placement
        body["placement"] = {
            name: getattr(place, name)
            for name in ("lat", "lon", "bearing_deg", "hfov_deg", "range_m", "height_m", "tilt_deg")
        }
    flat = {name: value for name, value in body.items() if name != "placement"} | body.get("placement", {})
    say(as_json, body, columns([[name, "-" if value is None else str(value)] for name, value in flat.items()]))
