"""Signing in and out by forms: name and password, then the code of the phone, or enrolling the phone first."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.cookies import DEVICE, FORM, SESSION, drop, keep
from api.gate import asker_of
from api.service import Service
from api.web.forms import FORM_LIMIT_BYTES, fields_of, go, show, source_of
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from people import second_factor
from people.accounts import get_person
from people.signing_in import Attempt, CodeRefused, SignedIn, SignInDelayed, SignInRefused, bring_code, enrol
from people.signing_in import sign_in as begin
from people.signing_in import sign_out as end

router = APIRouter(include_in_schema=False)
_NEXT = {"": "/account", "code": "/sign-in/code", "enrol": "/sign-in/phone"}


def opened(done: SignedIn) -> Response:
    """Answer with the cookies of a session, on the way to what it still needs."""
    answer = go(_NEXT[done.needs])
    _set(answer, done)
    return answer


def _set(answer: Response, done: SignedIn) -> None:
    keep(answer, SESSION, done.opened.secret)
    if done.device is not None:
        keep(answer, DEVICE, done.device)
    drop(answer, FORM)


@router.get("/sign-in")
async def sign_in_page(request: Request, service: Serving) -> Response:
    return show(request, "sign_in.html", name="", provider=service.provider is not None)


@router.post("/sign-in", max_body_size=FORM_LIMIT_BYTES)
async def sign_in(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    name, password = form.get("name", ""), form.get("password", "")
    attempt = Attempt(name, password, source_of(request), request.cookies.get(DEVICE))
    try:
        done = await run_sync(begin, service.house, attempt)
    except (SignInRefused, SignInDelayed) as error:
        return show(request, "sign_in.html", error, name=name, provider=service.provider is not None)
    before = request.cookies.get(SESSION)
    if before:
        await run_sync(end, service.house, before)
    return opened(done)


@router.get("/sign-in/code")
def code_page(request: Request, service: Serving, asker: Asking) -> Response:
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        enrolled = second_factor.has_second_factor(session, asker.standing.person_id)
    return show(request, "code.html") if enrolled else go("/sign-in/phone")


@router.post("/sign-in/code", max_body_size=FORM_LIMIT_BYTES)
async def code(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    secret, device = request.cookies[SESSION], request.cookies.get(DEVICE)
    try:
        done = await run_sync(bring_code, service.house, secret, form.get("code", ""), source_of(request), device)
    except (CodeRefused, SignInDelayed) as error:
        return show(request, "code.html", error)
    return opened(done)


@router.get("/sign-in/phone")
def phone_page(request: Request, service: Serving) -> Response:
    return _phone(request, service)


@router.post("/sign-in/phone", max_body_size=FORM_LIMIT_BYTES)
async def phone(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    try:
        done, codes = await run_sync(
            enrol, service.house, request.cookies[SESSION], form.get("code", ""), source_of(request)
        )
    except CodeRefused as error:
        return await run_sync(_phone, request, service, error)
    answer = show(request, "paper.html", codes=codes)
    _set(answer, done)
    return answer


def _phone(request: Request, service: Service, error: MatPhoError | None = None) -> Response:
    standing = asker_of(request).standing
    assert standing is not None
    with unit_of_work(service.engine) as session:
        person = get_person(session, standing.name)
        if second_factor.has_second_factor(session, person.id):
            return go("/sign-in/code")
        offered = second_factor.offer(session, service.vault, person)
    return show(request, "phone.html", error, key=offered.key, address=offered.address)


@router.post("/sign-out", max_body_size=FORM_LIMIT_BYTES)
async def sign_out(request: Request, service: Serving, asker: Asking) -> Response:
    await fields_of(request)
    if asker.browser is not None:
        await run_sync(end, service.house, asker.browser.secret)
    answer = go("/sign-in")
    drop(answer, SESSION)
    return answer
