"""Many cameras at once, from a table: looked at before any of it is kept. Heads bring in those of their own units."""

import base64
import csv
import io
import zlib
from collections.abc import Sequence
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from api.asking import Asker
from api.limits import TABLE_LIMIT_BYTES
from api.service import Service
from api.web.frame.advice import row_for_people
from api.web.frame.forms import go, must_be_ours
from api.web.frame.labels import columns_told
from api.web.frame.places import units_within
from api.web.frame.shell import show, speaking
from api.wiring import Asking, Serving
from camera_registry.camera_import import CamerasImported, import_cameras
from camera_registry.duties import NEEDED, not_yet
from camera_registry.fields import COLUMN_TEXT
from camera_registry.rules import rules_of_units
from camera_registry.secrets import scrub
from camera_registry.units import units_at
from foundation.database import unit_of_work
from foundation.errors import MatPhoError, RowsRefused
from people.rights import Right

router = APIRouter(include_in_schema=False)
_CARRIED_BYTES = 64 * 2**10
"""A file so large at most, packed, goes with the page to its confirmation; a larger one is chosen once more."""
_FIELD_BYTES = 2 * _CARRIED_BYTES
_SHOWN = 200
_NEEDED = ("code", "name", "lat", "lon")
_EXAMPLE = {
    "code": "KP05-01",
    "name": "Đầu hẻm 45 Lê Lợi",
    "lat": "10.7769",
    "lon": "106.7009",
    "bearing_deg": "Đông Nam",
    "hfov_deg": "90",
    "range_m": "30",
    "source": "clips",
    "status": "đang hoạt động",
    "sound_agreed": "không",
    "ask_owner": "không",
}
_NOTHING: dict[str, Any] = {"rows": None, "found": None, "file_name": "", "carried": ""}


@router.get("/cameras/import")
def import_page(request: Request, service: Serving, asker: Asking) -> Response:
    return _page(request, service, asker)


@router.get("/cameras/import/table.csv")
def template(service: Serving, asker: Asking) -> Response:
    """A table to fill in: the headings and one row as an example, in the order and way in which Excel in Vietnam opens it."""
    units = _units(service, asker)
    out = io.StringIO()
    table = csv.writer(out, delimiter=";")
    table.writerow([heading for heading, _ in COLUMN_TEXT.values()])
    example = _EXAMPLE | {"unit": units[0][0] if units else ""}
    table.writerow([example.get(name, "") for name in COLUMN_TEXT])
    headers = {"Content-Disposition": 'attachment; filename="bang-camera.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/cameras/import", max_body_size=TABLE_LIMIT_BYTES)
async def import_table(request: Request, service: Serving, asker: Asking) -> Response:
    """Show what is in a table and what is wrong with it; keep it only when it was confirmed."""
    async with request.form(max_files=1, max_fields=10, max_part_size=_FIELD_BYTES) as form:
        file, carried = form.get("file"), str(form.get("carried", ""))
        must_be_ours(request, str(form.get("form_token", "")))
        keep, name, data = form.get("keep") == "yes", "", b""
        if isinstance(file, UploadFile) and file.filename:
            name, data = file.filename, await file.read()
    return await run_sync(_import, request, service, asker, name, data, carried, keep)


def _import(
    request: Request, service: Service, asker: Asker, name: str, data: bytes, carried: str, keep: bool
) -> Response:
    if not name:
        name, data = _unpacked(carried)
    if not name:
        return _page(request, service, asker)
    try:
        done = _take(service, asker, name, data, keep=keep)
    except RowsRefused as error:
        language = speaking(request)
        rows = [(one.line, one.field, row_for_people(language, one, service.zone)) for one in error.problems]
        return _page(request, service, asker, error, rows=rows, file_name=name)
    except MatPhoError as error:
        return _page(request, service, asker, error, file_name=name)
    if keep:
        return go("/cameras?done=imported")
    return _page(request, service, asker, found=done, file_name=name, carried=_packed(name, data, done))


def _take(service: Service, asker: Asker, name: str, data: bytes, *, keep: bool) -> CamerasImported:
    units = _units(service, asker)
    with unit_of_work(service.engine) as session:
        return import_cameras(
            session,
            service.clock,
            service.vault,
            asker.actor,
            name,
            data,
            dry_run=not keep,
            zone=service.zone,
            within=lambda unit_id: asker.may(Right.REGISTRY_WRITE, unit_id),
            named=True,
            unit=_only_unit(asker, units),
        )


def _page(request: Request, service: Service, asker: Asker, error: MatPhoError | None = None, **more: Any) -> Response:
    units, labels = _units(service, asker), columns_told(speaking(request))
    only = _only_unit(asker, units)
    values = {
        "columns": [(name, text) for name, (_, text) in COLUMN_TEXT.items()],
        "labels": labels,
        "named": lambda names: ", ".join(labels[name][0] for name in names),
        "needed": [*_NEEDED, *(() if only or asker.may(Right.REGISTRY_WRITE, None) else ("unit",))],
        "of_active": _of_active(service, [code for code, _ in units]),
        "only_unit": only,
        "units": units,
        "shown": _SHOWN,
        "scrub": scrub,
    }
    return show(request, "cameras_import.html", error, **values, **_NOTHING | more)


def _only_unit(asker: Asker, units: Sequence[tuple[str, str]]) -> str | None:
    """Return the code of the unit that all cameras of whoever has just one are of, as in the form for one camera."""
    return units[0][0] if len(units) == 1 and not asker.may(Right.REGISTRY_WRITE, None) else None


def _of_active(service: Service, codes: Sequence[str]) -> list[str]:
    """Return the columns without which a camera of some of these units may not be active."""
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        ids = {unit.id for unit in units_at(session, now) if unit.code in set(codes)}
        rules = rules_of_units(session, ids, now)
    return [name for name in NEEDED if any(not_yet({}, one, 1, (name,)) for one in rules.values())]


def _units(service: Service, asker: Asker) -> list[tuple[str, str]]:
    with unit_of_work(service.engine, writes=False) as session:
        return units_within(session, asker, Right.REGISTRY_WRITE)


def _packed(name: str, data: bytes, found: CamerasImported) -> str:
    """Return the file for a hidden field, so that it is chosen once; nothing of one that is large or has a password in it."""
    packed = base64.b64encode(zlib.compress(name.encode() + b"\n" + data)).decode()
    secret = any(isinstance(value, str) and scrub(value) != value for row in found.rows for value in row.values())
    return "" if secret or len(packed) > _CARRIED_BYTES else packed


def _unpacked(carried: str) -> tuple[str, bytes]:
    """Return name and bytes of a file that went with the page, which are read like those of any other; nothing of what is none."""
    try:
        opener = zlib.decompressobj()
        data = opener.decompress(base64.b64decode(carried, validate=True), TABLE_LIMIT_BYTES)
    except (ValueError, zlib.error):
        return "", b""
    name, _, rest = data.partition(b"\n")
    return ("", b"") if opener.unconsumed_tail else (name.decode("utf-8", "replace")[:200], rest)
