"""Build the application: routes, errors, the outermost layer, and a check that nothing answers undeclared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from api import pages, web
from api.access import ACCESS
from api.edge import Edge
from api.gate import permitted
from api.handing import settle
from api.metrics import Counting, Metrics
from api.openapi import describe
from api.parameters import keepable
from api.problems import from_error, from_framework, handler
from api.rest import routers
from api.service import Service
from api.uploads import remove_abandoned
from api.validation import from_validation
from api.web.frame.refusals import failed, page_or
from foundation.errors import MatPhoError

_ABOUT = """
**Who saw this place at this time, and may I have it as evidence?**

Times are RFC 3339 with their offset, ranges are half-open `[from, to)`. Errors are `application/problem+json`
(RFC 9457) with a stable `code`, in Vietnamese or English by `Accept-Language`. Footage is answered with byte ranges
and a strong ETag. Programs send a token (`Authorization: Bearer …`, made by `matpho users token`), people sign in at
`/sign-in`. What is out of reach is answered as if it were not there.
"""

_TAGS = [
    {"name": "registry", "description": "Units and cameras: where they stand and look, since when."},
    {"name": "search", "description": "Who saw a place at a time, and what was recorded."},
    {"name": "clips", "description": "Footage exact to the frame, not re-encoded, with a receipt."},
    {"name": "holds", "description": "Footage kept at once, without approval; it reveals nothing and expires."},
    {"name": "imports", "description": "Recorded clips in; long work is a job."},
    {"name": "requests", "description": "Ask for footage, decide about it, see what was granted and used."},
    {"name": "people", "description": "Who is asking, and what they may."},
    {"name": "audit", "description": "Proofs that the record of every act was not rewritten."},
    {"name": "service", "description": "Is it well?"},
]


def create_app(service: Service) -> FastAPI:
    """Return the application over `service`; its background work starts and stops with it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_sync(remove_abandoned, service.inbox, service.clock.now_us())
        await run_sync(settle, service)
        started = []
        try:
            for work in (*service.background, service.viewing, service.listening, service.previews):
                await run_sync(work.start)
                started.append(work)
            yield
        finally:
            for work in reversed(started):
                await run_sync(work.stop)

    app = FastAPI(
        title="Mắt Phố",
        version=version("matpho"),
        summary="Cameras of a neighbourhood as evidence",
        description=_ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=_TAGS,
        openapi_url=None,  # ours is a declared route like every other
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        **_gate(),
    )
    app.state.service = service
    app.state.metrics = Metrics(service)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    app.router.routes += _routes()
    language = service.settings.language
    app.add_middleware(Counting, metrics=app.state.metrics)
    app.add_middleware(Edge, language=language, failed=failed, refused=page_or(from_framework))
    handlers: tuple[tuple[type[Exception], Any], ...] = (
        (MatPhoError, page_or(from_error)),
        (HTTPException, page_or(from_framework)),
        (RequestValidationError, page_or(from_validation)),
    )
    for kind, make in handlers:
        app.add_exception_handler(kind, handler(make, language))
    refuse_undeclared(app)
    return app


def _gate() -> dict[str, Any]:
    """Return what stands before every route, also before one that somebody adds to an application afterwards."""
    return {
        "dependencies": [Depends(keepable), Depends(permitted)],  # a NUL is no question for a catalogue
        "generate_unique_id_function": lambda route: route.name,
    }


@cache
def _routes() -> list[BaseRoute]:
    """Return the routes, which know no service: what each one wants is found out once, however many applications there are."""
    bearer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, **_gate())
    for router in (*routers, *web.routers, pages.router):
        bearer.include_router(router)
    return bearer.router.routes


def declared(app: FastAPI) -> set[tuple[str, str]]:
    """Return method and path of every route of the application."""
    found = set()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route} is not an APIRoute, so nobody would ask who may call it")
        found |= {(method, route.path) for method in route.methods or ()}
    return found


def refuse_undeclared(app: FastAPI) -> None:
    """Refuse to build an application whose routes and whose access table differ."""
    routes = declared(app)
    if routes != ACCESS.keys():
        raise RuntimeError(f"without access: {sorted(routes - ACCESS.keys())}; no route: {ACCESS.keys() - routes}")
