"""A person who opens a page without having signed in is shown the way; a program is told what it lacks."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.asking import NotSignedIn, SecondFactorMissing
from api.problems import from_error
from foundation.errors import MatPhoError
from foundation.language import Language

_WAY: dict[type[MatPhoError], str] = {NotSignedIn: "/sign-in", SecondFactorMissing: "/sign-in/code"}
SHOWN = tuple(_WAY)


def from_refusal(request: Request, error: MatPhoError, language: Language) -> Response:
    page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if page and not request.url.path.startswith("/api/"):
        return RedirectResponse(_WAY[type(error)], 303)
    return from_error(request, error, language)
