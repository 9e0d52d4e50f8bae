"""The investigation: a place and a time as they are typed, read back in words, then which cameras could have seen it.

The address of the page is its whole state, so that it can be sent to a colleague, who sees only what they may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.asking import Asker
from api.service import Service
from api.web.footage.places_meant import apart_from_all, offer, words_of
from api.web.footage.strips import Source, sources_of
from api.web.frame.asked import MOST_LETTERS, Asked, Typed
from api.web.frame.faults import show_faults
from api.web.frame.forms import go
from api.web.frame.islands import lane, pick_data, show_data, timeline_data
from api.web.frame.places import PositionUnreadable, around, outline, outlines, units_within
from api.web.frame.selection import NoneTicked
from api.web.frame.shell import telling
from api.web.frame.thinning import Drawn, thinned
from api.web.frame.words import Telling, fields_told
from api.wiring import Asking, Serving
from camera_registry.cameras import list_cameras
from camera_registry.sight import Place
from camera_registry.units import boundary_of, unit_by_id, units_at
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
_MOST_OUTLINES = 200
_MOST_DOTS = 1000
_NOTHING: dict[str, Any] = {
    "span": None,
    "answer": None,
    "places": [],
    "at": None,
    "map": None,
    "line": None,
    "when": None,
    "apart": None,
}
NEAREST = 60
"""Rows of each list at first; what is beyond is counted, is on the map, and comes with `rows=all`."""


class WindowTooWide(BadInput):
    code = "investigation_too_wide"
    message = N_("The time asked for is longer than a day")
    mend = N_("Ask for a day at most; the list of each camera's days shows longer times")


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
    wrong: Annotated[str, Query(max_length=20)] = "",
    taken: str = "",
    choose: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """With no question yet the form; with words for a place the places they may mean; else the cameras.

    Words that mean one place only are gone on with, and `taken` says so; with `choose` they are not.
    """
    more: dict[str, Any] = {"typed": asked.fields, "radius": radius, "radii": RADII, "blind": blind, **_NOTHING}
    more["taken"] = taken[:MOST_LETTERS] if asked.chosen else ""
    if not (asked.place or asked.lat or asked.day):
        return _form(request, service, asker, {}, more)
    span, faults = asked.read(service.zone, service.clock.now_us())
    at = None
    try:
        at = asked.position_or_words()
    except PositionUnreadable as error:
        faults = {"place": error, **faults}
    if span is not None and span.duration_us > _LONGEST_US:
        faults["end"] = WindowTooWide()
    if faults or span is None:
        return _form(request, service, asker, faults, more)
    lasting = asked.lasting(span, service.zone)
    if lasting is not None:  # what is sent to a colleague means the same tomorrow
        kept = {"radius": radius, "blind": blind, "rows": rows, "choose": choose}
        query = {**lasting.query, **{name: value for name, value in kept.items() if value}}
        return go(f"/investigate?{urlencode(query)}")
    more |= {"span": span, "when": fields_told(span, service.zone)}
    if at is None:
        return _said_in_words(request, service, asker, asked, more, choose=bool(choose))
    question = _Question(asked, at, span, radius, bool(blind), every=rows == "all")
    more |= _answered(request, service, asker, question)
    told = {"": NoneTicked()} if wrong == NoneTicked.code else {}
    return show_faults(request, "investigate.html", told, wide=True, **more)


def _said_in_words(
    request: Request, service: Service, asker: Asker, asked: Typed, more: dict[str, Any], *, choose: bool
) -> Response:
    """Go on with the one place that the words can mean, unless it is to be chosen; else show those that they may mean."""
    with unit_of_work(service.engine, writes=False) as session:
        found = offer(session, asked.place, telling(request), service.clock.now_us())
    if found.meant is not None and not choose:
        kept = {name: more[name] for name in ("radius", "blind")} | {"unit": "", "taken": asked.place}
        query = {**asked.query, **kept, **found.meant.query}
        return go(f"/investigate?{urlencode({name: value for name, value in query.items() if value})}")
    return _form(request, service, asker, {}, more | words_of(found))


def _form(
    request: Request, service: Service, asker: Asker, faults: Mapping[str, MatPhoError], more: Mapping[str, Any]
) -> Response:
    """Return the page without an answer: with a map on which the place can be tapped."""
    ground = _ground(request, service, asker)
    return show_faults(request, "investigate.html", faults, wide=True, **more, ground=ground)


@dataclass(frozen=True)
class _Question:
    asked: Typed
    at: tuple[float, float]
    span: TimeRange
    radius: int
    blind: bool
    every: bool


def _answered(request: Request, service: Service, asker: Asker, question: _Question) -> dict[str, Any]:
    tell, span, unit_name = telling(request), question.span, ""
    with unit_of_work(service.engine, writes=False) as session:
        area, own = None, question.asked.unit_id
        if own is not None:
            unit = unit_by_id(session, own)
            area, unit_name = boundary_of(unit), unit.name
        place = Place(*question.at, 0.0 if area is not None else float(question.radius))
        answer = lookup(session, service.clock, place, span, include_blind=question.blind, area=area)
        units = {code for item in answer.sightings if (code := item.sight.camera.unit_code) is not None}
        ground = outlines(session, units, service.clock.now_us())
        if area is not None:
            ground["features"].append(outline(area, "", unit_name))
        useful, others = listed(answer, len(answer.sightings) if question.every else NEAREST)
        cameras = {(item.sight.camera.id, item.sight.camera.code) for item in useful.nearest + others.nearest}
        strips = sources_of(session, service, asker, tell, cameras, span)
        apart = None if answer.sightings or area is not None else apart_from_all(session, question.at, span, tell)
    look, other = rows_of(useful.nearest, span, tell), rows_of(others.nearest, span, tell)
    return {
        "answer": answer,
        "useful": look,
        "others": other,
        "more_useful": useful.beyond,
        "more_others": others.beyond,
        "at": question.at,
        "apart": apart,
        "whole_unit": unit_name if area is not None else "",
        "map": show_data(tell, answer, ground, useful.codes | others.codes),
        "line": _line(service, tell, span, look + other, strips),
    }


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
    """Return what the map needs on which a place is tapped: where this person is at work, and the cameras there, faint."""
    with unit_of_work(service.engine, writes=False) as session:
        codes = [code for code, _ in units_within(session, asker, Right.FOOTAGE_FIND)][:_MOST_OUTLINES]
        drawn = outlines(session, codes, asker.now_us)
        known = [one["properties"]["code"] for one in drawn["features"]]
        units = units_at(session, asker.now_us)
        above = {unit.parent_id for unit in units}
        wider = {unit.code for unit in units if unit.id in above}
        for one in drawn["features"]:
            if one["properties"]["code"] in wider:  # its name would lie over those of what is in it
                one["properties"]["name"] = ""
        middle, _ = around(session, known[0] if known else None, asker.now_us)
        dots = list_cameras(session, at_us=asker.now_us, limit=_MOST_DOTS).items
    tell = telling(request)
    others = [(one.placement.lat, one.placement.lon, one.code) for one in dots if one.placement is not None]
    data = pick_data(tell, middle, drawn, others)
    return data | {
        "texts": data["texts"] | {"pin": translate(tell.language, N_("The place"))},
        "all": bool(known),
    }


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
