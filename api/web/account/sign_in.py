"""Signing in and out by forms: name and password, then the code of the phone, or enrolling the phone first."""

from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.cookies import DEVICE, FORM, SESSION, drop, keep
from api.gate import asker_of
from api.papers.squares import squares_once
from api.service import Service
from api.web.frame.coming import next_of
from api.web.frame.forms import FORM_LIMIT_BYTES, fields_of, go, source_of
from api.web.frame.shell import show
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from people import second_factor
from people.accounts import get_person
from people.signing_in import Attempt, CodeRefused, SignedIn, SignInDelayed, SignInRefused, bring_code, enrol
from people.signing_in import sign_in as begin
from people.signing_in import sign_out as end

router = APIRouter(include_in_schema=False)
_NEXT = {"code": "/sign-in/code", "enrol": "/sign-in/phone"}


def _on(needs: str, after: str) -> str:
    if not needs:
        return next_of(after)
    return _NEXT[needs] if next_of(after) == "/" else f"{_NEXT[needs]}?next={quote(after, safe='')}"


def opened(done: SignedIn, after: str = "/") -> Response:
    """Answer with the cookies of a session, on the way to what it still needs, and then to the page `after`."""
    answer = go(_on(done.needs, after))
    _set(answer, done)
    return answer


def _set(answer: Response, done: SignedIn) -> None:
    keep(answer, SESSION, done.opened.secret)
    if done.device is not None:
        keep(answer, DEVICE, done.device)
    drop(answer, FORM)


@router.get("/sign-in")
async def sign_in_page(request: Request, service: Serving) -> Response:
    lost = request.query_params.get("lost") == "yes"
    more = {"provider": service.provider is not None, "after": _after(request), "lost": lost}
    return show(request, "sign_in.html", name="", **more)


@router.post("/sign-in", max_body_size=FORM_LIMIT_BYTES)
async def sign_in(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    name, password = form.get("name", ""), form.get("password", "")
    attempt = Attempt(name, password, source_of(request), request.cookies.get(DEVICE))
    try:
        done = await run_sync(begin, service.house, attempt)
    except (SignInRefused, SignInDelayed) as error:
        more = {"provider": service.provider is not None, "after": form.get("next", ""), "lost": False}
        return show(request, "sign_in.html", error, name=name, **more)
    before = request.cookies.get(SESSION)
    if before:
        await run_sync(end, service.house, before, source_of(request))
    return opened(done, form.get("next", ""))


@router.get("/sign-in/code")
def code_page(request: Request, service: Serving, asker: Asking) -> Response:
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        enrolled = second_factor.has_second_factor(session, asker.standing.person_id)
    return show(request, "code.html", after=_after(request)) if enrolled else go(_on("enrol", _after(request)))


def _after(request: Request) -> str:
    return next_of(request.query_params.get("next", ""))


@router.post("/sign-in/code", max_body_size=FORM_LIMIT_BYTES)
async def code(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    secret, device = request.cookies[SESSION], request.cookies.get(DEVICE)
    try:
        done = await run_sync(bring_code, service.house, secret, form.get("code", ""), source_of(request), device)
    except (CodeRefused, SignInDelayed) as error:
        return show(request, "code.html", error, after=form.get("next", ""))
    return opened(done, form.get("next", ""))


@router.get("/sign-in/phone")
def phone_page(request: Request, service: Serving) -> Response:
    return _phone(request, service, _after(request))


@router.post("/sign-in/phone", max_body_size=FORM_LIMIT_BYTES)
async def phone(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    try:
        done, codes = await run_sync(
            enrol, service.house, request.cookies[SESSION], form.get("code", ""), source_of(request)
        )
    except CodeRefused as error:
        return await run_sync(_phone, request, service, form.get("next", ""), error)
    answer = show(request, "paper.html", codes=codes, after=next_of(form.get("next", "")))
    _set(answer, done)
    return answer


def _phone(request: Request, service: Service, after: str, error: MatPhoError | None = None) -> Response:
    standing = asker_of(request).standing
    assert standing is not None
    with unit_of_work(service.engine) as session:
        person = get_person(session, standing.name)
        if second_factor.has_second_factor(session, person.id):
            return go("/sign-in/code")
        offered = second_factor.offer(session, service.vault, person)
    drawing = squares_once(offered.address)
    return show(request, "phone.html", error, key=offered.key, address=offered.address, drawing=drawing, after=after)


@router.post("/sign-out", max_body_size=FORM_LIMIT_BYTES)
async def sign_out(request: Request, service: Serving, asker: Asking) -> Response:
    await fields_of(request)
    if asker.browser is not None:
        await run_sync(end, service.house, asker.browser.secret, source_of(request))
    answer = go("/sign-in")
    drop(answer, SESSION)
    # Photos and footage lie in the cache of the browser, to be asked about again: the next one at this machine finds none.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
