"""Many cameras at once, from a table: looked at before any of it is kept. Heads bring in those of their own units."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from api.asking import Asker
from api.limits import TABLE_LIMIT_BYTES
from api.service import Service
from api.web.frame.forms import FORM_LIMIT_BYTES, go, must_be_ours
from api.web.frame.labels import say_problem
from api.web.frame.shell import show, speaking
from api.wiring import Asking, Serving
from camera_registry.camera_import import import_cameras
from foundation.database import unit_of_work
from foundation.errors import MatPhoError, RowsRefused
from people.rights import Right

router = APIRouter(include_in_schema=False)


@router.get("/cameras/import")
def import_page(request: Request) -> Response:
    return show(request, "cameras_import.html", rows=None, count=None, file_name="")


@router.post("/cameras/import", max_body_size=TABLE_LIMIT_BYTES)
async def import_table(request: Request, service: Serving, asker: Asking) -> Response:
    """Show what is in a table and what is wrong with it; keep it only when it was confirmed."""
    async with request.form(max_files=1, max_fields=10, max_part_size=FORM_LIMIT_BYTES) as form:
        file = form.get("file")
        must_be_ours(request, str(form.get("form_token", "")))
        if not isinstance(file, UploadFile) or not file.filename:
            return show(request, "cameras_import.html", rows=None, count=None, file_name="")
        data, name, keep = await file.read(), file.filename, form.get("keep") == "yes"
    return await run_sync(_import, request, service, asker, name, data, keep)


def _import(request: Request, service: Service, asker: Asker, name: str, data: bytes, keep: bool) -> Response:
    language = speaking(request)
    try:
        with unit_of_work(service.engine) as session:
            done = import_cameras(
                session,
                service.clock,
                service.vault,
                asker.actor,
                name,
                data,
                dry_run=not keep,
                zone=service.zone,
                within=lambda unit_id: asker.may(Right.REGISTRY_WRITE, unit_id),
            )
    except RowsRefused as error:
        rows = [(one.line, one.field, say_problem(language, one)) for one in error.problems]
        return show(request, "cameras_import.html", error, rows=rows, count=None, file_name=name)
    except MatPhoError as error:
        return show(request, "cameras_import.html", error, rows=None, count=None, file_name=name)
    if keep:
        return go("/cameras?done=imported")
    return show(request, "cameras_import.html", rows=[], count=done.count, file_name=name)
