"""What pages share: templates in the reader's language, fields of forms, and the proof that a form is one of ours.

A form of a session carries the session's token; one of nobody carries what a `__Host-` cookie of the same browser says,
which no page of another host can set or read.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.cookies import FORM, from_elsewhere, keep
from api.gate import FromElsewhere, asker_of
from api.negotiation import language_of
from api.problems import STATUS
from api.wiring import service_of
from foundation.errors import N_, MatPhoError
from foundation.language import Language, say_error, translate
from people.secrets import new_secret, same

FORM_LIMIT_BYTES = 16 * 2**10
_TEMPLATES = Environment(loader=PackageLoader("api.web"), autoescape=True, undefined=StrictUndefined)

_TEXTS = {
    "sign_in": N_("Sign in"),
    "sign_out": N_("Sign out"),
    "name": N_("Sign-in name"),
    "password": N_("Password"),
    "new_password": N_("New password, at least 12 letters"),
    "old_password": N_("Present password"),
    "choose": N_("Choose your password"),
    "change": N_("Change the password"),
    "changed": N_("The password is set. Sign in with it."),
    "code": N_("Code of your phone, or a code on paper"),
    "go_on": N_("Go on"),
    "phone": N_("Your role needs a second factor: the code of a phone"),
    "phone_how": N_("Open an authenticator on your phone, add this key, and type the code it shows:"),
    "paper": N_("Write these down. Each opens once, when the phone is lost. They are not shown again."),
    "account": N_("Your account"),
    "roles": N_("Roles"),
    "none": N_("You have no role today; your administrator gives them."),
    "everywhere": N_("everywhere"),
    "until": N_("until {to}"),
    "provider": N_("Sign in at the provider of identities of your office"),
    "owner_title": N_("May footage of your camera be used?"),
    "owner_what": N_("You wanted to be asked before each use. Nobody sees anything unless you agree."),
    "camera": N_("Camera"),
    "time": N_("Time"),
    "purpose": N_("Purpose"),
    "agree": N_("I agree"),
    "decline": N_("I do not agree"),
    "thanks": N_("Thank you. Your answer is noted."),
    "lost": N_("No password yet, or forgotten? Your administrator has a one-time link for you."),
}


def speaking(request: Request) -> Language:
    return language_of(request.headers.get("accept-language"), service_of(request).settings.language)


def show(request: Request, template: str, error: MatPhoError | None = None, /, **more: Any) -> Response:
    """Return a page. With an error its status is that of the error, and the page says what to do about it."""
    language, service = speaking(request), service_of(request)
    asker = asker_of(request)
    token = asker.browser.form_token if asker.browser else request.cookies.get(FORM) or new_secret()
    values: dict[str, Any] = {
        "language": language,
        "texts": {key: translate(language, text) for key, text in _TEXTS.items()},
        "problem": " ".join(part + "." for part in say_error(language, error, service.zone) if part) if error else "",
        "form_token": token,
        "signed_in": asker.standing is not None,
        **more,
    }
    status = STATUS[error.kind][0] if error else 200
    answer = HTMLResponse(_TEMPLATES.get_template(template).render(values), status)
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept-Language, Cookie"
    if asker.browser is None:
        keep(answer, FORM, token)
    return answer


def go(place: str) -> Response:
    return RedirectResponse(place, 303)


async def fields_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a form that is ours. Raises `FromElsewhere`."""
    async with request.form(max_files=0, max_fields=20, max_part_size=FORM_LIMIT_BYTES) as form:
        found = {name: value for name, value in form.items() if isinstance(value, str)}
    browser = asker_of(request).browser
    expected = browser.form_token if browser else request.cookies.get(FORM, "")
    if from_elsewhere(request) or not expected or not same(found.get("form_token", ""), expected):
        raise FromElsewhere
    return found


def source_of(request: Request) -> str:
    return request.client.host if request.client else ""
