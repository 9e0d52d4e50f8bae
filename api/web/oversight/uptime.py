"""Cameras by days: what each recorded of some weeks, and why not more. Five questions, however many cameras."""

import csv
import io
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.service import Service
from api.web.frame.faults import FieldFault, show_fault
from api.web.frame.places import units_within
from api.web.frame.shell import telling
from api.web.oversight.log import days_typed
from api.web.registry.days import Day, day_of, last_days
from api.wiring import Asking, Serving
from camera_registry.cameras import CameraRecord, list_cameras, streams_of
from extract.coverage.report import cell
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput
from foundation.language import translate
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.reasons import GAP_TEXT
from ingest.index.records import Gap
from ingest.index.timeline import CameraTimeline, Recorder, timelines
from people.rights import Right

router = APIRouter(include_in_schema=False)
USUAL, MOST = 30, 90
"""Days that are shown: without a day typed, and at most."""
_FIELDS = ("unit", "from_day", "to_day")
_AT_ONCE = 100
Spans = Sequence[tuple[date, TimeRange]]
_IN_FILE = 1000


@dataclass(frozen=True)
class Row:
    """A camera with its days, and the longest gap of all of them with its reason; both None and empty without any."""

    camera: CameraRecord
    days: tuple[Day, ...]
    share: float
    longest: Gap | None

    @property
    def why(self) -> str:
        return "" if self.longest is None else GAP_TEXT[self.longest.reason]


class DaysTooMany(BadInput):
    code = "days_too_many"
    message = N_("From {first} to {last} are more than {most} days")
    mend = N_("Give a first day that is nearer to the last one, and look at the rest afterwards")


@router.get("/coverage/days")
def days_page(
    request: Request,
    service: Serving,
    asker: Asking,
    after: Annotated[str, Query(max_length=400)] = "",
    format_: Annotated[str, Query(alias="format", max_length=10)] = "",
) -> Response:
    """The last month, or up to a quarter of a year whose days were typed."""
    typed = {name: request.query_params.get(name, "").strip()[:100] for name in _FIELDS}
    with unit_of_work(service.engine, writes=False) as session:
        units = units_within(session, asker, Right.RECORDED_READ)
    known = typed["unit"] if typed["unit"] in {code for code, _ in units} else ""
    more: dict[str, Any] = {"rows": [], "following": None, "dates": [], "unit": known, "units": units, "typed": typed}
    try:
        spans = _days(service, typed)
    except FieldFault as fault:
        return show_fault(request, "uptime.html", fault, wide=True, **more)
    with unit_of_work(service.engine, writes=False) as session:
        limit = _IN_FILE if format_ == "csv" else _AT_ONCE
        rows, following = _rows(session, service, asker, known, spans, after or None, limit)
        while format_ == "csv" and following is not None:
            further, following = _rows(session, service, asker, known, spans, following, limit)
            rows += further
    if format_ == "csv":
        return _csv(request, rows)
    more |= {"rows": rows, "following": following, "dates": [day for day, _ in spans]}
    return show_fault(request, "uptime.html", None, wide=True, **more)


def _days(service: Service, typed: dict[str, str]) -> Spans:
    """Return the days that were typed, the last month by default. Raises `FieldFault`."""
    now = service.clock.now_us()
    first, last = days_typed(service, typed, timedelta(days=USUAL - 1))
    count = (last - first).days + 1
    if count > MOST:
        raise FieldFault("from_day", DaysTooMany(first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}", most=MOST))
    return last_days(now, service.zone, count, until=last)


def _rows(
    session: Session, service: Service, asker: Asker, unit: str, spans: Spans, after: str | None, limit: int
) -> tuple[list[Row], str | None]:
    now, reach = service.clock.now_us(), asker.reach(Right.RECORDED_READ)
    within = None if reach is None else (reach, now)
    page = list_cameras(session, at_us=now, unit=unit or None, after=after, limit=limit, within=within)
    ids = [camera.id for camera in page.items]
    streams = streams_of(session, ids)
    recorders = {
        camera.id: Recorder(
            tuple(stream.id for stream in streams.get(camera.id, []) if stream.id is not None), camera.registered_us
        )
        for camera in page.items
    }
    whole = TimeRange(spans[0][1].start_us, spans[-1][1].end_us)
    found = timelines(session, recorders, whole, now)
    return [row_of(camera, found[camera.id], spans, now) for camera in page.items], page.next


def row_of(camera: CameraRecord, found: CameraTimeline, spans: Sequence[tuple[date, TimeRange]], now_us: int) -> Row:
    """Return the days of a camera, each told by what overlaps it: a season has thousands of gaps, a day a few."""
    ends = [part.end_us for part in found.recorded], [gap.range.end_us for gap in found.gaps]
    begins = [part.start_us for part in found.recorded], [gap.range.start_us for gap in found.gaps]
    days = []
    for day, span in spans:
        recorded = found.recorded[bisect_right(ends[0], span.start_us) : bisect_left(begins[0], span.end_us)]
        gaps = found.gaps[bisect_right(ends[1], span.start_us) : bisect_left(begins[1], span.end_us)]
        days.append(day_of(CameraTimeline(span, (), recorded, gaps), day, span, now_us))
    past = max(1, min(now_us, spans[-1][1].end_us) - spans[0][1].start_us)
    gone = [Gap(part, gap.reason) for gap in found.gaps if (part := gap.range.intersection(_until(now_us))) is not None]
    longest = max(gone, key=lambda gap: gap.range.duration_us, default=None)
    return Row(camera, tuple(days), sum(day.recorded_us for day in days) / past, longest)


def _until(now_us: int) -> TimeRange:
    return TimeRange(0, now_us)


def _csv(request: Request, rows: Sequence[Row]) -> Response:
    """Return a row for each camera and day; shares from 0 to 1, and no cell a formula."""
    language = telling(request).language
    out = io.StringIO()
    out.write("\N{BYTE ORDER MARK}")
    table = csv.writer(out)
    table.writerow(["camera", "name", "unit", "day", "recorded_s", "share", "longest_gap_s", "reason", "why"])
    for row in rows:
        camera = row.camera
        for day in row.days:
            gap = day.longest
            told = ["", "", ""]
            if gap is not None:
                told = [str(gap.range.duration_us // MICROSECONDS), str(gap.reason), translate(language, day.why)]
            share = "" if day.share is None else f"{day.share:.6f}"
            names = [cell(camera.code), cell(camera.name), cell(camera.unit_code or "")]
            table.writerow([*names, day.day.isoformat(), day.recorded_us // MICROSECONDS, share, *told])
    headers = {"Content-Disposition": 'attachment; filename="coverage-days.csv"'}
    return Response(out.getvalue().encode(), 200, headers, "text/csv; charset=utf-8")
