"""The sign that tells passers-by of a camera, to be printed and put up where it is: whoever records must say so."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.service import Service
from api.web.papers.sheets import send_paper, show_paper
from api.wiring import Serving
from camera_registry.cameras import describe, get_camera
from camera_registry.duties import kept_days, rules_of_cameras
from camera_registry.telephones import telephones_of
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import N_

router = APIRouter(include_in_schema=False)
_BODY = "papers/sign.html"


@router.get("/cameras/{code}/sign")
def sign_page(request: Request, service: Serving, code: str) -> Response:
    return show_paper(request, _BODY, **_facts(service, code))


@router.get("/cameras/{code}/sign.pdf")
def sign_file(request: Request, service: Serving, code: str) -> Response:
    facts = _facts(service, code)
    return send_paper(request, _BODY, f"bien-bao-{facts['camera'].id}", **facts)


def _facts(service: Service, code: str) -> dict[str, Any]:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        camera = describe(session, get_camera(session, code), now)
        rules = rules_of_cameras(session, [camera.id], now)[camera.id]
        unit_id = None if camera.unit_code is None else get_unit(session, camera.unit_code, now).id
        calls = telephones_of(session, [unit_id], now)[unit_id]
    base = f"/cameras/{camera.code}"
    return {
        "camera": camera,
        "call": calls[0] if calls else None,
        "days": kept_days(camera.retention_days, rules),
        "glass_us": rules.review_hours * 3_600_000_000 if rules.break_glass else 0,
        "by_rule": bool(rules.automatic_minutes),
        "sound": camera.sound_agreed and rules.sound_allowed,
        "back": base,
        "pdf": f"{base}/sign.pdf",
        "title": N_("Sign for passers-by"),
    }
