"""Bringing recordings in by a form: when the file starts is read back before it is sent; sent at once without JavaScript, in pieces with it."""

import re
import shutil
import time
from typing import Any
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from api.asking import Asker
from api.gate import camera_within
from api.handing import FileNameMissing, Sent, hand_over, made_before, submit, with_clock
from api.resumable import UploadHeld, UploadUnknown
from api.service import ImportOrder, Service
from api.web.footage import import_clock
from api.web.footage.waiting import missing_of
from api.web.frame.faults import fault_of, show_fault
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, changes_language, go, must_be_ours
from api.web.frame.shell import speaking, telling
from api.web.frame.words import DayUnreadable, TimeUnreadable, read_instant
from api.wiring import Asking, Serving
from camera_registry.cameras import CameraUnknown, code_as_typed, list_cameras
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, MatPhoError
from foundation.identity import new_id
from foundation.jobs import JobStatus
from foundation.language import translate
from foundation.timebase import MICROSECONDS, ToldInstant
from ingest.foreign import HEAD_BYTES, must_be_no_other
from ingest.index.recorder_clock import Comparison, CorrectedToCome, TrueTimeToCome
from people.rights import Right

router = APIRouter(include_in_schema=False)
FORM_BYTES = 2 * 2**30
"""What is sent in one go without JavaScript; what is larger is sent in pieces."""
_SENDING = {
    "sending": N_("{percent} % sent"),
    "again": N_("The connection broke. Trying again in {seconds} s; what arrived stays."),
    "went_on": N_("Going on where it broke off."),
    "refused": N_("The service refused it: {why}"),
    "foreign": N_("“{file}” is no video. Choose the file that the recorder wrote: MP4, MOV, MKV, AVI or MPEG-TS."),
}
_KINDS = "video/*,.mp4,.m4v,.mov,.mkv,.avi,.ts,.mts,.m2ts,.mpg,.mpeg,.ps,.vob,.3gp,.dav"
"""What is offered where a file is chosen; what a browser knows to be something else is not sent."""
_FIELDS = ("camera", "day", "time", *import_clock.FIELDS)
_MOST_NAMED = 200
_ONCE = re.compile(r"[0-9a-z]{26}", re.ASCII)
_LOOKS, _LOOK_S = 10, 0.2


class StartToCome(BadInput):
    code = "start_to_come"
    message = N_("The recording would begin at {at}, which is still to come")
    mend = N_("Check day and time")


_FIELD_OF: dict[type[MatPhoError], str] = {
    CameraUnknown: "camera",
    DayUnreadable: "day",
    TimeUnreadable: "time",
    StartToCome: "time",
    CorrectedToCome: "time",
}
_CLOCK_FIELD_OF: dict[type[MatPhoError], str] = {
    import_clock.ClockReadingMissing: "shows_time",
    import_clock.ClockDifferenceMissing: "off_m",
    TrueTimeToCome: "true_time",
}
"""Days and times that cannot be read may be either of two there: they are told above."""


@router.get("/imports")
def imports_page(request: Request, service: Serving, asker: Asking) -> Response:
    """Ask which camera and when it starts; what was typed is read back before a file may be chosen."""
    query = request.query_params
    typed = {name: query.get(name, "").strip()[:100] for name in _FIELDS}
    typed["camera"] = _code(service, typed["camera"])
    if changes_language(request, Fields(query.multi_items())) or query.get("read") != "yes":
        return _page(request, service, asker, typed)
    tell, now_us = telling(request), service.clock.now_us()
    field_of = _FIELD_OF
    try:
        _check_camera(service, asker, typed["camera"])
        field_of = _CLOCK_FIELD_OF
        found = import_clock.compared(tell, typed, now_us, asker.actor.name)
        field_of = _FIELD_OF
        start_us = start_of(service, typed["day"], typed["time"], found)
    except MatPhoError as error:
        return _page(request, service, asker, typed, error, field_of)
    whole = import_clock.pinned(tell, typed, now_us)
    if whole is not None:
        return go(f"/imports?{urlencode({**whole, 'read': 'yes'})}")
    clock = import_clock.said(tell, typed["clock"], found, start_us, now_us)
    return _page(request, service, asker, typed, start_us=start_us, clock=clock)


def _page(
    request: Request,
    service: Service,
    asker: Asker,
    typed: dict[str, str],
    error: MatPhoError | None = None,
    field_of: dict[type[MatPhoError], str] = _FIELD_OF,
    *,
    start_us: int | None = None,
    clock: import_clock.Said | None = None,
) -> Response:
    """With a `clock` it is the second step, in which the file is chosen."""
    sends = clock is not None
    texts = {name: translate(speaking(request), text) for name, text in _SENDING.items()}
    fault = None if error is None else fault_of(error, field_of)
    with unit_of_work(service.engine, writes=False) as session:
        needed = missing_of(session, asker, typed["camera"]) if asker.may(Right.OWNER_READ, "somewhere") else []
    more: dict[str, Any] = {
        "needed": needed,
        "fields": typed,
        "sends": sends,
        "start_us": start_us,
        "clock": clock,
        "offer": None if clock is None or clock.compared else _offer(request, service, typed),
        **import_clock.choices(telling(request), typed),
        "kinds": _KINDS,
        "once": new_id(),
        "cameras": _cameras(service, asker),
        "now_us": service.clock.now_us(),
        "waits": asker.may(Right.OWNER_READ, "somewhere"),
    }
    return show_fault(request, "imports.html", fault, data={"texts": texts}, most_gb=FORM_BYTES // 2**30, **more)


def _code(service: Service, typed: str) -> str:
    with unit_of_work(service.engine, writes=False) as session:
        return code_as_typed(session, typed)


def _cameras(service: Service, asker: Asker) -> list[tuple[str, str]]:
    """Return code and name of cameras that one may import for, to choose from; of a long list nothing."""
    reach = asker.reach(Right.FOOTAGE_IMPORT)
    within = None if reach is None else (reach, asker.now_us)
    with unit_of_work(service.engine, writes=False) as session:
        page = list_cameras(session, at_us=asker.now_us, limit=_MOST_NAMED, within=within)
    return [] if page.next else [(camera.code, camera.name) for camera in page.items]


def _offer(request: Request, service: Service, typed: dict[str, str]) -> tuple[str, str] | None:
    """Return in words what is known of a clock of the camera, and the address that takes it for this file."""
    with unit_of_work(service.engine, writes=False) as session:
        found = import_clock.offered(session, telling(request), typed["camera"])
    return None if found is None else (found[0], "/imports?" + urlencode({**typed, **found[1], "read": "yes"}))


def _check_camera(service: Service, asker: Asker, code: str) -> None:
    with unit_of_work(service.engine, writes=False) as session:
        camera_within(session, asker, Right.FOOTAGE_IMPORT, code)


@router.post("/imports", max_body_size=FORM_BYTES)
async def begin_import(request: Request, service: Serving, asker: Asking) -> Response:
    """Take a file, or the name of a whole upload, for a camera; the import itself is a job, one for each form."""
    async with request.form(max_files=1, max_fields=30, max_part_size=FORM_LIMIT_BYTES) as form:
        fields = Fields([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
        must_be_ours(request, fields.get("form_token", ""))
        file = form.get("file")
        kept = file if isinstance(file, UploadFile) and file.filename else None
        return await run_sync(_begin, request, service, asker, fields, kept)


def _begin(request: Request, service: Service, asker: Asker, fields: Fields, file: UploadFile | None) -> Response:
    once = fields.text("once") if _ONCE.fullmatch(fields.text("once")) else None
    typed = {name: fields.text(name)[:100] for name in _FIELDS}
    try:
        _check_camera(service, asker, fields.text("camera"))
        found = import_clock.compared(telling(request), typed, service.clock.now_us(), asker.actor.name)
        if found is not None:
            found.must_be_meant(meant=fields.text("meant") == "yes")
        start_us = start_of(service, typed["day"], typed["time"], found)
        sent = _sent(service, asker, fields, file, start_us, found)
        job = made_before(service, once, sent)
        job = job or _made(service, asker, sent, file, once)
    except MatPhoError as error:
        return _page(request, service, asker, typed, error)
    return go(f"/imports/{job.id}?done=uploaded")


def _sent(
    service: Service,
    asker: Asker,
    fields: Fields,
    file: UploadFile | None,
    start_us: int | None,
    compared: Comparison | None,
) -> Sent:
    camera, upload = fields.text("camera"), fields.text("upload")
    if not upload:
        if file is None:
            raise FileNameMissing
        must_be_no_other(file.filename or "", file.file.read(HEAD_BYTES))
        file.file.seek(0)
        return Sent(camera, asker.actor, start_us, file.filename, file.size, compared=compared)
    assert asker.standing is not None
    try:
        found = service.uploads.find(asker.standing.person_id, upload)
    except UploadUnknown:  # the form came before, and the upload became an import
        return Sent(camera, asker.actor, start_us, None, None, upload, compared)
    return Sent(camera, asker.actor, start_us, found.file_name, found.length, upload, compared)


def _made(service: Service, asker: Asker, sent: Sent, file: UploadFile | None, once: str | None) -> JobStatus:
    if sent.upload:
        return _handed(service, asker, sent, once)
    assert file is not None
    order = _order(service, asker, sent, file)
    path = service.inbox / order["path"]
    try:
        job = submit(service, order, once)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if job.payload["path"] != order["path"]:  # the same form came twice at once, and the other was first
        path.unlink(missing_ok=True)
    return job


def _handed(service: Service, asker: Asker, sent: Sent, once: str | None) -> JobStatus:
    """Hand the upload over; where the same form does so at this moment, return what it makes."""
    assert asker.standing is not None
    owner = asker.standing.person_id
    for look in range(_LOOKS + 1):
        try:
            return hand_over(
                service, owner, sent.upload, sent.camera, asker.actor, None, sent.start_us, once, sent.compared
            )
        except (UploadHeld, UploadUnknown) as error:
            job = made_before(service, once, sent)
            if job is not None:
                return job
            if look == _LOOKS or isinstance(error, UploadUnknown):
                raise
            time.sleep(_LOOK_S)
    raise AssertionError("the last look returns or raises")


def start_of(service: Service, day: str, at: str, compared: Comparison | None = None) -> int | None:
    """Return when the recording starts by its recorder's clock, where somebody typed it; else the import finds out.

    Raises `DayUnreadable`, `TimeUnreadable`, `StartToCome`, and what `Comparison.true_us` raises.
    """
    if not day.strip() and not at.strip():
        return None
    now_us = service.clock.now_us()
    start_us = read_instant(day, at, service.zone, now_us) // MICROSECONDS * MICROSECONDS
    if compared is not None:
        compared.true_us(start_us, now_us)
    elif start_us > now_us:
        raise StartToCome(at=ToldInstant(start_us))
    return start_us


def _order(service: Service, asker: Asker, sent: Sent, file: UploadFile) -> ImportOrder:
    """Copy what the form brought into the inbox, which is on the disk of the data folder."""
    service.inbox.mkdir(parents=True, exist_ok=True)
    path = service.inbox / f"{new_id()}.form"
    with path.open("wb") as out:
        shutil.copyfileobj(file.file, out, 1 << 20)
    order = ImportOrder(
        path=str(path.absolute()),
        file_name=sent.file_name or "",
        camera=sent.camera,
        start_us=sent.start_us,
        actor=asker.actor.name,
        actor_kind=asker.actor.kind,
        size=path.stat().st_size,
    )
    return with_clock(order, sent.compared)
