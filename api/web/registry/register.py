"""Registering a camera, one question a page; what is answered is kept at each step."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.reach import must_into
from api.service import Service
from api.web.frame.advice import row_for_people
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, changes_language, fields_of, go
from api.web.frame.places import units_within
from api.web.frame.shell import show, speaking
from api.web.registry.photo_form import PHOTO_FORM_BYTES, fields_and_photos, keep_each
from api.web.registry.register_page import duties_of, far_fault, person_of, register_page, unit_in
from api.web.registry.steps import (
    STEPS,
    UNIT_UNKNOWN,
    answers_to,
    consented,
    faults_of,
    given_of,
    kept_of,
    next_step,
    placed,
    values_of,
)
from api.wiring import Asking, Serving
from camera_registry import drafts
from camera_registry.fields import before_connection
from camera_registry.photos import Kind, PhotoTooLarge
from camera_registry.secrets import DRAFT_CREDENTIALS, joined_source
from foundation.database import unit_of_work
from foundation.errors import MatPhoError, RowsRefused
from foundation.language import translate
from people.rights import Right

router = APIRouter(include_in_schema=False)
_FIELDS = 24


@router.get("/cameras/new")
def begin_page(request: Request, service: Serving, asker: Asking) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        found = drafts.drafts_of(session, service.clock, person_of(asker))
        begun = [(key, before_connection(fields.get("name", "")), next_step(fields)) for key, fields in found if fields]
    return show(request, "register_begin.html", drafts=begun)


@router.post("/cameras/new", max_body_size=FORM_LIMIT_BYTES)
async def begin(request: Request, service: Serving, asker: Asking) -> Response:
    """Begin a registration, or forget one that was begun."""
    form = await fields_of(request)
    return await run_sync(_begin, service, asker, form.text("drop"))


def _begin(service: Service, asker: Asker, dropped: str) -> Response:
    with unit_of_work(service.engine) as session:
        if dropped:
            drafts.drop(session, service.clock, dropped, person_of(asker))
            return go("/cameras/new?done=dropped")
        return go(f"/cameras/new/where?draft={drafts.begin(session, service.clock, person_of(asker))}")


@router.get("/cameras/new/{step}")
def step_page(request: Request, service: Serving, asker: Asking, step: str, draft: str = "") -> Response:
    return register_page(request, service, asker, step, draft)


@router.post("/cameras/new/{step}", max_body_size=PHOTO_FORM_BYTES)
async def answer_step(request: Request, service: Serving, asker: Asking, step: str, draft: str = "") -> Response:
    photos: dict[Kind, bytes | PhotoTooLarge] = {}
    if step == "photos":
        form, photos = await fields_and_photos(request, _FIELDS)
    else:
        form = await fields_of(request)
    if changes_language(request, form):
        typed = given_of(step, form) | dict(form)
        return await run_sync(partial(register_page, request, service, asker, step, draft, typed=typed))
    return await run_sync(_take, request, service, asker, step, draft, form, photos)


def _take(
    request: Request,
    service: Service,
    asker: Asker,
    step: str,
    draft: str,
    form: Fields,
    photos: Mapping[Kind, bytes | PhotoTooLarge],
) -> Response:
    given, then = given_of(step, form), form.text("then")
    try:
        with unit_of_work(service.engine) as session:
            faults = _faults(session, request, service, asker, step, draft, given)
            kept = kept_of(given)
            drafts.answer(session, service.clock, draft, person_of(asker), kept)
            bad = keep_each(speaking(request), photos, partial(_add_photo, session, service, asker, draft))
    except MatPhoError as error:
        return register_page(request, service, asker, step, draft, error=error)
    lost = bool(bad) or kept != given
    if then in STEPS and not lost:  # to another question: what is wrong is said again before the camera is registered
        return go(f"/cameras/new/{then}?draft={quote(draft)}")
    if faults or lost:
        return register_page(request, service, asker, step, draft, faults=faults | bad)
    if step == "check":
        return _finish(request, service, asker, draft)
    if then == "ask":
        return go(f"/cameras/new/ask?draft={quote(draft)}")
    at = STEPS.index(step) + 1 if step in STEPS else 0
    return go(f"/cameras/new/{STEPS[at] if at < len(STEPS) else 'check'}?draft={quote(draft)}")


def _add_photo(session: Session, service: Service, asker: Asker, draft: str, kind: Kind, data: bytes) -> None:
    drafts.add_photo(session, service.clock, asker.actor, draft, person_of(asker), kind, data)


def _faults(
    session: Session,
    request: Request,
    service: Service,
    asker: Asker,
    step: str,
    draft: str,
    given: dict[str, str],
) -> dict[str, str]:
    """Return what is wrong with the answers to a step, which hold the place that was told at once afterwards."""
    if step not in STEPS:
        return {}
    language = speaking(request)
    units = units_within(session, asker, Right.REGISTRY_WRITE)
    known = drafts.answered(session, service.clock, draft, person_of(asker))
    begun: dict[str, str] = {}
    if given.get("unit") and given["unit"] not in dict(units):
        given["unit"], begun["unit"] = "", translate(language, UNIT_UNKNOWN)
    if step == "pin":
        begun |= placed(language, given)
    unit = unit_in(known | given, units)
    faults = faults_of(step, given, duties_of(session, request, service, asker, unit), begun)
    if step == "pin" and not faults:
        faults |= far_fault(session, request, asker, unit, given)
    return faults


def _finish(request: Request, service: Service, asker: Asker, draft: str) -> Response:
    try:
        credentials = _credentials(service, asker, draft)
        with unit_of_work(service.engine) as session:
            answers = consented(drafts.answered(session, service.clock, draft, person_of(asker)))
            faults = _all_faults(session, request, service, asker, answers)
            if not faults:
                code = _register(session, service, asker, draft, values_of(answers), credentials)
    except RowsRefused as error:
        faults = {problem.field: row_for_people(speaking(request), problem, service.zone) for problem in error.problems}
    except drafts.DraftFinished:
        raise
    except MatPhoError as error:
        return register_page(request, service, asker, "check", draft, error=error)
    if faults:
        return register_page(request, service, asker, "check", draft, faults=faults)
    return go(f"/cameras/{quote(code, safe='')}?done=registered")


def _all_faults(
    session: Session, request: Request, service: Service, asker: Asker, answers: Mapping[str, Any]
) -> dict[str, str]:
    """Return what is wrong with the answers to all steps: at once, and not one at each attempt."""
    unit = unit_in(answers, units_within(session, asker, Right.REGISTRY_WRITE))
    duties = duties_of(session, request, service, asker, unit)
    faults: dict[str, str] = {}
    for step in STEPS:
        faults |= faults_of(step, answers_to(step, answers), duties, {})
    return faults or far_fault(session, request, asker, unit, answers)


def _register(
    session: Session, service: Service, asker: Asker, draft: str, fields: dict[str, Any], credentials: str | None
) -> str:
    if "source" in fields:
        fields["source"] = joined_source(fields["source"], credentials)
    must_into(session, asker, fields.get("unit"))
    code = drafts.next_code(session, fields.get("unit"))
    person_id = person_of(asker)
    drafts.finish(session, service.clock, service.vault, asker.actor, draft, person_id, code, fields, service.zone)
    return code


@router.get("/cameras/new/{draft}/photo/{kind}")
def draft_photo(service: Serving, asker: Asking, draft: str, kind: str) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        jpeg = drafts.photo(session, service.clock, draft, person_of(asker), kind)
    return Response(jpeg, media_type="image/jpeg")


def _credentials(service: Service, asker: Asker, draft: str) -> str | None:
    """Return user and password of the source; opened outside of a transaction, for a keeper of keys may be slow."""
    with unit_of_work(service.engine, writes=False) as session:
        sealed = drafts.sealed_credentials(session, service.clock, draft, person_of(asker))
    return None if sealed is None else DRAFT_CREDENTIALS.unseal(service.vault, draft, sealed)
