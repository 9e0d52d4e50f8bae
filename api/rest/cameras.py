"""Cameras: found by area, unit or words; registered and edited one by one or from a file."""

from typing import Annotated
from urllib.parse import quote, urlencode

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from api.asking import Asker
from api.byte_ranges import matches
from api.limits import TABLE_LIMIT_BYTES
from api.parameters import Instant
from api.reach import must_into, unit_within
from api.rest.bodies import JSON_LIMIT_BYTES, RAW_BODY, FileName
from api.rest.geojson import camera_feature
from api.schemas.camera import CameraChanges, CameraCollection, CameraFeature, CameraNew, CamerasImported
from api.schemas.problem import problems
from api.service import Service
from api.uploads import to_memory
from api.wiring import Acting, Asking, GeoJson, Serving, answer
from camera_registry.camera_import import import_cameras
from camera_registry.cameras import (
    CameraRecord,
    add_camera,
    describe,
    edit_camera,
    get_camera,
    list_cameras,
)
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, Stale
from people.rights import Right

router = APIRouter(prefix="/api/v1/cameras", tags=["registry"])

_ETAG = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "the revision, for If-Match"}}}


class AreaUnreadable(BadInput):
    code = "area_unreadable"
    message = N_("“{value}” is not an area")
    mend = N_("Give bbox as west,south,east,north in degrees, for example 106.66,10.76,106.68,10.78")


class RevisionMissing(BadInput):
    code = "revision_missing"
    message = N_("An edit needs to know which revision it changes")
    mend = N_("Send the ETag that you read as If-Match")


def area(bbox: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north. Raises `AreaUnreadable`."""
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError as error:
        raise AreaUnreadable(value=bbox[:100]) from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise AreaUnreadable(value=bbox[:100])
    return west, south, east, north


@router.get("", response_model=CameraCollection, response_class=GeoJson, responses=problems(404))
def find_cameras(
    service: Serving,
    asker: Asking,
    unit: Annotated[str | None, Query(max_length=100, description="Code of a unit; units inside it count")] = None,
    bbox: Annotated[str | None, Query(max_length=200, examples=["106.66,10.76,106.68,10.78"])] = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Words of code or name; accents may be left out")
    ] = None,
    at: Annotated[Instant | None, Query(description="As placed then; now when left out")] = None,
    after: Annotated[str | None, Query(max_length=200, description="Cursor, from `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Cameras within reach as GeoJSON, without any data of their owners."""
    box = None if bbox is None else area(bbox)
    at_us = service.clock.now_us() if at is None else at
    reach = asker.reach(Right.REGISTRY_READ)
    within = None if reach is None else (reach, asker.now_us)
    with unit_of_work(service.engine, writes=False) as session:
        if unit is not None:
            unit_within(session, asker, Right.REGISTRY_READ, unit, at_us)
        page = list_cameras(session, at_us=at_us, unit=unit, bbox=box, q=q, after=after, limit=limit, within=within)
    features = [camera_feature(camera, service.zone) for camera in page.items]
    asked = {"unit": unit, "bbox": bbox, "q": q, "after": page.next, "limit": limit}
    links = []
    if page.next is not None:
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        links.append({"rel": "next", "href": f"{router.prefix}?{query}"})
    body = {"type": "FeatureCollection", "features": features, "links": links, "next": page.next}
    headers = {"Link": f'<{links[0]["href"]}>; rel="next"'} if links else {}
    return answer(body, headers=headers, media_type=GeoJson.media_type)


@router.post(
    "",
    status_code=201,
    max_body_size=JSON_LIMIT_BYTES,
    response_model=CameraFeature,
    response_class=GeoJson,
    responses=problems(404, 409, 413),
)
def register_camera(service: Serving, asker: Asking, camera: CameraNew) -> Response:
    """Register one camera; all of it is checked as a row of an import is."""
    changes = camera.given()
    code = changes.pop("code")
    with unit_of_work(service.engine) as session:
        must_into(session, asker, changes.get("unit"))
        add_camera(session, service.clock, service.vault, asker.actor, code, changes, service.zone)
        session.flush()
        record = describe(session, get_camera(session, code), service.clock.now_us())
    return _one(service, record, 201, {"Location": f"{router.prefix}/{quote(code, safe='')}"})


@router.post("/import", response_model=CamerasImported, responses=problems(409, 413), openapi_extra=RAW_BODY)
async def import_cameras_file(
    request: Request,
    service: Serving,
    asker: Asking,
    file_name: FileName,
    dry_run: Annotated[bool, Query(description="Check every row, keep nothing")] = False,
) -> Response:
    """Send a CSV or XLSX file as the body. One bad row, and nothing of it is kept; `errors` names every bad field.

    A row of a unit that is out of reach is a bad row, and so is one of no unit, unless the right is for everywhere.
    """
    data = await to_memory(request, limit=TABLE_LIMIT_BYTES)
    return await run_sync(_import, service, asker, file_name, data, dry_run)


def _import(service: Service, asker: Asker, file_name: str, data: bytes, dry_run: bool) -> Response:
    with unit_of_work(service.engine) as session:
        done = import_cameras(
            session,
            service.clock,
            service.vault,
            asker.actor,
            file_name,
            data,
            dry_run=dry_run,
            zone=service.zone,
            within=lambda unit_id: asker.may(Right.REGISTRY_WRITE, unit_id),
        )
    return answer({"count": done.count, "unverified": list(done.unverified), "dry_run": dry_run})


@router.get("/{code}", response_model=CameraFeature, response_class=GeoJson, responses={200: _ETAG, **problems(404)})
def read_camera(
    service: Serving, code: str, at: Annotated[Instant | None, Query(description="As placed then")] = None
) -> Response:
    """One camera, and in its ETag the revision that an edit must name."""
    with unit_of_work(service.engine, writes=False) as session:
        record = describe(session, get_camera(session, code), service.clock.now_us() if at is None else at)
    return _one(service, record)


@router.patch(
    "/{code}",
    response_model=CameraFeature,
    response_class=GeoJson,
    responses={200: _ETAG, **problems(404, 409, 412, 413)},
)
def change_camera(
    service: Serving,
    asker: Asking,
    actor: Acting,
    code: str,
    changes: CameraChanges,
    if_match: Annotated[str | None, Header(description="The ETag that was read", examples=['"3"'])] = None,
) -> Response:
    """Edit a camera; the past stays as it was, since placements and owners are kept with their validity."""
    if if_match is None:
        raise RevisionMissing
    with unit_of_work(service.engine) as session:
        if "unit" in changes.given():
            must_into(session, asker, changes.given()["unit"])
        revision = get_camera(session, code).revision
        if not matches(if_match, str(revision), weak=False):
            raise Stale(what=N_("camera"), name=code)
        edit_camera(session, service.clock, service.vault, actor, code, revision, changes.given(), service.zone)
        session.flush()
        record = describe(session, get_camera(session, code), service.clock.now_us())
    return _one(service, record)


def _one(service: Service, record: CameraRecord, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    fields = {"ETag": f'"{record.revision}"', **(headers or {})}
    return answer(camera_feature(record, service.zone), status, fields, GeoJson.media_type)
