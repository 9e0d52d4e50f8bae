"""A person who opens a page is shown a page, also when it is refused or fails; a program is told in its own way."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.asking import NotSignedIn, SecondFactorMissing
from api.problems import STATUS, from_unexpected
from api.web.frame.advice import advice_of
from api.web.frame.calls import calls_about
from api.web.frame.coming import came_from, next_of
from api.web.frame.shell import show, speaking
from api.wiring import service_of
from camera_registry.drafts import DraftFinished
from camera_registry.telephones import Telephone
from foundation.database import unit_of_work
from foundation.errors import ErrorKind, MatPhoError
from foundation.identity import new_id
from foundation.language import Language, translate

_WAY: dict[type[MatPhoError], str] = {NotSignedIn: "/sign-in", SecondFactorMissing: "/sign-in/code"}
Make = Callable[[Request, Any, Language], Response]
logger = logging.getLogger("matpho.api")


def wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def page_or(make: Make) -> Make:
    """Return a maker of answers that shows a page to whoever wants one, and else does what `make` does."""

    def made(request: Request, error: Any, language: Language) -> Response:
        if not wants_page(request):
            return make(request, error, language)
        if type(error) in _WAY:
            return RedirectResponse(_WAY[type(error)] + _way_back(request), 303)
        if isinstance(error, DraftFinished):
            return RedirectResponse(f"/cameras/{quote(error.fields['camera'], safe='')}?done=registered", 303)
        return refused(request, error)

    return made


def _way_back(request: Request) -> str:
    """Return what the address of signing in says: the page to go on with, and that a form was not kept."""
    if request.method == "GET":
        return f"?next={quote(next_of(back_to(request)), safe='')}"
    return f"?lost=yes&next={quote(came_from(request), safe='')}"


def back_to(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def refused(request: Request, error: MatPhoError | HTTPException | RequestValidationError) -> Response:
    """Show what was refused, why, what to do, and a reference that is found in the log."""
    reference = new_id()
    language = speaking(request)
    back = came_from(request) if request.method == "POST" else "/"
    if isinstance(error, MatPhoError):
        status, title = STATUS[error.kind]
        logger.info("reference %s: %s %s: %s", reference, request.method, request.url.path, error.code)
        more = {
            "title": translate(language, title),
            "reference": reference,
            "advice": advice_of(language, status, error),
            "calls": _calls(request, error),
            "back": back,
        }
        return show(request, "refused.html", error, **more)
    status = error.status_code if isinstance(error, HTTPException) else 422
    title = next((text for code, text in STATUS.values() if code == status), STATUS[MatPhoError.kind][1])
    logger.info("reference %s: %s %s: %s", reference, request.method, request.url.path, status)
    advice = advice_of(language, status)
    more = {"title": translate(language, title), "reference": reference, "advice": advice, "calls": [], "back": back}
    answer = show(request, "refused.html", **more)
    answer.status_code = status
    return answer


def _calls(request: Request, error: MatPhoError) -> list[Telephone]:
    """Return whom to call about it; nobody where the catalogue does not answer: the page is shown all the same."""
    asker = getattr(request.state, "asker", None)
    if asker is None or asker.standing is None or error.kind is not ErrorKind.FORBIDDEN:
        return []
    with suppress(MatPhoError), unit_of_work(service_of(request).engine, writes=False) as session:
        return calls_about(session, asker, error)
    return []


def failed(request: Request, error: Exception, language: Language) -> Response:
    """Show that something failed inside, with the incident that the log has; never fails itself."""
    plain = from_unexpected(request, error, language)
    if not wants_page(request):
        return plain
    try:
        incident = plain.headers["X-Incident"]
        title = translate(speaking(request), STATUS[MatPhoError.kind][1])
        advice = advice_of(speaking(request), plain.status_code)
        told = {"title": title, "reference": incident, "advice": advice}
        answer = show(request, "refused.html", calls=[], back="/", **told)
    except Exception:
        logger.exception("the page about incident %s failed, too", plain.headers["X-Incident"])
        return plain
    answer.status_code = plain.status_code
    return answer
