"""Units: the areas that cameras and coverage are counted by."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.limits import TABLE_LIMIT_BYTES
from api.parameters import Instant
from api.rest.bodies import RAW_BODY, FileName
from api.rest.geojson import unit_feature
from api.schemas.camera import UnitCollection, UnitsImported
from api.schemas.problem import problems
from api.service import Service
from api.uploads import to_memory
from api.wiring import Acting, Asking, GeoJson, Serving, answer
from camera_registry.units import import_units, units_at
from foundation.database import unit_of_work
from foundation.identity import Actor
from people.rights import Right

router = APIRouter(prefix="/api/v1/units", tags=["registry"])


@router.get("", response_model=UnitCollection, response_class=GeoJson, responses=problems())
def list_units(
    service: Serving,
    asker: Asking,
    at: Annotated[Instant | None, Query(description="As valid then; now when left out")] = None,
) -> Response:
    """Units within reach with their boundaries, as valid at an instant."""
    with unit_of_work(service.engine, writes=False) as session:
        units = units_at(session, service.clock.now_us() if at is None else at)
        codes = {unit.id: unit.code for unit in units if unit.id is not None}
        features = [
            unit_feature(unit, codes, service.zone) for unit in units if asker.may(Right.REGISTRY_READ, unit.id)
        ]
    return answer({"type": "FeatureCollection", "features": features}, media_type=GeoJson.media_type)


@router.post("/import", response_model=UnitsImported, responses=problems(409, 413), openapi_extra=RAW_BODY)
async def import_units_file(request: Request, service: Serving, actor: Acting, file_name: FileName) -> Response:
    """Send a GeoJSON or CSV file as the body. One bad row, and nothing of it is kept."""
    data = await to_memory(request, limit=TABLE_LIMIT_BYTES)
    return await run_sync(_import, service, actor, file_name, data)


def _import(service: Service, actor: Actor, file_name: str, data: bytes) -> Response:
    with unit_of_work(service.engine) as session:
        count = import_units(session, service.clock, actor, file_name, data)
    return answer({"count": count})
