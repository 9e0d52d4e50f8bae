"""One picture under a grant: of a camera at a time that was typed, with when it truly was taken and the hash of its bytes."""

import base64
import hashlib
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.granted import frame_under_grant
from api.web.frame.calls import calls_about
from api.web.frame.faults import show_faults
from api.web.frame.forms import go
from api.web.frame.shell import telling
from api.web.frame.words import exactly, is_dated, read_moment
from api.wiring import Asking, Serving
from camera_registry.cameras import CameraUnknown
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
        return show_faults(request, "picture.html", {}, **nothing)
    at_us, faults = read_moment(day, time, service.zone, service.clock.now_us())
    if at_us is None:
        return show_faults(request, "picture.html", faults, **nothing)
    if not is_dated(day):  # the address means the same tomorrow; and nothing was looked at yet
        moment = telling(request).moment(at_us)
        lasting = {"camera": typed["camera"], "day": f"{moment:%d/%m/%Y}", "time": exactly(moment)}
        return go(f"/picture?{urlencode(lasting)}")
    try:
        found = frame_under_grant(service, asker, typed["camera"], at_us)
    except MatPhoError as error:
        with unit_of_work(service.engine, writes=False) as session:
            calls = calls_about(session, asker, error)
        field = "camera" if isinstance(error, CameraUnknown) else ""
        return show_faults(request, "picture.html", {field: error}, **(nothing | {"calls": calls}))
    shown = {
        "asked_us": at_us,
        "data": base64.b64encode(found.jpeg).decode(),
        "sha256": hashlib.sha256(found.jpeg).hexdigest(),
        "file": f"{typed['camera']}-{found.time_us}.jpg",
    }
    return show_faults(request, "picture.html", {}, typed=typed, found=found, calls=[], **shown)
