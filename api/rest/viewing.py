"""Viewing copies of clips: H.264 and AAC for browsers, sent while they are made, and from the cache afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.asking import Asker
from api.byte_ranges import Answer, ByteRange
from api.edge import method_of
from api.granted import watch
from api.media import MediaAnswer, answer_media
from api.parameters import Instant
from api.rest.clips import leased
from api.schemas.problem import problems
from api.service import Service
from api.wiring import Asking, Serving
from extract.clips import ClipRecord, still_kept
from extract.reading import keep_reading
from extract.viewing.coding import Sink, code, code_sound
from extract.viewing.copies import Copies
from extract.viewing.source import View, view_of
from foundation.database import unit_of_work
from foundation.storage import ObjectStore
from foundation.timebase import format_instant

router = APIRouter(prefix="/api/v1/clips", tags=["clips"])

MEDIA_TYPE = "video/mp4"
_UNTIL_THE_END = 2**62  # nobody knows yet how long it becomes
_TIME = {"schema": {"type": "string", "format": "date-time"}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_SENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The copy. Without ETag and Content-Length it is being made; a Range is not answered until then",
        "content": {MEDIA_TYPE: _BYTES},
        "headers": {"Viewing-From": _TIME, "Viewing-To": _TIME},
    },
    206: {"description": "The bytes of the Range", "content": {MEDIA_TYPE: _BYTES, "multipart/byteranges": _BYTES}},
    304: {"description": "The bytes that If-None-Match names"},
    **problems(404, 410, 412, 416, 503),
}


@router.get("/{clip_id}/viewing.mp4", response_class=Response, responses=_SENT)
def read_viewing(
    request: Request,
    service: Serving,
    asker: Asking,
    clip_id: str,
    from_: Annotated[
        Instant | None, Query(alias="from", description="Begin here instead of where the clip does")
    ] = None,
) -> Response:
    """A copy in H.264 for browsers, at most 720 lines high and an hour long; the original stays what the clip is.

    With sound, as AAC, if the clip was made with sound.
    """
    clip = leased(service, clip_id)
    view = _view(service, clip, from_)
    return _copy(request, service, asker, clip, Making(view, service.viewing, code), f"{clip_id}-viewing.mp4")


@router.get("/{clip_id}/sound.mp4", response_class=Response, responses=_SENT)
def read_sound(
    request: Request,
    service: Serving,
    asker: Asking,
    clip_id: str,
    from_: Annotated[
        Instant | None, Query(alias="from", description="Begin here instead of where the clip does")
    ] = None,
    to: Annotated[Instant | None, Query(description="End here instead of where the clip does")] = None,
) -> Response:
    """The sound alone, as AAC, of a clip that was made with sound: for pictures that a browser plays and sound that it does not.

    Its times are those of the viewing copy of the same `from`.
    """
    clip = leased(service, clip_id)
    view = _view(service, clip, from_, to).alone()
    return _copy(request, service, asker, clip, Making(view, service.listening, code_sound), f"{clip_id}-sound.mp4")


def _view(service: Service, clip: ClipRecord, from_us: int | None, to_us: int | None = None) -> View:
    with unit_of_work(service.engine, writes=False) as session:
        return view_of(session, service.store, clip, from_us, to_us)


@dataclass(frozen=True)
class Making:
    """A copy, where copies of its kind are kept, and what writes it."""

    view: View
    copies: Copies
    write: Callable[[View, ObjectStore, Sink, Callable[[], bool]], None]


def _copy(
    request: Request, service: Service, asker: Asker, clip: ClipRecord, making: Making, file_name: str
) -> Response:
    view = making.view
    permitted = watch(service, asker, clip.id)
    headers = {
        "Viewing-From": format_instant(view.span.start_us, service.zone),
        "Viewing-To": format_instant(view.span.end_us, service.zone),
        "Content-Disposition": f'inline; filename="{file_name}"',
    }
    fields = {"Content-Type": MEDIA_TYPE, "Cache-Control": "private, no-store", **headers}
    growing = Answer(200, fields, (ByteRange(0, _UNTIL_THE_END),))
    if method_of(request) == "HEAD":  # which is no reason to make one
        return MediaAnswer(growing, lambda *_: iter(()), {}, head=True, permitted=permitted)
    seen = making.copies.watch(view.name, partial(_make, service, clip, making), partial(_kept, service, clip))
    if seen.whole is None:
        return MediaAnswer(growing, lambda *_: seen, {}, head=False, permitted=permitted)
    seen.close()
    size, etag = seen.whole
    return answer_media(
        request,
        seen.part,
        size=size,
        etag=etag,
        media_type=MEDIA_TYPE,
        language=service.settings.language,
        permitted=permitted,
        headers=headers,
    )


def _make(service: Service, clip: ClipRecord, making: Making, sink: Sink, goes_on: Callable[[], bool]) -> None:
    def wanted() -> bool:
        keep_reading(service.engine, service.clock, clip)
        return goes_on()

    making.write(making.view, service.store, sink, wanted)


def _kept(service: Service, clip: ClipRecord) -> bool:
    with unit_of_work(service.engine, writes=False) as session:
        return still_kept(session, clip)
