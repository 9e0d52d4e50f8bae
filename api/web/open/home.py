"""The home of each person: what waits for them, and the few things that they came to do."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.listing import find_requests
from access.oversight import patterns
from access.owners import cameras_waiting
from access.purposes import PURPOSE_TEXT
from access.states import State
from access.tables import FootageRequest
from access.together import Needed
from api.asking import Asker
from api.holding import whose
from api.reach import ever_within
from api.service import Service
from api.web.footage.waiting import wanted_within
from api.web.footage.work import works_of
from api.web.frame.apart import apart
from api.web.frame.calls import own_units
from api.web.frame.shell import show
from api.web.registry.cards import CameraCard, cards_within
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from ingest.index.hold_lists import orders
from people.rights import Right

router = APIRouter(include_in_schema=False)
_SOON_US = 3 * 86_400_000_000
_MONTH_US = 30 * 86_400_000_000
_FEW = 6


@dataclass
class Home:
    """What the page shows; a part that the person has no right for is None."""

    cameras: int | None = None
    troubled: list[CameraCard] = field(default_factory=list)
    more_troubled: int = 0
    mine: list[FootageRequest] | None = None
    waiting: int | None = None
    review: int = 0
    holds: list[Any] | None = None
    unusual: int | None = None
    log: bool = False
    registers: bool = False
    investigates: bool = False
    administers: bool = False
    imports: bool = False
    wanted: list[Needed] | None = None
    """Recordings that are asked for and are not here."""
    own_units: list[tuple[str, str]] = field(default_factory=list)
    """Units whose telephone one may set: (code, name)."""
    working: int = 0
    """Imports of one's own that wait or run."""
    questions: list[tuple[str, str, int]] = field(default_factory=list)
    """Cameras whose owners have been asked for and have not answered."""


@router.get("/")
def home(request: Request, service: Serving, asker: Asking) -> Response:
    if asker.standing is None:
        return show(request, "welcome.html")
    with unit_of_work(service.engine, writes=False) as session:
        found = _home(session, service, asker)
    purposes = {str(one): text for one, text in PURPOSE_TEXT.items()}
    return show(request, "home.html", home=found, purpose_text=purposes)


def _home(session: Session, service: Service, asker: Asker) -> Home:
    now, found = service.clock.now_us(), Home()
    assert asker.standing is not None
    found.registers = asker.may(Right.REGISTRY_WRITE, "somewhere")
    found.own_units = own_units(session, asker) if found.registers else []
    found.investigates = asker.may(Right.FOOTAGE_FIND, "somewhere")
    found.imports = asker.may(Right.FOOTAGE_IMPORT, "somewhere")
    if found.imports:
        works = works_of(session, service, "en", asker.actor.name)
        found.working = sum(not work.over for work in works)
    if found.imports and asker.may(Right.OWNER_READ, "somewhere"):
        found.wanted = [one for one in wanted_within(session, asker) if one.answered_us is None]
    found.administers = asker.may(Right.PEOPLE_MANAGE, "everywhere")
    if asker.may(Right.RECORDED_READ, "somewhere") and not found.investigates:
        cards = cards_within(session, service, asker)
        found.cameras = len(cards)
        if asker.may(Right.OWNER_READ, "somewhere"):
            found.questions = cameras_waiting(session, [card.camera.id for card in cards])
        troubled = [card for card in cards if card.tone in {"bad", "warn"}]
        found.troubled, found.more_troubled = troubled[:_FEW], max(0, len(troubled) - _FEW)
    if asker.may(Right.REQUEST_MAKE, "somewhere"):
        found.mine = apart(session, find_requests(session, asker.standing.person_id, frozenset())[:_FEW])
    if asker.may(Right.REQUEST_DECIDE, "somewhere"):
        reach = asker.reach(Right.REQUEST_DECIDE)
        theirs = find_requests(session, asker.standing.person_id, reach, state=State.SUBMITTED)
        found.waiting = sum(one.person_id != asker.standing.person_id for one in theirs)
        found.review = len(find_requests(session, asker.standing.person_id, reach, only_review=True))
    if asker.may(Right.HOLD_PLACE, "somewhere"):
        held = orders(session, now, whose=whose(session, asker))
        found.holds = [order for order in held if order.until_us < now + _SOON_US][:_FEW]
    if asker.may(Right.ACCESS_READ, "somewhere"):
        found.unusual = len(
            patterns(
                session,
                service.clock,
                TimeRange(now - _MONTH_US, now + 1),
                service.zone,
                ever_within(asker, Right.ACCESS_READ),
            )
        )
        found.log = asker.may(Right.ACCESS_READ, "everywhere")
    return found
