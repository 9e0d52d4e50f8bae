"""Which camera next: from a place and a time at which somebody left it, the cameras that they may have passed, and when."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.web.frame.asked import Asked
from api.web.frame.places import DIRECTIONS
from api.web.frame.shell import show, telling
from api.web.frame.words import Telling
from api.wiring import Serving
from extract.onwards import MANNERS, Onward, onwards
from foundation.database import unit_of_work
from foundation.errors import MatPhoError

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
) -> Response:
    """Ask where somebody went who left a place during a time."""
    more: dict[str, Any] = {
        "typed": {**asked.fields, "manner": manner, "bearing": bearing},
        "reach": reach,
        "reaches": [(one, f"{one} m") for one in REACHES],
        "manners": [(name, how.text) for name, how in MANNERS.items()],
        "directions": DIRECTIONS,
    }
    if not asked.day:
        return show(request, "onwards.html", span=None, rows=None, wide=True, **more)
    try:
        place = asked.position()
        span = asked.span(service.zone, service.clock.now_us())
        turned = float(bearing) % 360 if bearing.isdecimal() else None
        with unit_of_work(service.engine, writes=False) as session:
            found = onwards(session, service.clock, place, span, manner, bearing_deg=turned, reach_m=float(reach))
    except MatPhoError as error:
        return show(request, "onwards.html", error, span=None, rows=None, wide=True, **more)
    tell = telling(request)
    rows = [(one, _there(one, tell)) for one in found]
    return show(request, "onwards.html", span=span, rows=rows, wide=True, **more)


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
