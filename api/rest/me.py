"""Who is asking, as the service sees it."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.myself import as_dict
from api.schemas.people import Me
from api.schemas.problem import problems
from api.wiring import Asking, Serving, answer

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.get("/me", response_model=Me, responses=problems())
def who_am_i(service: Serving, asker: Asking) -> Response:
    """The account that asks, its roles of today with their units and terms, and the rights that follow."""
    return answer(as_dict(service, asker))
