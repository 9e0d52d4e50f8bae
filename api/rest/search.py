"""The question itself: who saw this place at this time. And what one camera recorded, and showed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from access.serving import frame_grant, frame_seen
from api.byte_ranges import matches
from api.granted import frame_under_grant, refusals_told, viewer_of
from api.parameters import Instant, at_most, span
from api.schemas.problem import problems
from api.schemas.search import Lookup, Timeline
from api.service import Service
from api.wiring import Asking, Serving, Speaking, answer
from camera_registry.cameras import get_camera, streams_of
from camera_registry.sight import Place
from extract.lookup import lookup
from extract.previews import key_frame_at
from foundation.database import unit_of_work
from foundation.language import translate
from foundation.timebase import TimeRange, format_instant
from ingest.index.reasons import GAP_TEXT
from ingest.index.timeline import timeline

router = APIRouter(prefix="/api/v1", tags=["search"])

LOOKUP_DAYS = 31
TIMELINE_DAYS = 366
Span = Annotated[TimeRange, Depends(span)]


@router.get("/lookup", response_model=Lookup, responses=problems(503))
def who_saw(
    service: Serving,
    language: Speaking,
    asked: Span,
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, examples=[10.7769])],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, examples=[106.7009])],
    radius_m: Annotated[
        float, Query(ge=0, le=2000, allow_inf_nan=False, description="How well the place is known")
    ] = 30,
    include_blind: Annotated[
        bool, Query(description="Also cameras near it that do not see it, with the reasons")
    ] = False,
) -> Response:
    """Who saw this place at this time: sightings, best first, each with what was recorded and why not more."""
    at_most(asked, LOOKUP_DAYS, service.zone)
    with unit_of_work(service.engine, writes=False) as session:
        found = lookup(session, service.clock, Place(lat, lon, radius_m), asked, include_blind=include_blind)
    return answer(found.as_dict(language, service.zone))


@router.get("/cameras/{code}/timeline", response_model=Timeline, responses=problems(404))
def what_was_recorded(service: Serving, language: Speaking, code: str, asked: Span) -> Response:
    """Runs of one camera, and the gaps between them, each with its reason."""
    at_most(asked, TIMELINE_DAYS, service.zone)
    with unit_of_work(service.engine, writes=False) as session:
        camera = get_camera(session, code)
        assert camera.id is not None
        streams = [stream.id for stream in streams_of(session, [camera.id]).get(camera.id, []) if stream.id is not None]
        found = timeline(session, streams, asked, service.clock.now_us(), camera.registered_us)
    body = {
        "camera": code,
        **_bounds(asked, service),
        "recorded_us": found.recorded_us,
        "runs": [
            {
                **_bounds(run.range, service),
                "stream": run.stream_id,
                "clock_source": run.clock_source,
                "uncertainty_us": run.uncertainty_us,
            }
            for run in found.runs
        ],
        "recorded": [_bounds(part, service) for part in found.recorded],
        "gaps": [
            {
                **_bounds(gap.range, service),
                "reason": str(gap.reason),
                "text": translate(language, GAP_TEXT[gap.reason]),
            }
            for gap in found.gaps
        ],
    }
    return answer(body)


def _bounds(part: TimeRange, service: Service) -> dict[str, Any]:
    return {"from": format_instant(part.start_us, service.zone), "to": format_instant(part.end_us, service.zone)}


_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The frame; Frame-Time is when it was captured, at or before the instant asked for",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"Frame-Time": {"schema": {"type": "string", "format": "date-time"}}},
    },
    **problems(404, 413, 503),
}


@router.get("/cameras/{code}/frame.jpg", response_class=Response, responses=_PICTURE)
def frame(
    service: Serving,
    asker: Asking,
    code: str,
    at: Annotated[Instant, Query(examples=["2026-03-07T21:05:00+07:00"])],
    width: Annotated[int | None, Query(ge=16, le=8192, description="At most this wide; never enlarged")] = None,
) -> Response:
    """The frame that was on display at an instant."""
    found = frame_under_grant(service, asker, code, at, width)
    headers = {"Frame-Time": format_instant(found.time_us, service.zone), "Cache-Control": "private, no-cache"}
    return Response(found.jpeg, headers=headers, media_type="image/jpeg")


@router.get(
    "/cameras/{code}/preview.jpg",
    response_class=Response,
    responses={304: {"description": "The preview that If-None-Match names"}, **_PICTURE},
)
def preview(
    request: Request,
    service: Serving,
    asker: Asking,
    code: str,
    at: Annotated[Instant, Query(examples=["2026-03-07T21:05:00+07:00"])],
) -> Response:
    """The key frame that was on display at an instant or before it, small: for scrubbing."""
    viewer = viewer_of(asker)
    with refusals_told(service, asker, code, TimeRange(at, at + 1)):
        with unit_of_work(service.engine, writes=False) as session:
            frame_grant(session, service.clock, viewer, code, at)
            found = key_frame_at(session, service.store, code, at)
        headers = {
            "Frame-Time": format_instant(found.time_us, service.zone),
            "Cache-Control": "private, no-cache",
            "ETag": f'"{found.name}"',
        }
        if matches(request.headers.get("if-none-match", ""), found.name, weak=True):
            return Response(None, 304, headers)  # nothing is shown that was not shown, and counted, before
        jpeg = service.previews.preview(found, service.store)
        with unit_of_work(service.engine) as session:
            frame_seen(session, service.clock, viewer, code, at, found.time_us)
    return Response(jpeg, headers=headers, media_type="image/jpeg")
