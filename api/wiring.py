"""How a route gets the service and answers with it."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response

from api.asking import Asker
from api.gate import asker_of
from api.problems import asked_language
from api.service import Service
from foundation.identity import Actor
from foundation.language import Language


def service_of(request: Request) -> Service:
    found = request.app.state.service
    assert isinstance(found, Service)
    return found


async def _service(request: Request) -> Service:  # async, so that it costs no thread
    return service_of(request)


async def _asker(request: Request) -> Asker:
    return asker_of(request)


async def _actor(request: Request) -> Actor:
    return asker_of(request).actor


async def _language(request: Request) -> Language:
    return asked_language(request, service_of(request).settings.language)


Serving = Annotated[Service, Depends(_service)]
Asking = Annotated[Asker, Depends(_asker)]
Acting = Annotated[Actor, Depends(_actor)]
Speaking = Annotated[Language, Depends(_language)]


class GeoJson(JSONResponse):
    media_type = "application/geo+json"


def answer(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    """Return JSON as compact UTF-8; the routes declare the schema, tests hold them to it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status, dict(headers or {}), media_type)
