"""Which camera next: from a place and a time at which somebody left it, the cameras that they may have passed, and when."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.web.frame.asked import Asked
from api.web.frame.faults import show_faults
from api.web.frame.forms import go
from api.web.frame.islands import onwards_data
from api.web.frame.places import DIRECTIONS, PositionUnreadable
from api.web.frame.selection import NoneTicked
from api.web.frame.shell import telling
from api.web.frame.words import Telling, fields_told
from api.wiring import Serving
from extract.onwards import MANNERS, Onward, onwards
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.timebase import TimeRange

router = APIRouter(include_in_schema=False)
REACHES = (200, 500, 1000, 2000)


@router.get("/investigate/next")
def next_cameras(
    request: Request,
    service: Serving,
    asked: Asked,
    manner: Annotated[str, Query(max_length=20)] = "motorbike",
    bearing: Annotated[str, Query(max_length=10)] = "",
    reach: Annotated[int, Query(ge=50, le=2000)] = 500,
    wrong: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Ask where somebody went who left a place during a time."""
    named = asked.place or (asked.name if asked.lat else "")
    more: dict[str, Any] = {
        "typed": {**asked.fields, "place": named, "manner": manner, "bearing": bearing},
        "reach": reach,
        "reaches": [(one, f"{one} m") for one in REACHES],
        "manners": [(name, how.text) for name, how in MANNERS.items()],
        "directions": DIRECTIONS,
        "at": None,
        "span": None,
        "rows": None,
        "map": None,
        "when": None,
        "wide": True,
    }
    if not asked.day:
        return show_faults(request, "onwards.html", {}, **more)
    span, faults = asked.read(service.zone, service.clock.now_us())
    place = None
    try:
        more["at"] = place = asked.position()
    except PositionUnreadable as error:
        faults = {"place": error, **faults}
    if faults or span is None or place is None:
        return show_faults(request, "onwards.html", faults, **more)
    lasting = asked.lasting(span, service.zone)
    if lasting is not None:
        kept = {"manner": manner, "reach": reach, **({"bearing": bearing} if bearing else {})}
        return go(f"/investigate/next?{urlencode({**lasting.query, **kept})}")
    try:
        turned = float(bearing) % 360 if bearing.isdecimal() else None
        with unit_of_work(service.engine, writes=False) as session:
            found = onwards(session, service.clock, place, span, manner, bearing_deg=turned, reach_m=float(reach))
    except MatPhoError as error:
        return show_faults(request, "onwards.html", {"": error}, **more)
    more |= {"span": span, **_told(telling(request), place, found)}
    told: dict[str, MatPhoError] = {"": NoneTicked()} if wrong == NoneTicked.code else {}
    return show_faults(request, "onwards.html", told, **more)


def _told(tell: Telling, place: tuple[float, float], found: Sequence[Onward]) -> dict[str, Any]:
    """Return the rows, the map, and the whole time in which any of them may have been passed, as it is kept or asked for."""
    rows = [(one, _there(one, tell)) for one in found]
    told: dict[str, Any] = {"rows": rows}
    told["with_footage"] = [row for row in rows if row[0].recorded_us]
    told["without"] = [row for row in rows if not row[0].recorded_us]
    if found:
        whole = TimeRange(min(one.arrives.start_us for one in found), max(one.arrives.end_us for one in found))
        told |= {"when": fields_told(whole, tell.zone), "whole": whole, "map": onwards_data(tell, place, found)}
    return told


def _there(one: Onward, tell: Telling) -> str:
    """Return the address of the investigation at the camera's view, during the window in which they may have passed."""
    begins, ends = tell.moment(one.arrives.start_us), tell.moment(one.arrives.end_us)
    asked = {
        "place": f"{one.lat:.6f}, {one.lon:.6f}",
        "day": f"{begins:%d/%m/%Y}",
        "begin": f"{begins:%H:%M:%S}",
        "end": f"{ends:%H:%M:%S}",
        "radius": "20",
    }
    if ends.date() != begins.date():
        asked["end_day"] = f"{ends:%d/%m/%Y}"
    return f"/investigate?{urlencode(asked)}"
