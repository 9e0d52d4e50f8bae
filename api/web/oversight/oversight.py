"""What an auditor sees first: figures of a period, reviews that are overdue, and what looks unusual. Of requests within reach only."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session, col

from access.listing import names_of
from access.oversight import patterns
from access.overview import overview
from access.patterns import PATTERN_TEXT, Finding, Pattern
from access.states import State
from access.tables import FootageRequest
from api.reach import ever_within
from api.web.frame.periods import period_of
from api.web.frame.shell import show
from api.wiring import Asking, Serving
from foundation.database import unit_of_work
from people.rights import Right

router = APIRouter(include_in_schema=False)
_STATES = tuple(state for state in State if state is not State.DRAFTED)
_Days = Annotated[int, Query(ge=0, le=10_000)]
_AT_ONCE = 500


@dataclass(frozen=True)
class Unusual:
    """One pattern with everything that shows it; each finding has its people and its requests."""

    pattern: Pattern
    text: str
    findings: list[tuple[tuple[str, ...], list[FootageRequest]]]


@router.get("/oversight")
def oversight_page(request: Request, service: Serving, asker: Asking, days: _Days = 30) -> Response:
    now = service.clock.now_us()
    period, units = period_of(days, now), ever_within(asker, Right.ACCESS_READ)
    with unit_of_work(service.engine, writes=False) as session:
        found = overview(session, period.span, now, units)
        names = names_of(session, {one.person_id for one in found.overdue})
        unusual = len(patterns(session, service.clock, period.span, service.zone, units))
    more = {"period": period, "found": found, "names": names, "unusual": unusual, "states": _STATES}
    return show(request, "oversight.html", wide=True, log=asker.may(Right.ACCESS_READ, "everywhere"), **more)


@router.get("/oversight/unusual")
def unusual_page(request: Request, service: Serving, asker: Asking, days: _Days = 30) -> Response:
    """Each pattern is a question to somebody and no proof of anything; so the page says, too."""
    period = period_of(days, service.clock.now_us())
    units = ever_within(asker, Right.ACCESS_READ)
    with unit_of_work(service.engine, writes=False) as session:
        found = patterns(session, service.clock, period.span, service.zone, units)
        requests = _requests(session, {name for one in found for name in one.requests})
        names = names_of(session, {one.person_id for one in requests.values()})
    told = _by_pattern(found, requests)
    return show(request, "unusual.html", wide=True, period=period, patterns=told, names=names)


def _requests(session: Session, ids: Collection[str]) -> dict[str, FootageRequest]:
    found: dict[str, FootageRequest] = {}
    wanted = sorted(ids)
    for at in range(0, len(wanted), _AT_ONCE):
        question = sa.select(FootageRequest).where(col(FootageRequest.id).in_(wanted[at : at + _AT_ONCE]))
        found |= {row.id: row for row in session.execute(question).scalars()}
    return found


def _by_pattern(found: Collection[Finding], requests: dict[str, FootageRequest]) -> list[Unusual]:
    told: dict[Pattern, Unusual] = {}
    for one in found:
        group = told.setdefault(one.pattern, Unusual(one.pattern, PATTERN_TEXT[one.pattern], []))
        group.findings.append((one.who, [requests[name] for name in one.requests]))
    return list(told.values())
