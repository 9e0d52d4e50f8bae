"""Every error as `application/problem+json` (RFC 9457), in the language asked for. The one table from kind to status.

Members beside those of the RFC: `code` (stable, for programs), `mend` (what to do), `fields` (what the text was made
of) and `errors` (one entry for each bad field or row). Nothing here ever carries a secret; an unexpected error shows
an incident id and the log has the place, but not the values.
"""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.negotiation import language_of
from camera_registry.secrets import scrub
from foundation.errors import N_, ErrorKind, MatPhoError, RowsRefused
from foundation.identity import new_id
from foundation.language import Language, say_error, say_row, translate

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
logger = logging.getLogger("matpho.api")

STATUS: Mapping[ErrorKind, tuple[int, str]] = {
    ErrorKind.INVALID: (422, N_("The input cannot be used")),
    ErrorKind.NOT_FOUND: (404, N_("Not found")),
    ErrorKind.CONFLICT: (409, N_("This conflicts with what is stored")),
    ErrorKind.STALE: (412, N_("Changed in the meantime")),
    ErrorKind.GONE: (410, N_("No longer kept")),
    ErrorKind.FORBIDDEN: (403, N_("Not permitted")),
    ErrorKind.UNKNOWN: (401, N_("Nobody knows who is asking")),
    ErrorKind.TOO_MANY: (429, N_("Too many attempts")),
    ErrorKind.TOO_LARGE: (413, N_("Too large")),
    ErrorKind.CORRUPT: (500, N_("Stored data is damaged")),
    ErrorKind.UNAVAILABLE: (503, N_("Not available at the moment")),
    ErrorKind.INTERNAL: (500, N_("Something failed inside the service")),
}

OWN_STATUS: Mapping[str, int] = {
    "tus_version_unknown": 412,
    "upload_kind_unknown": 415,
    "upload_held": 423,
    "upload_sum_wrong": 460,
}
"""By code: what the tus protocol, and RFC 9110 and 4918 with it, give a status of its own."""

# What the framework itself refuses, before any of our code runs.
_FRAMEWORK: Mapping[int, tuple[str, str]] = {
    400: ("body_unreadable", N_("The body of the request cannot be read")),
    404: ("page_unknown", N_("There is nothing at this address")),
    413: ("body_too_large", N_("The body of the request is larger than allowed")),
    405: ("method_not_allowed", N_("This address does not answer this method")),
}


def problem(
    request: Request, status: int, code: str, title: str, detail: str, *, language: Language, **more: Any
) -> Response:
    """Return a problem answer; members of `more` that are empty are left out."""
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "code": code,
        **{name: value for name, value in more.items() if value},
    }
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if status == STATUS[ErrorKind.UNAVAILABLE][0]:
        headers["Retry-After"] = str(RETRY_SECONDS)
    text = json.dumps(_scrubbed(body), ensure_ascii=False, default=str, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status, headers, MEDIA_TYPE)


def _scrubbed(value: Any) -> Any:
    """Return `value` without the user and password of any address: what is refused is often told back."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {name: _scrubbed(one) for name, one in value.items()}
    return [_scrubbed(one) for one in value] if isinstance(value, list | tuple) else value


def _zone(request: Request) -> tzinfo:
    service = getattr(request.app.state, "service", None)
    return UTC if service is None else service.zone


def from_error(request: Request, error: MatPhoError, language: Language) -> Response:
    status, title = STATUS[error.kind]
    status = OWN_STATUS.get(error.code, status)
    message, mend = say_error(language, error, _zone(request))
    rows = error.problems if isinstance(error, RowsRefused) else []
    errors = [{"line": row.line, "field": row.field, "detail": say_row(language, row)} for row in rows]
    if status >= 500:
        logger.error("%s %s: %s", request.method, request.url.path, error.code)
    answer = problem(
        request,
        status,
        error.code,
        translate(language, title),
        f"{message}. {mend}" if mend else message,
        language=language,
        mend=mend,
        fields=error.fields,
        errors=errors,
    )
    if error.kind is ErrorKind.UNKNOWN:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if error.kind is ErrorKind.TOO_MANY:
        answer.headers["Retry-After"] = str(error.fields.get("seconds", RETRY_SECONDS))
    return answer


def from_framework(request: Request, error: HTTPException, language: Language) -> Response:
    code, text = _FRAMEWORK.get(error.status_code, ("request_refused", N_("The request was refused")))
    said = translate(language, text)
    answer = problem(request, error.status_code, code, said, said, language=language)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def from_unexpected(request: Request, error: Exception, language: Language) -> Response:
    """Answer 500 with an incident id. The log gets the kind of the error and its place: values may be private."""
    incident = new_id()
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    kind = type(error).__name__
    logger.error(
        "incident %s: %s in %s %s\n  %s", incident, kind, request.method, request.url.path, "\n  ".join(places)
    )
    title = translate(language, STATUS[ErrorKind.INTERNAL][1])
    detail = translate(language, N_("The incident {incident} is in the log of the service"), incident=incident)
    answer = problem(request, 500, "internal", title, detail, language=language, fields={"incident": incident})
    answer.headers["X-Incident"] = incident
    return answer


def asked_language(request: Request, default: Language) -> Language:
    return language_of(request.headers.get("accept-language"), default)


Handler = Callable[[Request, Any], Awaitable[Response]]


def handler(make: Callable[[Request, Any, Language], Response], default: Language) -> Handler:
    """Wrap one of the functions above as an exception handler of the framework."""

    async def handle(request: Request, error: Any) -> Response:
        return make(request, error, asked_language(request, default))

    return handle
