"""One's own account: the first password by a one-time link, the page of oneself, a new password."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.asking import Asker
from api.cookies import SESSION, drop
from api.myself import as_dict
from api.service import Service
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, source_of
from api.web.frame.shell import show, speaking
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, MatPhoError
from foundation.language import translate
from people.accounts import get_person
from people.attempts import network_of
from people.links import LinkUnusable, find_link, set_password, use_link
from people.passwords import PasswordWeak
from people.rights import ROLE_TEXT, Role
from people.signing_in import SignInDelayed, SignInRefused, confirm_password

router = APIRouter(include_in_schema=False)


class PasswordsDiffer(BadInput):
    code = "passwords_differ"
    message = N_("The two passwords are not the same")
    mend = N_("Type the new password twice, slowly, or have it shown while you type")


def _new_password(form: Fields) -> str:
    """Return the password that was typed twice. Raises `PasswordsDiffer`."""
    password = form.get("password", "")
    if form.get("again", password) != password:
        raise PasswordsDiffer
    return password


@router.get("/first-password/{link}")
def first_password_page(request: Request, service: Serving, link: str) -> Response:
    try:
        with unit_of_work(service.engine, writes=False) as session:
            name = find_link(session, service.clock, link).sign_in
    except LinkUnusable as error:
        return show(request, "message.html", error, message="")
    return show(request, "first_password.html", link=link, name=name)


@router.post("/first-password", max_body_size=FORM_LIMIT_BYTES)
async def first_password(request: Request, service: Serving) -> Response:
    form = await fields_of(request)
    link = form.get("link", "")
    try:
        await run_sync(_use, service, link, _new_password(form), source_of(request))
    except (PasswordWeak, PasswordsDiffer) as error:
        return show(request, "first_password.html", error, link=link, name=form.get("name", ""))
    except LinkUnusable as error:
        return show(request, "message.html", error, message="")
    return show(request, "message.html", message="changed")


def _use(service: Service, link: str, password: str, source: str) -> None:
    with unit_of_work(service.engine) as session:
        use_link(session, service.clock, service.passwords, link, password, network_of(source))


@router.get("/account")
def account_page(request: Request, service: Serving, asker: Asking) -> Response:
    return _account(request, service, asker, None)


def _account(request: Request, service: Service, asker: Asker, error: MatPhoError | None) -> Response:
    told, language = as_dict(service, asker), speaking(request)
    for role in told["roles"]:
        role["text"] = translate(language, ROLE_TEXT[Role(role["role"])])
    return show(request, "account.html", error, me=told)


@router.post("/account/password", max_body_size=FORM_LIMIT_BYTES)
async def change_password(request: Request, service: Serving, asker: Asking) -> Response:
    """Change it for who knows the present one; that signs out everywhere, here too."""
    form = await fields_of(request)
    try:
        await run_sync(_change, service, asker, form.get("old", ""), _new_password(form), source_of(request))
    except (PasswordWeak, PasswordsDiffer, SignInRefused, SignInDelayed) as error:
        return await run_sync(_account, request, service, asker, error)
    answer = show(request, "message.html", message="changed")
    drop(answer, SESSION)
    return answer


def _change(service: Service, asker: Asker, old: str, new: str, source: str) -> None:
    assert asker.standing is not None
    confirm_password(service.house, asker.standing.name, old, source)
    with unit_of_work(service.engine) as session:
        person = get_person(session, asker.standing.name)
        set_password(session, service.clock, service.passwords, asker.actor, person, new)
