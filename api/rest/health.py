"""Liveness and readiness. A live process that cannot work says what it lacks."""

from importlib.metadata import version

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from api.metrics import CONTENT_TYPE, Metrics
from api.schemas.problem import problems
from api.schemas.service import Health, Ready
from api.service import Service
from api.wiring import Serving, answer
from foundation.database import unit_of_work

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=Health)
async def healthz() -> Response:
    """The process answers."""
    return answer({"status": "ok", "version": version("matpho")})


@router.get("/readyz", response_model=Ready, responses=problems(503))
def readyz(service: Serving) -> Response:
    """Catalogue and footage store answer; 503 names the one that does not."""
    _check_catalogue(service)
    next(iter(service.store.keys("")), None)
    return answer({"status": "ready", "catalogue": "ok", "store": "ok"})


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={200: {"description": "The text format of Prometheus"}, **problems(403, 503)},
)
def metrics(request: Request) -> Response:
    """What the service counts, for Prometheus."""
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE)


def _check_catalogue(service: Service) -> None:
    with unit_of_work(service.engine, writes=False) as session:
        session.execute(sa.text("SELECT count(*) FROM registry_revision"))
