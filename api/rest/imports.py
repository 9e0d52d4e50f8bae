"""Recorded clips in: the upload goes to the disk, and the import itself is a job."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.asking import Asker
from api.gate import camera_within
from api.handing import FileNameMissing, hand_over, submit, with_clock
from api.parameters import Instant
from api.rest.bodies import RAW_BODY
from api.rest.jobs import as_json, find
from api.rest.recorder_clock import RecorderClock
from api.schemas.job import Job
from api.schemas.problem import problems
from api.service import CLIPS_IMPORT, ImportOrder, Service
from api.uploads import to_disk
from api.wiring import Acting, Asking, Serving, Speaking, answer
from foundation.database import unit_of_work
from foundation.jobs import JobStatus
from foundation.language import Language
from ingest.foreign import must_be_no_other
from people.rights import Right

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])

_BODY = {"requestBody": RAW_BODY["requestBody"] | {"required": False}}  # an upload stands in for it
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Job,
        "description": "Received; the import is a job, and Location says where it tells its progress",
        "headers": {"Location": {"schema": {"type": "string"}, "description": "address of this import"}},
    }
}


@router.post("", status_code=202, responses={**_ACCEPTED, **problems(404, 409, 413, 423, 503)}, openapi_extra=_BODY)
async def import_clip(
    request: Request,
    service: Serving,
    asker: Asking,
    actor: Acting,
    language: Speaking,
    clock: RecorderClock,
    camera: Annotated[str, Query(max_length=100, description="Code of the camera that recorded it", examples=["C001"])],
    file_name: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=255,
            description="The file's own name; start times are read from it when known. Needed unless the upload has one",
        ),
    ] = None,
    upload: Annotated[
        str | None, Query(max_length=40, description="A whole upload of yours to import, in place of a body")
    ] = None,
    start: Annotated[
        Instant | None, Query(description="When the recording starts, with offset; as the recorder's clock says")
    ] = None,
) -> Response:
    """Send one recording as the body, or name a whole upload; its start is `start`, else read from the file's name, else from its metadata.

    Where the recorder's clock was compared with the right time, that start is put right by it.
    """
    compared = clock.compared(service.clock.now_us(), actor.name, start)
    await run_sync(_refuse_unknown_camera, service, asker, camera)
    if upload is not None:
        assert asker.standing is not None
        of = (asker.standing.person_id, upload, camera, actor, file_name, start)
        return await run_sync(lambda: _accepted(service, language, hand_over(service, *of, compared=compared)))
    if file_name is None:
        raise FileNameMissing
    path = await _received(request, service, file_name)
    order = ImportOrder(
        path=str(path.absolute()),
        file_name=file_name,
        camera=camera,
        start_us=start,
        actor=actor.name,
        actor_kind=actor.kind,
    )
    return await run_sync(lambda: _accepted(service, language, submit(service, with_clock(order, compared))))


async def _received(request: Request, service: Service, file_name: str) -> Path:
    """Take the body to the disk, unless its first bytes are those of no recording. Raises what `to_disk` does, `ForeignFile`."""
    look = partial(must_be_no_other, file_name)
    bounds = {"limit": service.upload_limit_bytes, "keep_free": service.keep_free_bytes}
    return await to_disk(request, service.inbox, file_name, **bounds, look=look)


def _refuse_unknown_camera(service: Service, asker: Asker, code: str) -> None:
    with unit_of_work(service.engine, writes=False) as session:
        camera_within(session, asker, Right.FOOTAGE_IMPORT, code)


def _accepted(service: Service, language: Language, job: JobStatus) -> Response:
    return answer(as_json(job, service, language), 202, {"Location": f"{router.prefix}/{job.id}"})


@router.get("/{import_id}", response_model=Job, responses=problems(404))
def read_import(service: Serving, language: Speaking, import_id: str) -> Response:
    """How far the import is; once done, `result` says what came of it."""
    return answer(find(service, import_id, language, kind=CLIPS_IMPORT))
