"""Bringing recordings in by a form: sent at once without JavaScript, in pieces that go on after a break with it; and how far the import is."""

import shutil
from datetime import UTC, datetime
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from api.asking import Asker
from api.gate import camera_within
from api.handing import FileNameMissing, hand_over, submit
from api.service import CLIPS_IMPORT, ImportOrder, Service
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, go, must_be_ours
from api.web.frame.shell import show, speaking
from api.web.frame.words import read_day, read_time
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError
from foundation.identity import new_id
from foundation.jobs.queue import JobUnknown
from foundation.language import translate
from foundation.timebase import MICROSECONDS
from people.rights import Right

router = APIRouter(include_in_schema=False)
FORM_BYTES = 2 * 2**30
"""What is sent in one go without JavaScript; what is larger is sent in pieces."""
_SENDING = {
    "sending": N_("{percent} % sent"),
    "again": N_("The connection broke. Trying again in {seconds} s; what arrived stays."),
    "went_on": N_("Going on where it broke off."),
    "refused": N_("The service refused it: {why}"),
}
_STATE = {
    "waiting": N_("waits its turn"),
    "running": N_("is worked on"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}


@router.get("/imports")
def imports_page(request: Request) -> Response:
    return _page(request)


def _page(request: Request, typed: dict[str, str] | None = None, error: MatPhoError | None = None) -> Response:
    fields = {"camera": request.query_params.get("camera", "")[:100], "day": "", "time": ""} | (typed or {})
    texts = {name: translate(speaking(request), text) for name, text in _SENDING.items()}
    return show(request, "imports.html", error, fields=fields, data={"texts": texts}, most_gb=FORM_BYTES // 2**30)


@router.post("/imports", max_body_size=FORM_BYTES)
async def begin_import(request: Request, service: Serving, asker: Asking) -> Response:
    """Take a file, or the name of a whole upload, for a camera; the import itself is a job."""
    async with request.form(max_files=1, max_fields=10, max_part_size=FORM_LIMIT_BYTES) as form:
        fields = Fields([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
        must_be_ours(request, fields.get("form_token", ""))
        file = form.get("file")
        kept = file if isinstance(file, UploadFile) and file.filename else None
        return await run_sync(_begin, request, service, asker, fields, kept)


def _begin(request: Request, service: Service, asker: Asker, fields: Fields, file: UploadFile | None) -> Response:
    assert asker.standing is not None
    camera, upload = fields.text("camera"), fields.text("upload")
    try:
        with unit_of_work(service.engine, writes=False) as session:
            camera_within(session, asker, Right.FOOTAGE_IMPORT, camera)
        start_us = _start(service, fields)
        if upload:
            job = hand_over(service, asker.standing.person_id, upload, camera, asker.actor, None, start_us)
        elif file is None or file.filename is None:
            raise FileNameMissing
        else:
            job = submit(service, _order(service, asker, camera, file, start_us))
    except MatPhoError as error:
        return _page(request, {name: fields.text(name) for name in ("camera", "day", "time")}, error)
    return go(f"/imports/{job.id}?done=uploaded")


def _start(service: Service, fields: Fields) -> int | None:
    """Return when the recording starts, where somebody typed it; else the import finds out. Raises `DayUnreadable`, `TimeUnreadable`."""
    if not fields.text("day"):
        return None
    today = datetime.fromtimestamp(service.clock.now_us() / MICROSECONDS, UTC).astimezone(service.zone).date()
    moment = datetime.combine(read_day(fields.text("day"), today), read_time(fields.text("time")), service.zone)
    return round(moment.timestamp()) * MICROSECONDS


def _order(service: Service, asker: Asker, camera: str, file: UploadFile, start_us: int | None) -> ImportOrder:
    """Copy what the form brought into the inbox, which is on the disk of the data folder."""
    name = file.filename or ""
    service.inbox.mkdir(parents=True, exist_ok=True)
    path = service.inbox / f"{new_id()}.form"
    with path.open("wb") as out:
        shutil.copyfileobj(file.file, out, 1 << 20)
    return ImportOrder(
        path=str(path.absolute()),
        file_name=name,
        camera=camera,
        start_us=start_us,
        actor=asker.actor.name,
        actor_kind=asker.actor.kind,
    )


@router.get("/imports/{import_id}")
def import_page(request: Request, service: Serving, import_id: str) -> Response:
    """How far an import is; the page asks again by itself until it is over."""
    with unit_of_work(service.engine, writes=False) as session:
        status = service.jobs.status(session, import_id)
    if status.kind != CLIPS_IMPORT:
        raise JobUnknown(what=N_("job"), name=import_id[:100])
    language = speaking(request)
    problem: dict[str, Any] | None = None
    if status.problem is not None:
        fields = status.problem.get("fields") or {}
        problem = {
            name: translate(language, status.problem.get(name) or "").format(**fields) for name in ("message", "mend")
        }
    told = {"state": status.state, "text": _STATE.get(status.state, status.state), "progress": status.progress}
    over = status.state in {"done", "failed", "cancelled"}
    return show(request, "import.html", job=told, over=over, trouble=problem, result=status.result or {}, id=import_id)
