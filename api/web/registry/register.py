"""Registering a camera, one question a page; what is answered is kept at each step."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from api.asking import Asker
from api.reach import must_into
from api.service import Service
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, changes_language, fields_of, go, must_be_ours
from api.web.frame.islands import pick_data
from api.web.frame.places import DIRECTIONS, around, read_position, units_within
from api.web.frame.shell import show, speaking, telling
from api.wiring import Asking, Serving
from camera_registry import drafts
from camera_registry.fields import read
from camera_registry.photos import KINDS, LONGEST_BYTES
from camera_registry.secrets import DRAFT_CREDENTIALS, joined_source
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError, RowProblem, RowsRefused
from foundation.language import say_row
from people.rights import Right

router = APIRouter(include_in_schema=False)
STEPS = ("where", "pin", "view", "owner", "photos")
_PHOTO_FORM_BYTES = 3 * LONGEST_BYTES + 2**20
_OF_STEP: Mapping[str, tuple[str, ...]] = {
    "where": ("name", "unit"),
    "pin": ("lat", "lon"),
    "view": ("bearing_deg", "hfov_deg", "range_m", "height_m"),
    "owner": ("owner_name", "owner_phone", "consent_date", "ask_owner", "sound_agreed"),
    "photos": ("sign_checked_date", "retention_days"),
}
_BLANK = {name: "" for names in _OF_STEP.values() for name in names} | {"status": "", "source": ""}
_NEEDED: Mapping[str, tuple[str, ...]] = {"where": ("name",), "pin": ("lat", "lon")}


@dataclass(frozen=True)
class _Draft:
    id: str
    person_id: str
    fields: dict[str, Any]


@router.get("/cameras/new")
def begin_page(request: Request, service: Serving, asker: Asking) -> Response:
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        found = drafts.drafts_of(session, service.clock, asker.standing.person_id)
    return show(request, "register_begin.html", drafts=[(key, fields.get("name", "")) for key, fields in found])


@router.post("/cameras/new", max_body_size=FORM_LIMIT_BYTES)
async def begin(request: Request, service: Serving, asker: Asking) -> Response:
    await fields_of(request)
    assert asker.standing is not None
    person_id = asker.standing.person_id

    def make() -> str:
        with unit_of_work(service.engine) as session:
            return drafts.begin(session, service.clock, person_id)

    return go(f"/cameras/new/where?draft={await run_sync(make)}")


@router.get("/cameras/new/{step}")
def step_page(request: Request, service: Serving, asker: Asking, step: str, draft: str = "") -> Response:
    return _page(request, service, asker, step, draft)


@router.post("/cameras/new/{step}", max_body_size=_PHOTO_FORM_BYTES)
async def answer_step(request: Request, service: Serving, asker: Asking, step: str, draft: str = "") -> Response:
    if step == "photos":
        form, photos = await _with_photos(request)
    else:
        form, photos = await fields_of(request), {}
    if changes_language(request, form):
        typed = {"consent": "", "ask_owner": "", "sound_agreed": ""} if step == "owner" else {}
        return await run_sync(partial(_page, request, service, asker, step, draft, typed=typed | dict(form)))
    return await run_sync(_take, request, service, asker, step, draft, form, photos)


async def _with_photos(request: Request) -> tuple[Fields, dict[str, bytes]]:
    """Return fields and photos of a form that is ours. Raises `FromElsewhere`."""
    files: dict[str, bytes] = {}
    async with request.form(max_files=len(KINDS), max_fields=20, max_part_size=FORM_LIMIT_BYTES) as form:
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        for name, value in form.multi_items():
            if name in KINDS and isinstance(value, UploadFile) and value.size:
                files[name] = await value.read()
    found = Fields(pairs)
    must_be_ours(request, found.get("form_token", ""))
    return found, files


def _take(
    request: Request,
    service: Service,
    asker: Asker,
    step: str,
    draft: str,
    form: Fields,
    photos: Mapping[str, bytes],
) -> Response:
    given = {name: form.text(name) for name in _OF_STEP.get(step, ()) if name in form}
    if step == "pin" and form.text("position"):
        given |= read_position(form.text("position"))
    if step == "view" and not given.get("bearing_deg"):
        given["bearing_deg"] = form.text("compass")
    if step == "check":
        given = {"status": "planned" if form.text("planned") else ""}
    if step == "owner":
        given |= {"ask_owner": form.text("ask_owner"), "sound_agreed": form.text("sound_agreed")}
        given["consent_date"] = form.text("consent_date") if form.text("consent") else ""
    faults = _faults(request, given, step)
    try:
        with unit_of_work(service.engine) as session:
            found = _open(session, service, asker, draft)
            drafts.answer(session, service.clock, found.id, found.person_id, given)
            for kind in KINDS:
                if kind in photos:
                    drafts.add_photo(session, service.clock, asker.actor, found.id, found.person_id, kind, photos[kind])
    except MatPhoError as error:
        return _page(request, service, asker, step, draft, error=error)
    if faults:
        return _page(request, service, asker, step, draft, faults=faults)
    if step == "check":
        return _finish(request, service, asker, draft)
    if form.text("then") == "ask":
        return go(f"/cameras/new/ask?draft={draft}")
    at = STEPS.index(step) + 1
    return go(f"/cameras/new/{STEPS[at] if at < len(STEPS) else 'check'}?draft={draft}")


def _finish(request: Request, service: Service, asker: Asker, draft: str) -> Response:
    try:
        credentials = _credentials(service, asker, draft)
        with unit_of_work(service.engine) as session:
            found = _open(session, service, asker, draft)
            fields = _values(found.fields)
            if "source" in fields:
                fields["source"] = joined_source(fields["source"], credentials)
            must_into(session, asker, fields.get("unit"))
            code = drafts.next_code(session, fields.get("unit"))
            drafts.finish(session, service.clock, service.vault, asker.actor, found.id, found.person_id, code, fields)
    except RowsRefused as error:
        faults = {problem.field: say_row(speaking(request), problem) for problem in error.problems}
        return _page(request, service, asker, "check", draft, faults=faults)
    except MatPhoError as error:
        return _page(request, service, asker, "check", draft, error=error)
    return go(f"/cameras/{code}?done=registered")


@router.get("/cameras/new/{draft}/photo/{kind}")
def draft_photo(service: Serving, asker: Asking, draft: str, kind: str) -> Response:
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        jpeg = drafts.photo(session, service.clock, draft, asker.standing.person_id, kind)
    return Response(jpeg, media_type="image/jpeg")


def _credentials(service: Service, asker: Asker, draft: str) -> str | None:
    """Return user and password of the source; opened outside of a transaction, for a keeper of keys may be slow."""
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        sealed = drafts.sealed_credentials(session, service.clock, draft, asker.standing.person_id)
    return None if sealed is None else DRAFT_CREDENTIALS.unseal(service.vault, draft, sealed)


def _values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", None) and name != drafts.ASKED}


def _faults(request: Request, given: Mapping[str, Any], step: str) -> dict[str, str]:
    _, problems = read(given, 1)
    faults = {problem.field: say_row(speaking(request), problem) for problem in problems}
    for name in _NEEDED.get(step, ()):
        if not given.get(name) and name not in faults:
            faults[name] = say_row(speaking(request), RowProblem(1, name, N_("is missing")))
    return faults


def _open(session: Session, service: Service, asker: Asker, draft: str) -> _Draft:
    assert asker.standing is not None
    person_id = asker.standing.person_id
    return _Draft(draft, person_id, drafts.answered(session, service.clock, draft, person_id))


def _page(
    request: Request,
    service: Service,
    asker: Asker,
    step: str,
    draft: str,
    *,
    faults: Mapping[str, str] | None = None,
    error: MatPhoError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        found = _open(session, service, asker, draft)
        units = units_within(session, asker, Right.REGISTRY_WRITE)
        photos = drafts.photo_kinds(session, found.id)
        middle, outline = around(session, found.fields.get("unit") or (units[0][0] if units else None), asker.now_us)
    page = "register_check.html" if step == "check" else f"register_{step if step in STEPS else 'where'}.html"
    answer = show(
        request,
        page,
        error,
        draft=draft,
        step=step if step in STEPS else "check",
        steps=STEPS,
        fields=_BLANK | found.fields | dict(typed or {}),
        faults=faults or {},
        units=units,
        photos=photos,
        map=pick_data(telling(request), middle, outline),
        directions=DIRECTIONS,
    )
    if faults:
        answer.status_code = 422
    return answer
