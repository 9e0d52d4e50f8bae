"""The investigation: a place and a time as they are typed, read back in words, then which cameras could have seen it.

The address of the page is its whole state, so that it can be sent to a colleague, who sees only what they may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.service import Service
from api.web.footage.strips import Source, sources_of
from api.web.frame.asked import Asked
from api.web.frame.islands import lane, pick_data, show_data, timeline_data
from api.web.frame.places import around, inside, outlines, units_within
from api.web.frame.shell import show, telling
from api.web.frame.thinning import Drawn, thinned
from api.web.frame.words import Telling
from api.wiring import Asking, Serving
from camera_registry.cameras import list_cameras
from camera_registry.sight import Place
from camera_registry.units import boundary_of, find_units
from extract.lookup import Lookup, Sighting, lookup
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, MatPhoError
from foundation.language import translate
from foundation.timebase import TimeRange, merge
from ingest.index.reasons import GAP_TEXT
from people.rights import Right

router = APIRouter(include_in_schema=False)
RADII = (20, 50, 100, 200, 500)
_LONGEST_US = 24 * 3600 * 1_000_000
_MOST_PLACES = 12
_MOST_OUTLINES = 40
NEAREST = 60
"""Rows of each list at first; what is beyond is counted, is on the map, and comes with `rows=all`."""


class WindowTooWide(BadInput):
    code = "investigation_too_wide"
    message = N_("The time asked for is longer than a day")
    mend = N_("Ask for a day at most; the list of each camera's days shows longer times")


@dataclass(frozen=True)
class Found:
    """A place that words may mean: a unit, old or new, or where a camera hangs."""

    text: str
    kind: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Bar:
    """A part of a lane in thousandths of the window."""

    x: float
    width: float


@dataclass(frozen=True)
class Row:
    sighting: Sighting
    drawn: Drawn
    bars: tuple[Bar, ...]
    reasons: tuple[str, ...]
    gaps: tuple[tuple[TimeRange, str], ...]


@router.get("/investigate")
def investigate(
    request: Request,
    service: Serving,
    asker: Asking,
    asked: Asked,
    radius: Annotated[int, Query(ge=1, le=2000)] = 50,
    blind: Annotated[str, Query(max_length=5)] = "",
    rows: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """With no question yet the form; with words for a place the places they may mean; else the cameras."""
    more: dict[str, Any] = {"typed": asked.fields, "radius": radius, "radii": RADII, "blind": blind}
    nothing: dict[str, Any] = {"span": None, "answer": None, "places": [], "at": None, "map": None, "line": None}
    if not (asked.place or asked.lat or asked.day):
        return show(request, "investigate.html", wide=True, **more, **nothing, ground=_ground(request, service, asker))
    try:
        at = asked.position_or_words()
        span = asked.span(service.zone, service.clock.now_us())
        if span.duration_us > _LONGEST_US:
            raise WindowTooWide
    except MatPhoError as error:
        return show(request, "investigate.html", error, wide=True, **more, **nothing)
    with unit_of_work(service.engine, writes=False) as session:
        if at is None:
            found = _places(session, asked.place, service.clock.now_us())
            shown = {**nothing, "span": span, "places": found, "none_found": not found}
            return show(request, "investigate.html", wide=True, **more, **shown)
        answer = lookup(session, service.clock, Place(*at, float(radius)), span, include_blind=bool(blind))
        units = {code for item in answer.sightings if (code := item.sight.camera.unit_code) is not None}
        ground = outlines(session, units, service.clock.now_us())
        tell = telling(request)
        useful, others = listed(answer, NEAREST if rows != "all" else len(answer.sightings))
        cameras = {(item.sight.camera.id, item.sight.camera.code) for item in useful.nearest + others.nearest}
        strips = sources_of(session, service, asker, tell, cameras, span)
    look, other = rows_of(useful.nearest, span, tell), rows_of(others.nearest, span, tell)
    shown = {
        **nothing,
        "span": span,
        "answer": answer,
        "useful": look,
        "others": other,
        "more_useful": useful.beyond,
        "more_others": others.beyond,
        "at": at,
        "map": show_data(tell, answer, ground, useful.codes | others.codes),
        "line": _line(service, tell, span, look + other, strips),
    }
    return show(request, "investigate.html", wide=True, **more, **shown)


@dataclass(frozen=True)
class Listed:
    """The nearest of some sightings, and how many are beyond."""

    nearest: tuple[Sighting, ...]
    beyond: int

    @property
    def codes(self) -> set[str]:
        return {item.sight.camera.code for item in self.nearest}


def listed(answer: Lookup, most: int) -> tuple[Listed, Listed]:
    """Return the sightings that show the place, and the others: at most `most` of each, in their order."""
    parts: tuple[list[Sighting], list[Sighting]] = ([], [])
    for item in answer.sightings:
        parts[0 if item.sight.sees and item.recorded else 1].append(item)
    useful, others = (Listed(tuple(part[:most]), max(0, len(part) - most)) for part in parts)
    return useful, others


def _ground(request: Request, service: Service, asker: Asker) -> dict[str, Any]:
    """Return what the map needs on which a place is tapped: where this person is at work."""
    with unit_of_work(service.engine, writes=False) as session:
        codes = [code for code, _ in units_within(session, asker, Right.FOOTAGE_FIND)][:_MOST_OUTLINES]
        drawn = outlines(session, codes, asker.now_us)
        known = [one["properties"]["code"] for one in drawn["features"]]
        middle, _ = around(session, known[0] if known else None, asker.now_us)
    tell = telling(request)
    data = pick_data(tell, middle, drawn)
    return data | {"texts": data["texts"] | {"pin": translate(tell.language, N_("The place"))}}


def _places(session: Session, words: str, now_us: int) -> list[Found]:
    found = []
    for unit in find_units(session, words)[:_MOST_PLACES]:
        boundary = boundary_of(unit)
        if boundary is not None:
            found.append(Found(f"{unit.name} ({unit.code})", N_("neighbourhood or ward"), *inside(boundary)))
    for camera in list_cameras(session, at_us=now_us, q=words, limit=_MOST_PLACES).items:
        if camera.placement is not None:
            name = f"{camera.name} ({camera.code})"
            found.append(Found(name, N_("where a camera hangs"), camera.placement.lat, camera.placement.lon))
    return found[:_MOST_PLACES]


def _line(
    service: Service, tell: Telling, span: TimeRange, rows: Iterable[Row], strips: Mapping[str, Source]
) -> dict[str, Any]:
    lanes = []
    for row in rows:
        camera = row.sighting.sight.camera
        lanes.append(lane(tell, camera.code, camera.name, row.drawn, strip=strips.get(camera.code)))
    return timeline_data(tell, span, lanes, service.clock.now_us())


def rows_of(items: Iterable[Sighting], span: TimeRange, tell: Telling) -> list[Row]:
    """Return one row a sighting, with bars for what was recorded."""
    rows = []
    for item in items:
        drawn = thinned(item.runs, item.gaps, span)
        recorded = merge(part for run in drawn.runs if (part := run.range.intersection(span)) is not None)
        reasons = tuple(
            translate(tell.language, reason.message).format(**reason.fields) for reason in item.sight.reasons
        )
        gaps = tuple((gap.range, GAP_TEXT[gap.reason]) for gap in item.gaps)
        rows.append(Row(item, drawn, tuple(_bar(part, span) for part in recorded), reasons, gaps))
    return rows


def _bar(part: TimeRange, span: TimeRange) -> Bar:
    whole = span.duration_us / 1000
    return Bar(round((part.start_us - span.start_us) / whole, 2), max(1.0, round(part.duration_us / whole, 2)))
