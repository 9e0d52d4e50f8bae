"""What one may see now; what was used of a camera; what the auditor should look at; links for owners."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from access.grants import running_grants
from access.oversight import patterns, reviews_overdue
from access.owners import make_link, open_questions
from access.patterns import PATTERN_TEXT
from access.uses import uses_of
from api.parameters import at_most, span
from api.rest.bodies import JSON_LIMIT_BYTES
from api.rest.request_body import grants_told
from api.schemas.problem import problems
from api.schemas.request import Grants, Oversight, OwnerLinks, Uses
from api.wiring import Acting, Asking, Serving, Speaking, answer
from camera_registry.cameras import get_camera
from foundation.database import unit_of_work
from foundation.language import translate
from foundation.timebase import TimeRange, format_instant
from people.rights import Right

router = APIRouter(prefix="/api/v1", tags=["requests"])

MOST_DAYS = 366
Span = Annotated[TimeRange, Depends(span)]


@router.get("/grants", response_model=Grants, responses=problems())
def my_grants(service: Serving, asker: Asking) -> Response:
    """One's grants that run now; first the one that ends first."""
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        found = running_grants(session, service.clock, asker.standing.person_id)
        told = grants_told(session, service, found)  # in the order that they were found in
    return answer({"grants": list(told.values())})


@router.get("/cameras/{code}/uses", response_model=Uses, responses=problems(404))
def camera_uses(service: Serving, code: str, asked: Span) -> Response:
    """When footage of a camera was used, and for which class of purpose; newest first."""
    at_most(asked, MOST_DAYS, service.zone)
    with unit_of_work(service.engine, writes=False) as session:
        camera = get_camera(session, code)
        assert camera.id is not None
        found = uses_of(session, camera.id, asked)
    uses = [
        {"at": format_instant(use.at_us, service.zone), "kind": use.kind, "count": use.count, "purpose": use.purpose}
        for use in found
    ]
    return answer({"camera": code, "uses": uses})


@router.post(
    "/cameras/{code}/owner-links", max_body_size=JSON_LIMIT_BYTES, response_model=OwnerLinks, responses=problems(404)
)
def owner_links(service: Serving, actor: Acting, code: str) -> Response:
    """Make links for the owner of a camera who wants to be asked, one for each question that is open; hand them over."""
    with unit_of_work(service.engine) as session:
        camera = get_camera(session, code)
        assert camera.id is not None
        links = [
            {
                "address": f"{service.settings.address}/owner/{made}",
                "from": format_instant(request.start_us, service.zone),
                "to": format_instant(request.end_us, service.zone),
                "purpose": request.purpose,
            }
            for request in open_questions(session, camera.id)
            for made in [make_link(session, service.clock, actor, request, camera.id)]
        ]
    return answer({"links": links})


@router.get("/oversight", response_model=Oversight, responses=problems())
def oversight(service: Serving, asker: Asking, language: Speaking, asked: Span) -> Response:
    """Unusual patterns in the requests of this time: each a question to somebody, and a proof of nothing."""
    at_most(asked, MOST_DAYS, service.zone)
    with unit_of_work(service.engine, writes=False) as session:
        found = patterns(session, service.clock, asked, service.zone, asker.reach(Right.ACCESS_READ))
        overdue = reviews_overdue(session, service.clock)
    findings = [
        {
            "pattern": str(one.pattern),
            "text": translate(language, PATTERN_TEXT[one.pattern]),
            "who": list(one.who),
            "requests": list(one.requests),
        }
        for one in found
    ]
    return answer({"findings": findings, "reviews_overdue": overdue})
