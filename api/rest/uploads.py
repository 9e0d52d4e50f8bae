"""Resumable uploads (tus 1.0.0): begun, gone on with where they broke off, removed. A whole one is handed to an import."""

from email.utils import format_datetime
from typing import Any

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from api.asking import Asker
from api.resumable import HeldUpload, Upload
from api.schemas.problem import problems
from api.tus import (
    CHUNK_TYPE,
    EXTENSIONS,
    SUMS,
    VERSION,
    Sum,
    TusRoute,
    UploadElsewhere,
    UploadKindUnknown,
    file_name_of,
    number,
    version_known,
)
from api.wiring import Asking, Serving
from foundation.timebase import datetime_from_us
from ingest.foreign import ForeignFile, must_be_no_other

router = APIRouter(
    prefix="/api/v1/uploads", tags=["imports"], route_class=TusRoute, dependencies=[Depends(version_known)]
)

_WRITE_BYTES = 1 << 20
_SYNC_BYTES = 16 << 20
_TEXT = {"schema": {"type": "string"}}
_TOLD: dict[str, Any] = {
    "Upload-Offset": _TEXT,
    "Upload-Length": _TEXT,
    "Upload-Expires": _TEXT,
    "Tus-Resumable": _TEXT,
}
_CHUNK: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.options("", status_code=204, response_class=Response, responses=problems())
def what_is_spoken(service: Serving) -> Response:
    """What of the protocol is spoken here."""
    told = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(service.uploads.limit),
        "Tus-Checksum-Algorithm": ",".join(SUMS),
    }
    return Response(status_code=204, headers=told)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses={
        201: {"description": "Begun; Location is where its bytes go", "headers": {"Location": _TEXT, **_TOLD}},
        **problems(412, 413, 429, 503),
    },
)
def begin_upload(request: Request, service: Serving, asker: Asking) -> Response:
    """Begin an upload of `Upload-Length` bytes; `filename` of `Upload-Metadata` is the file's own name."""
    length = number(request, "Upload-Length")
    metadata = request.headers.get("upload-metadata", "")
    upload = service.uploads.create(_owner(asker), length, metadata, file_name_of(metadata))
    return Response(status_code=201, headers={"Location": f"{router.prefix}/{upload.id}", **_told(upload)})


@router.get(
    "/{upload_id}",
    status_code=200,
    response_class=Response,
    responses={
        200: {"description": "How far it is, in the headers; there is no body", "headers": _TOLD},
        **problems(404),
    },
)
def read_upload(service: Serving, asker: Asking, upload_id: str) -> Response:
    """How far an upload is: all bytes before `Upload-Offset` are durable. HEAD is what the protocol asks."""
    return Response(headers=_told(service.uploads.find(_owner(asker), upload_id)))


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses={
        204: {"description": "All of it is durable", "headers": _TOLD},
        **problems(404, 409, 412, 413, 415, 423, 460, 503),
    },
    openapi_extra=_CHUNK,
)
async def go_on(request: Request, service: Serving, asker: Asking, upload_id: str) -> Response:
    """Append the body at `Upload-Offset`. What arrived before the connection broke stays, and the next request goes on there.

    A file whose first bytes are those of a photo or of something else that is no recording is refused and forgotten.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != CHUNK_TYPE:
        raise UploadKindUnknown
    at, announced = number(request, "Upload-Offset"), Sum(request.headers.get("upload-checksum"))
    held = service.uploads.held(_owner(asker), upload_id)
    upload = await run_sync(held.__enter__)
    try:
        if upload.offset != at:
            raise UploadElsewhere(offset=upload.offset)
        await _append(request, service, upload, announced)
    except ForeignFile:  # nobody will go on with it
        await run_sync(service.uploads.forget, upload_id)
        raise
    finally:
        with CancelScope(shield=True):
            await run_sync(held.__exit__, None, None, None)
    return Response(status_code=204, headers=_told(service.uploads.find(_owner(asker), upload_id)))


async def _append(request: Request, service: Serving, upload: HeldUpload, announced: Sum) -> None:
    """Write the body as it comes. Without a check sum all of it counts, however far it came; with one, all or nothing."""
    waiting, unsynced = bytearray(), 0

    async def write() -> None:
        nonlocal waiting, unsynced
        data, waiting = waiting, bytearray()
        if upload.offset == 0:
            must_be_no_other(upload.upload.file_name, data)
        await run_sync(service.uploads.room, len(data))
        await run_sync(upload.write, data)
        announced.update(data)
        unsynced += len(data)
        if unsynced >= _SYNC_BYTES and not announced.announced:
            await run_sync(upload.sync)
            unsynced = 0

    broken = True
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= _WRITE_BYTES:
                await write()
        await write()
        announced.check()
        broken = False
    except ClientDisconnect:
        if not announced.announced:
            with CancelScope(shield=True):
                await write()
        raise
    finally:
        with CancelScope(shield=True):
            await run_sync(upload.take_back if broken and announced.announced else upload.sync)


@router.delete("/{upload_id}", status_code=204, response_class=Response, responses=problems(404, 412, 423))
def remove_upload(service: Serving, asker: Asking, upload_id: str) -> Response:
    """Remove an upload and its bytes."""
    service.uploads.remove(_owner(asker), upload_id)
    return Response(status_code=204)


def _owner(asker: Asker) -> str:
    assert asker.standing is not None
    return asker.standing.person_id


def _told(upload: Upload) -> dict[str, str]:
    told = {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": format_datetime(datetime_from_us(upload.expires_us), usegmt=True),
        "Cache-Control": "no-store",
    }
    return told | ({"Upload-Metadata": upload.metadata} if upload.metadata else {})
