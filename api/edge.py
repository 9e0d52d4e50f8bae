"""The outermost layer: security headers on every answer, HEAD for every GET, and no error that leaves unexplained."""

import logging
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import asked_language, from_framework, from_unexpected
from foundation.language import Language

logger = logging.getLogger("matpho.api")

# Nothing is ever fetched from elsewhere, nothing inline runs, and no other page may frame or embed ours.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers send forms from the origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_HEAD = "matpho.head"


def method_of(request: Request) -> str:
    """Return the method as the client sent it: routes see GET for HEAD."""
    return "HEAD" if request.scope.get(_HEAD) else request.method


class Edge:
    def __init__(
        self,
        app: ASGIApp,
        language: Language,
        failed: Callable[..., Response] = from_unexpected,
        refused: Callable[..., Response] = from_framework,
    ) -> None:
        self.app = app
        self.language = language
        self.failed = failed
        self.refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET", _HEAD: True} if head else scope
        started = muted = False

        async def passed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            elif head:
                message = {**message, "body": b""}
            await send(message)

        async def out(message: Message) -> None:
            nonlocal muted
            if message["type"] == "http.response.start" and _is_plain_error(message):
                muted = True  # what the framework's middleware says in plain words, we say as everything else
                request = Request(scope)
                error = HTTPException(message["status"])
                answer = self.refused(request, error, asked_language(request, self.language))
                await answer(scope, receive, passed)
            elif not muted:
                await passed(message)

        try:
            await self.app(inner, receive, out)
        except ClientDisconnect:
            logger.info("%s %s: the client went away", scope["method"], scope["path"])
        except Exception as error:  # noqa: BLE001 - the last place that can tell the client; it is logged there
            request = Request(scope)
            answer = self.failed(request, error, asked_language(request, self.language))
            if not started:  # else the length is promised, and ending short is how HTTP says that it failed
                await answer(scope, receive, passed)


def _is_plain_error(message: Message) -> bool:
    kind = Headers(raw=message["headers"]).get("content-type", "")
    return message["status"] >= 400 and kind.startswith("text/plain")
