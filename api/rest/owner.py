"""Who owns a camera: the one call from which personal data comes out, and each reading of it is an event."""

import dataclasses

from fastapi import APIRouter
from fastapi.responses import Response

from api.schemas.camera import CameraOwner
from api.schemas.problem import problems
from api.wiring import Acting, Serving, answer
from audit.log import record
from camera_registry.cameras import get_camera, owner_of
from foundation.database import unit_of_work

router = APIRouter(prefix="/api/v1/cameras", tags=["registry"])


@router.get("/{code}/owner", response_model=CameraOwner, responses=problems(404))
def read_owner(service: Serving, actor: Acting, code: str) -> Response:
    """Who owns a camera, who agreed, who paid: for the heads of its unit and administrators. Each reading is an event."""
    with unit_of_work(service.engine) as session:
        camera = get_camera(session, code)
        assert camera.id is not None
        owner = owner_of(session, camera.id, service.clock.now_us())
        record(session, service.clock, actor, "owner:read", "camera", code)
    return answer(dict.fromkeys(CameraOwner.model_fields) if owner is None else dataclasses.asdict(owner))
