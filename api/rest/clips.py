"""Clips: footage of one camera for `[from, to)`, computed when asked for, never stored."""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from access.serving import Cut, cut_under_grant
from api.asking import Asker
from api.granted import refusals_told, viewer_of, watch
from api.media import CHUNK_BYTES, answer_media
from api.rest.bodies import JSON_LIMIT_BYTES
from api.schemas.clip import Clip, ClipAsked
from api.schemas.problem import problems
from api.service import Service
from api.wiring import Asking, Serving, answer
from extract.clips import ClipPartUnknown, ClipRecord, open_clip, open_plan, read_clip
from extract.delivery import read_chunks
from extract.hearing import must_be_heard
from extract.hls import PLAYLIST_TYPE, named, playlist
from extract.plan import Plan
from extract.reading import begin_reading, keep_reading
from extract.times import wall_clock_vtt
from extract.viewing.source import plays_in_browsers
from extract.virtual_file import VirtualFile
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, datetime_from_us, parse_instant

router = APIRouter(prefix="/api/v1/clips", tags=["clips"])

_BYTES = {"schema": {"type": "string", "format": "binary"}}
MEDIA: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole, with its strong ETag", "content": {"video/mp4": _BYTES}},
    206: {"description": "The bytes of the Range", "content": {"video/mp4": _BYTES, "multipart/byteranges": _BYTES}},
    304: {"description": "The bytes that If-None-Match names"},
    **problems(404, 410, 412, 416, 503),
}
Part = Annotated[int, Path(ge=1, le=1000)]
Piece = Annotated[
    int | None,
    Query(
        ge=65_536,
        le=67_108_864,
        description="of an open range (bytes=N-) give at most so many bytes; for pages with more videos than a browser has connections",
        examples=[2_000_000],
    ),
]


@router.post(
    "",
    status_code=201,
    max_body_size=JSON_LIMIT_BYTES,
    response_model=Clip,
    responses={201: {"headers": {"Location": {"schema": {"type": "string"}}}}, **problems(404, 413, 503)},
)
def cut_clip(service: Serving, asker: Asking, asked: ClipAsked) -> Response:
    """Cut a clip. The answer is its receipt: what it truly contains, and `complete` or not."""
    cut = Cut(
        asked.camera,
        TimeRange(asked.from_, asked.to),
        mode=asked.mode,
        audio=asked.audio,
        times=asked.times,
        zone=service.settings.time_zone,
        grant_id=asked.grant,
    )
    with refusals_told(service, asker, cut.camera, cut.span), unit_of_work(service.engine) as session:
        made = cut_under_grant(session, service.clock, service.store, viewer_of(asker), cut)
        begin_reading(session, service.clock, read_clip(session, made.id))
    return answer(_receipt(made.id, made.receipt), 201, {"Location": f"{router.prefix}/{made.id}"})


@router.get("/{clip_id}", response_model=Clip, responses=problems(404))
def read_receipt(service: Serving, clip_id: str) -> Response:
    """The receipt of a clip."""
    with unit_of_work(service.engine, writes=False) as session:
        clip = read_clip(session, clip_id)
    return answer(_receipt(clip.id, clip.receipt))


def _receipt(clip_id: str, receipt: dict[str, Any]) -> dict[str, Any]:
    here = f"{router.prefix}/{clip_id}"
    numbers = range(2, len(receipt["parts"]) + 1)
    links = {
        "self": here,
        "media": [f"{here}/media.mp4", *(f"{here}/media-{number}.mp4" for number in numbers)],
        "viewing": [_viewing(here, number, part) for number, part in enumerate(receipt["parts"], 1)],
        "playlist": f"{here}/playlist.m3u8",
        "times": f"{here}/times.vtt",
    }
    return {"id": clip_id, "links": links, **receipt}


def _viewing(here: str, number: int, part: dict[str, Any]) -> str:
    """Return what a browser plays of a part: its file, or the copy in H.264 of a coding that browsers do not decode."""
    if plays_in_browsers(part["codecs"]):
        return f"{here}/media.mp4" if number == 1 else f"{here}/media-{number}.mp4"
    return f"{here}/viewing.mp4" + ("" if number == 1 else f"?from={quote(part['timeline'][0]['from'])}")


@router.get("/{clip_id}/media.mp4", response_class=Response, responses=MEDIA)
def read_media(request: Request, service: Serving, asker: Asking, clip_id: str, piece: Piece = None) -> Response:
    """The clip's first file, mostly the only one."""
    return _media(request, service, asker, clip_id, 1, piece)


@router.get("/{clip_id}/media-{part}.mp4", response_class=Response, responses=MEDIA)
def read_media_part(
    request: Request, service: Serving, asker: Asking, clip_id: str, part: Part, piece: Piece = None
) -> Response:
    """The file of one part, from 1."""
    return _media(request, service, asker, clip_id, part, piece)


def _media(request: Request, service: Service, asker: Asker, clip_id: str, part: int, piece: int | None) -> Response:
    clip = leased(service, clip_id)
    with unit_of_work(service.engine, writes=False) as session:
        virtual = open_clip(session, service.store, clip_id, part)
    return _bytes(request, service, asker, clip, virtual, _file_name(service, clip, part), piece)


def _file_name(service: Service, clip: ClipRecord, part: int) -> str:
    """Return KP05-01_20260307_210400.mp4: of which camera, and when its first shown frame was taken, in the zone of the house."""
    receipt = clip.receipt
    begins = parse_instant(receipt["parts"][part - 1]["timeline"][0]["from"])
    moment = datetime_from_us(begins, service.zone)
    number = "" if part == 1 else f"-{part}"
    return f"{receipt['camera']['code']}_{moment:%Y%m%d_%H%M%S}{number}.mp4"


def leased(service: Service, clip_id: str) -> ClipRecord:
    """Return a clip whose footage stays: the lease is there before the rows are read, else it would come too late."""
    with unit_of_work(service.engine, writes=False) as session:
        clip = read_clip(session, clip_id)
        must_be_heard(session, service.clock, clip_id)
    keep_reading(service.engine, service.clock, clip)
    return clip


def _bytes(
    request: Request,
    service: Service,
    asker: Asker,
    clip: ClipRecord,
    virtual: VirtualFile,
    file_name: str,
    piece: int | None = None,
) -> Response:
    return answer_media(
        request,
        partial(_chunks, service, clip, virtual),
        size=virtual.size,
        etag=virtual.etag,
        media_type=virtual.media_type,
        language=service.settings.language,
        headers={"Content-Disposition": _disposition(file_name)},
        permitted=watch(service, asker, clip.id),
        piece=piece,
    )


def _disposition(file_name: str) -> str:
    """Return the header for a file to look at: RFC 6266, the name in letters of ASCII and, where it has others, as it is."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", file_name)
    exactly = "" if plain == file_name else f"; filename*=UTF-8''{quote(file_name, safe='')}"
    return f'inline; filename="{plain}"{exactly}'


def _chunks(service: Service, clip: ClipRecord, virtual: VirtualFile, start: int, end: int) -> Iterator[bytes]:
    found = cast("Generator[bytes]", read_chunks(virtual, service.store, start, end, CHUNK_BYTES))
    with closing(found):
        for chunk in found:
            yield chunk
            keep_reading(service.engine, service.clock, clip)


def _text(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string"}}}
    return {200: {"description": description, "content": content}, **problems(404, 410, 503)}


@router.get(
    "/{clip_id}/playlist.m3u8",
    response_class=Response,
    responses=_text(PLAYLIST_TYPE, "HTTP Live Streaming, with the wall time of each piece"),
)
def read_playlist(service: Serving, clip_id: str) -> Response:
    """The clip as HLS (RFC 8216): a discontinuity wherever footage is missing."""
    _, planned = _open(service, clip_id)
    return Response(playlist(planned), headers={"Cache-Control": "private, no-cache"}, media_type=PLAYLIST_TYPE)


@router.get("/{clip_id}/hls/{name}", response_class=Response, responses=MEDIA)
def read_stream_file(
    request: Request, service: Serving, asker: Asking, clip_id: str, name: Annotated[str, Path(max_length=40)]
) -> Response:
    """What the playlist names."""
    clip, planned = _open(service, clip_id)
    virtual = named(planned, name, clip.receipt["parts"][0]["etag"])
    return _bytes(request, service, asker, clip, virtual, f"{clip_id}-{name}")


@router.get(
    "/{clip_id}/times.vtt",
    response_class=Response,
    responses=_text("text/vtt", "One cue for each second, with its time"),
)
def read_times(service: Serving, clip_id: str, part: Annotated[int, Query(ge=1, le=1000)] = 1) -> Response:
    """The wall clock of one file of the clip as WebVTT."""
    _, planned = _open(service, clip_id)
    if part > len(planned.parts):
        raise ClipPartUnknown(part=part, count=len(planned.parts))
    text = wall_clock_vtt(planned.parts[part - 1], service.zone)
    return Response(text, headers={"Cache-Control": "private, no-cache"}, media_type="text/vtt")


def _open(service: Service, clip_id: str) -> tuple[ClipRecord, Plan]:
    clip = leased(service, clip_id)
    with unit_of_work(service.engine, writes=False) as session:
        return clip, open_plan(session, service.store, clip)
