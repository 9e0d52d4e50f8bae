"""What the tus protocol (1.0.0, tus.io) says in headers: versions, metadata, check sums. Read here, and told on every answer."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

from api.edge import method_of
from api.problems import asked_language, from_error
from api.validation import from_validation
from foundation.errors import N_, BadInput, Conflict, MatPhoError

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination,checksum"
CHUNK_TYPE = "application/offset+octet-stream"
SUMS = ("sha1", "sha256")
_METADATA_BYTES = 4096


class TusVersionUnknown(BadInput):
    code = "tus_version_unknown"
    message = N_("This call needs the header Tus-Resumable: 1.0.0")


class UploadKindUnknown(BadInput):
    code = "upload_kind_unknown"
    message = N_("The body of this call is of the type application/offset+octet-stream")


class UploadHeaderUnusable(BadInput):
    code = "upload_header_unusable"
    message = N_("The header {name} is missing or cannot be read")


class UploadElsewhere(Conflict):
    code = "upload_elsewhere"
    message = N_("The upload goes on at byte {offset}")
    mend = N_("Ask for its offset, and go on from there")


class UploadSumWrong(BadInput):
    code = "upload_sum_wrong"
    message = N_("What arrived is not what was sent: the check sums differ; nothing of it is kept")
    mend = N_("Send it again from the same offset")


async def version_known(request: Request) -> None:
    """Refuse other versions of the protocol; reading an upload is plain HTTP, too. Raises `TusVersionUnknown`."""
    if method_of(request) in {"POST", "PATCH", "DELETE"} and request.headers.get("tus-resumable") != VERSION:
        raise TusVersionUnknown


class TusRoute(APIRoute):
    """A route of the protocol: tells our version, also when it refuses."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            language = asked_language(request, request.app.state.service.settings.language)
            try:
                answer = await inner(request)
            except MatPhoError as error:
                answer = from_error(request, error, language)
            except RequestValidationError as error:
                answer = from_validation(request, error, language)
            answer.headers["Tus-Resumable"] = VERSION
            if answer.status_code == 412:
                answer.headers["Tus-Version"] = VERSION
            return answer

        return handle


def number(request: Request, name: str) -> int:
    """Return a header that is a number of bytes. Raises `UploadHeaderUnusable`."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UploadHeaderUnusable(name=name)
    return int(text)


def file_name_of(metadata: str) -> str:
    """Return the file's own name as its client told it (`filename` or `name`). Raises `UploadHeaderUnusable`."""
    found: dict[str, str] = {}
    if len(metadata) > _METADATA_BYTES:
        raise UploadHeaderUnusable(name="Upload-Metadata")
    try:
        for pair in filter(None, metadata.split(",")):
            name, _, value = pair.strip().partition(" ")
            found[name] = base64.b64decode(value, validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise UploadHeaderUnusable(name="Upload-Metadata") from error
    named = (found.get("filename") or found.get("name") or "").rpartition("/")[2]
    return named[:255] if named.isprintable() else ""


class Sum:
    """The check sum that a request announces (`Upload-Checksum`), if any. Raises `UploadHeaderUnusable`."""

    def __init__(self, text: str | None) -> None:
        self._wanted: bytes | None = None
        if text is None:
            return
        kind, _, value = text.partition(" ")
        try:
            self._wanted = base64.b64decode(value, validate=True)
        except (ValueError, binascii.Error) as error:
            raise UploadHeaderUnusable(name="Upload-Checksum") from error
        if kind not in SUMS:
            raise UploadHeaderUnusable(name="Upload-Checksum")
        self._hash = hashlib.new(kind, usedforsecurity=False)

    @property
    def announced(self) -> bool:
        return self._wanted is not None

    def update(self, data: bytes | bytearray) -> None:
        if self._wanted is not None:
            self._hash.update(data)

    def check(self) -> None:
        """Raises `UploadSumWrong`."""
        if self._wanted is not None and self._hash.digest() != self._wanted:
            raise UploadSumWrong
