"""Recorded clips in: the upload goes to the disk, and the import itself is a job."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.asking import Asker
from api.gate import camera_within
from api.parameters import Instant
from api.rest.bodies import RAW_BODY
from api.rest.jobs import as_json, find
from api.schemas.job import Job
from api.schemas.problem import problems
from api.service import CLIPS_IMPORT, ImportOrder, Service
from api.uploads import to_disk
from api.wiring import Acting, Asking, Serving, Speaking, answer
from foundation.database import unit_of_work
from foundation.language import Language
from people.rights import Right

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])

_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Job,
        "description": "Received; the import is a job, and Location says where it tells its progress",
        "headers": {"Location": {"schema": {"type": "string"}, "description": "address of this import"}},
    }
}


@router.post("", status_code=202, responses={**_ACCEPTED, **problems(404, 413, 503)}, openapi_extra=RAW_BODY)
async def import_clip(
    request: Request,
    service: Serving,
    asker: Asking,
    actor: Acting,
    language: Speaking,
    camera: Annotated[str, Query(max_length=100, description="Code of the camera that recorded it", examples=["C001"])],
    file_name: Annotated[
        str,
        Query(min_length=1, max_length=255, description="The file's own name; start times are read from it when known"),
    ],
    start: Annotated[Instant | None, Query(description="When the recording starts, with offset")] = None,
) -> Response:
    """Send one recording as the body; its start is `start`, else read from the file's name, else from its metadata."""
    await run_sync(_refuse_unknown_camera, service, asker, camera)
    path = await to_disk(
        request, service.inbox, file_name, limit=service.upload_limit_bytes, keep_free=service.keep_free_bytes
    )
    order = ImportOrder(
        path=str(path.absolute()),
        file_name=file_name,
        camera=camera,
        start_us=start,
        actor=actor.name,
        actor_kind=actor.kind,
    )
    return await run_sync(_enqueue, service, order, language)


def _refuse_unknown_camera(service: Service, asker: Asker, code: str) -> None:
    with unit_of_work(service.engine, writes=False) as session:
        camera_within(session, asker, Right.FOOTAGE_IMPORT, code)


def _enqueue(service: Service, order: ImportOrder, language: Language) -> Response:
    with unit_of_work(service.engine) as session:
        job_id = service.jobs.submit(session, CLIPS_IMPORT, dict(order))
        session.flush()
        body = as_json(service.jobs.status(session, job_id), service, language)
    return answer(body, 202, {"Location": f"/api/v1/imports/{job_id}"})


@router.get("/{import_id}", response_model=Job, responses=problems(404))
def read_import(service: Serving, language: Speaking, import_id: str) -> Response:
    """How far the import is; once done, `result` says what came of it."""
    return answer(find(service, import_id, language, kind=CLIPS_IMPORT))
