"""One picture under a grant: of a camera at a time that was typed, with when it truly was taken and the hash of its bytes."""

import base64
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.granted import frame_under_grant
from api.web.frame.calls import calls_about
from api.web.frame.shell import show
from api.web.frame.words import read_instant
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from foundation.errors import MatPhoError

router = APIRouter(include_in_schema=False)


@router.get("/picture")
def picture(
    request: Request,
    service: Serving,
    asker: Asking,
    camera: Annotated[str, Query(max_length=80)] = "",
    day: Annotated[str, Query(max_length=40)] = "",
    time: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show the picture; each time it is shown counts. It travels within the page, so that what is hashed is what is seen."""
    typed = {"camera": camera.strip(), "day": day, "time": time}
    nothing: dict[str, Any] = {"typed": typed, "found": None, "calls": []}
    if not (camera or day or time):
        return show(request, "picture.html", **nothing)
    try:
        at_us = read_instant(day, time, service.zone, service.clock.now_us())
        found = frame_under_grant(service, asker, typed["camera"], at_us)
    except MatPhoError as error:
        with unit_of_work(service.engine, writes=False) as session:
            calls = calls_about(session, asker, error)
        return show(request, "picture.html", error, **(nothing | {"calls": calls}))
    shown = {
        "asked_us": at_us,
        "data": base64.b64encode(found.jpeg).decode(),
        "sha256": hashlib.sha256(found.jpeg).hexdigest(),
        "file": f"{typed['camera']}-{found.time_us}.jpg",
    }
    return show(request, "picture.html", typed=typed, found=found, calls=[], **shown)
