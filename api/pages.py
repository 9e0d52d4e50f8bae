"""Pages for people, all from our own files: the API's page, and what a problem means."""

import gzip
import html
import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.problems import STATUS
from api.wiring import Speaking, answer
from foundation.errors import N_, MatPhoError, NotFound
from foundation.language import translate

STATIC = Path(__file__).with_name("static")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_PACKED = frozenset(kind for ending, kind in _TYPES.items() if ending not in {".png", ".woff2"})

router = APIRouter(include_in_schema=False)


@cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    """Return name -> bytes, media type, ETag of each file that may be served: looked up, never opened by a given name."""
    found = {}
    for path in STATIC.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            kind = _TYPES.get(path.suffix, "text/plain; charset=utf-8")
            found[path.relative_to(STATIC).as_posix()] = (data, kind, f'"{sha256(data).hexdigest()[:32]}"')
    return found


def address_of(name: str) -> str:
    """Return where a file of ours is, with what it contains in the address: a browser need not ask for it twice."""
    return f"/static/{name}?v={_files()[name][2][1:17]}"


def _file(request: Request, name: str) -> Response:
    if name not in _files():
        raise NotFound(what=N_("file"), name=name[:100])
    data, kind, etag = _files()[name]
    for_ever = request.query_params.get("v") == etag[1:17]
    headers = {"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable" if for_ever else "no-cache"}
    if kind in _PACKED:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            data, etag = _packed(name), f'{etag[:-1]}-gz"'
            headers |= {"ETag": etag, "Content-Encoding": "gzip"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=kind)


@cache
def _packed(name: str) -> bytes:
    """Return a file packed for the way; ours hold no secret, so their lengths may be known."""
    return gzip.compress(_files()[name][0], mtime=0)


@router.get("/docs")
async def docs(request: Request) -> Response:
    return _file(request, "docs.html")


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    return answer(request.app.openapi(), headers={"Cache-Control": "no-cache"})


@router.get("/static/{name:path}")
async def static(request: Request, name: str) -> Response:
    return _file(request, name)


SHELL = ("css/tokens.css", "css/app.css", "css/parts.css", "icon.svg", "js/page.js")
"""What a page without a network is made of; css/print.css is not: nobody prints it."""


@cache
def _worker() -> tuple[bytes, str]:
    """Return the service worker with the addresses of what it keeps, and its ETag: it changes when one of them does."""
    files = [address_of(name) for name in SHELL]
    version = sha256("".join(files).encode()).hexdigest()[:16]
    head = f"self.SHELL = {json.dumps({'version': version, 'files': files})};\n"
    data = head.encode() + _files()["js/service-worker.js"][0]
    return data, f'"{sha256(data).hexdigest()[:32]}"'


@router.get("/service-worker.js")
async def service_worker(request: Request) -> Response:
    """At the root, since a worker looks after what lies beside it; a browser asks each day whether it changed."""
    data, etag = _worker()
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=_TYPES[".js"])


@router.get("/problems/{code}")
async def problem_page(code: str, language: Speaking) -> Response:
    """Say what a problem's `type` means, in the reader's language; the texts are templates over its `fields`."""
    kind = next((kind for kind in every_error(MatPhoError) if kind.code == code), None)
    if kind is None:
        raise NotFound(what=N_("problem"), name=code[:100])
    status, title = STATUS[kind.kind]
    heading = html.escape(translate(language, title))
    lines = [f"<p>{html.escape(translate(language, text))}</p>" for text in (kind.message, kind.mend) if text]
    page = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{heading}</title>'
        f"<h1>{heading}</h1><p><code>{html.escape(code)}</code>, HTTP {status}</p>{''.join(lines)}</html>"
    )
    return HTMLResponse(page, headers={"Content-Language": language, "Vary": "Accept-Language"})


def every_error(kind: type[MatPhoError]) -> Iterator[type[MatPhoError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from every_error(narrower)
