"""A person who opens a page is shown a page, also when it is refused or fails; a program is told in its own way."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.asking import NotSignedIn, SecondFactorMissing
from api.problems import STATUS, from_unexpected
from api.web.frame.advice import advice_of
from api.web.frame.shell import show, speaking
from camera_registry.drafts import DraftFinished
from foundation.errors import MatPhoError
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
            back = f"?next={quote(back_to(request), safe='')}" if request.method == "GET" else ""
            return RedirectResponse(_WAY[type(error)] + back, 303)
        if isinstance(error, DraftFinished):
            return RedirectResponse(f"/cameras/{quote(error.fields['camera'], safe='')}?done=registered", 303)
        return refused(request, error)

    return made


def back_to(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def next_of(asked: str) -> str:
    """Return where to go on after signing in: a page of ours, whatever an address says."""
    if asked.startswith("/") and not asked.startswith(("//", "/\\")) and "\n" not in asked and len(asked) < 2000:
        return asked
    return "/"


def refused(request: Request, error: MatPhoError | HTTPException | RequestValidationError) -> Response:
    """Show what was refused, why, what to do, and a reference that is found in the log."""
    reference = new_id()
    language = speaking(request)
    if isinstance(error, MatPhoError):
        status, title = STATUS[error.kind]
        logger.info("reference %s: %s %s: %s", reference, request.method, request.url.path, error.code)
        more = {
            "title": translate(language, title),
            "reference": reference,
            "advice": advice_of(language, status, error),
        }
        return show(request, "refused.html", error, **more)
    status = error.status_code if isinstance(error, HTTPException) else 422
    title = next((text for code, text in STATUS.values() if code == status), STATUS[MatPhoError.kind][1])
    logger.info("reference %s: %s %s: %s", reference, request.method, request.url.path, status)
    more = {"title": translate(language, title), "reference": reference, "advice": advice_of(language, status)}
    answer = show(request, "refused.html", **more)
    answer.status_code = status
    return answer


def failed(request: Request, error: Exception, language: Language) -> Response:
    """Show that something failed inside, with the incident that the log has; never fails itself."""
    plain = from_unexpected(request, error, language)
    if not wants_page(request):
        return plain
    try:
        incident = plain.headers["X-Incident"]
        title = translate(speaking(request), STATUS[MatPhoError.kind][1])
        advice = advice_of(speaking(request), plain.status_code)
        answer = show(request, "refused.html", title=title, reference=incident, advice=advice)
    except Exception:
        logger.exception("the page about incident %s failed, too", plain.headers["X-Incident"])
        return plain
    answer.status_code = plain.status_code
    return answer
