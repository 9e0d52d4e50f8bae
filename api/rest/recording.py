"""What the recorder does at the moment: which cameras record, which do not, and why. It may run in another process."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.schemas.problem import problems
from api.schemas.recording import Recording
from api.wiring import Asking, Serving, Speaking, answer
from camera_registry.cameras import codes_within
from foundation.database import unit_of_work
from foundation.language import Language
from foundation.timebase import format_instant
from ingest.index.status import CameraState, CameraStatus, recording_status, summary_of
from people.rights import Right

router = APIRouter(prefix="/api/v1", tags=["service"])


@router.get("/recording", response_model=Recording, responses=problems(503))
def what_records(
    service: Serving,
    asker: Asking,
    language: Speaking,
    state: Annotated[CameraState | None, Query(description="Only cameras in this state; all when left out")] = None,
) -> Response:
    """Every active camera within reach that has a live source: whether it records, why not, its rates and its last frame."""
    now_us = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        found = recording_status(session, now_us)
        reach = asker.reach(Right.RECORDED_READ)
        if reach is not None:
            near = codes_within(session, reach, now_us)
            found = [status for status in found if status.code in near]
    body = as_dict(found, language, service.zone, now_us, state=state)
    return answer(body, headers={"Vary": "Accept-Language"})


def as_dict(
    found: Sequence[CameraStatus], language: Language, zone: tzinfo, now_us: int, *, state: CameraState | None = None
) -> dict[str, Any]:
    """Return the answer as JSON, for this call and the command line: the summary of all, the cameras in `state`."""
    return {
        "at": format_instant(now_us, zone),
        "summary": summary_of(found).as_dict(language),
        "cameras": [status.as_dict(language, zone) for status in found if state in {None, status.state}],
    }
