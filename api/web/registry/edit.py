"""Editing a camera, its photos, its status, and the links for its owner."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.owners import make_link, open_questions
from api.asking import Asker
from api.reach import must_into
from api.service import Service
from api.web.frame.advice import row_for_people
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.places import units_within
from api.web.frame.shell import show, speaking
from api.web.registry.edit_fields import EDITED, known_of
from api.web.registry.photo_form import PHOTO_FORM_BYTES, fields_and_photos, keep_each
from api.web.registry.register_page import LOCATING, duties_of, far_fault, map_of, place_key
from api.web.registry.states import STATUS_TEXT
from api.web.registry.steps import MISSING, NO_WIDTH, faults_of, kept_of, placed
from api.wiring import Asking, Serving
from camera_registry.cameras import edit_camera, get_camera
from camera_registry.photos import Kind, PhotoTooLarge, add_photo, photos_of
from camera_registry.records import STATUSES
from foundation.database import unit_of_work
from foundation.errors import MatPhoError, RowProblem, RowsRefused
from people.rights import Right

router = APIRouter(include_in_schema=False)
_FIELDS = 30


@router.get("/cameras/{code}/edit")
def edit_page(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    return _form(request, service, asker, code)


@router.post("/cameras/{code}/edit", max_body_size=PHOTO_FORM_BYTES)
async def edit(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    form, photos = await fields_and_photos(request, _FIELDS)
    return await run_sync(_edit, request, service, asker, code, form, photos)


@router.post("/cameras/{code}/status", max_body_size=FORM_LIMIT_BYTES)
async def set_status(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    """Pause a camera, say that it is broken, or that it works again; where that needs more, the form asks for it."""
    form = await fields_of(request)
    return await run_sync(_change, request, service, asker, code, form, {"status": form.text("status")})


def _edit(
    request: Request,
    service: Service,
    asker: Asker,
    code: str,
    form: Fields,
    photos: Mapping[Kind, bytes | PhotoTooLarge],
) -> Response:
    with unit_of_work(service.engine) as session:
        known = known_of(service, asker, session, code)
        changes = _changes(form, known)
        if "unit" in changes:
            must_into(session, asker, changes["unit"])
        camera = get_camera(session, code)
        keep = partial(add_photo, session, service.clock, asker.actor, camera)
        faults = _faults(session, request, service, asker, form, known, changes)
        faults |= keep_each(speaking(request), photos, keep)
    if faults:
        return _form(request, service, asker, code, form, faults=faults)
    if not changes:
        return go(f"/cameras/{quote(code, safe='')}{'?done=saved' if photos else ''}")
    return _change(request, service, asker, code, form, changes)


def _changes(form: Fields, known: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed otherwise than it is, None where a field was emptied."""
    given = {name: form.text(name) for name in EDITED if name in form}
    changes: dict[str, Any] = {name: value or None for name, value in given.items() if value != known[name]}
    if form.text("source"):
        changes["source"] = form.text("source")
    ticked = {name: "yes" if form.text(name) else "" for name in ("ask_owner", "sound_agreed")}
    return changes | {name: value for name, value in ticked.items() if value != known[name]}


def _faults(
    session: Session,
    request: Request,
    service: Service,
    asker: Asker,
    form: Fields,
    known: Mapping[str, str],
    changes: Mapping[str, Any],
) -> dict[str, str]:
    """Return what is wrong with the changes, all at once."""
    after = {**known, **{name: value or "" for name, value in changes.items()}, "far_ok": form.text("far_ok")}
    unit = after["unit"] or None
    begun: dict[str, str] = {}
    if changes.keys() & {"lat", "lon"}:
        begun |= placed(speaking(request), after)
    for name in ("name", "lat", "lon"):
        if name in changes and changes[name] is None:
            begun[name] = row_for_people(speaking(request), RowProblem(1, name, MISSING), service.zone)
    if changes.keys() & {"bearing_deg", "hfov_deg"} and after["bearing_deg"] and not after["hfov_deg"]:
        begun["hfov_deg"] = row_for_people(speaking(request), RowProblem(1, "hfov_deg", NO_WIDTH), service.zone)
    faults = faults_of("", changes, duties_of(session, request, service, asker, unit), begun)
    if not faults and changes.keys() & {"lat", "lon", "unit"}:
        faults |= far_fault(session, request, asker, unit, after)
    return faults


def _change(
    request: Request, service: Service, asker: Asker, code: str, form: Fields, changes: Mapping[str, Any]
) -> Response:
    revision = form.text("revision")
    number = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    try:
        with unit_of_work(service.engine) as session:
            edit_camera(session, service.clock, service.vault, asker.actor, code, number, changes, service.zone)
    except RowsRefused as error:
        faults = {problem.field: row_for_people(speaking(request), problem, service.zone) for problem in error.problems}
        return _form(request, service, asker, code, form, faults=faults)
    except MatPhoError as error:
        return _form(request, service, asker, code, form, error=error)
    return go(f"/cameras/{quote(code, safe='')}?done=saved")


def _form(
    request: Request,
    service: Service,
    asker: Asker,
    code: str,
    form: Fields | None = None,
    *,
    faults: Mapping[str, str] | None = None,
    error: MatPhoError | None = None,
) -> Response:
    with unit_of_work(service.engine) as session:
        known = known_of(service, asker, session, code)
        units = units_within(session, asker, Right.REGISTRY_WRITE)
        ground = map_of(session, request, asker, known["unit"] or None)
        camera = get_camera(session, code)
        photos = photos_of(session, camera.id or 0)
    typed = {} if form is None else {name: form.text(name) for name in known if name in form and name != "revision"}
    if form is not None and "name" in form:  # a tick that is not there was taken away
        typed |= {name: form.text(name) for name in ("ask_owner", "sound_agreed")}
    fields = known | kept_of(typed)
    more = {"fields": fields, "faults": faults or {}, "units": units, "code": code, "photos": photos, "map": ground}
    statuses = [(one, STATUS_TEXT[one]) for one in STATUSES]
    answer = show(
        request, "camera_edit.html", error, statuses=statuses, known=known, here_key=place_key(fields), **more
    )
    answer.headers.update(LOCATING)
    if faults:
        answer.status_code = 422
    return answer


@router.post("/cameras/{code}/owner-links", max_body_size=FORM_LIMIT_BYTES)
async def owner_links(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    """Make a link for each open question to the owner, to be shown or sent by the head."""
    await fields_of(request)

    def make() -> list[str]:
        with unit_of_work(service.engine) as session:
            camera = get_camera(session, code)
            assert camera.id is not None
            return [
                make_link(session, service.clock, asker.actor, asked, camera.id)
                for asked in open_questions(session, camera.id)
            ]

    made = await run_sync(make)
    return show(
        request, "owner_links.html", code=code, links=[f"{service.settings.address}/owner/{one}" for one in made]
    )
