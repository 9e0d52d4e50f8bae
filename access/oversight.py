"""What the auditor is shown of requests: unusual patterns, and reviews that are due."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from access.patterns import Finding, Point, Told, find
from access.tables import FootageGrant, FootageRequest, FootageUse, RequestCamera
from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for
from camera_registry.tables import Placement
from foundation.clock import Clock
from foundation.timebase import TimeRange
from people.tables import Person, PersonHome


def patterns(
    session: Session, clock: Clock, span: TimeRange, zone: ZoneInfo, units: Collection[int] | None = None
) -> list[Finding]:
    """Return the patterns in requests submitted in `span`, of these units (None: of all)."""
    people = {row.id: row.sign_in for row in session.execute(sa.select(Person)).scalars()}
    homes: dict[str, Point] = {
        people[row.person_id]: (row.lat, row.lon) for row in session.execute(sa.select(PersonHome)).scalars()
    }
    places = _places(session, span)
    found = [_told(*row, people, places) for row in _rows(session, span, units)]
    return find(found, homes.get, clock.now_us(), zone)


def reviews_overdue(session: Session, clock: Clock) -> int:
    """Return how many approvals without a human wait for a review whose time is over."""
    question = sa.select(sa.func.count()).where(
        col(FootageRequest.review_by_us) < clock.now_us(), col(FootageRequest.reviewed_us).is_(None)
    )
    return int(session.execute(question).scalar_one())


def _rows(
    session: Session, span: TimeRange, units: Collection[int] | None
) -> list[tuple[FootageRequest, FootageGrant | None, int, Rules]]:
    uses = (
        sa.select(col(FootageUse.grant_id), sa.func.count().label("uses")).group_by(col(FootageUse.grant_id)).subquery()
    )
    question = (
        sa.select(FootageRequest, FootageGrant, sa.func.coalesce(uses.c.uses, 0))
        .outerjoin(FootageGrant, col(FootageGrant.request_id) == col(FootageRequest.id))
        .outerjoin(uses, uses.c.grant_id == col(FootageGrant.id))
        .where(col(FootageRequest.submitted_us) >= span.start_us, col(FootageRequest.submitted_us) < span.end_us)
    )
    if units is not None:
        question = question.where(col(FootageRequest.unit_id).in_(units))
    known: dict[int | None, Rules] = {}
    found = []
    for request, grant, count in session.execute(question):
        if request.unit_id not in known:
            known[request.unit_id] = rules_for(session, request.unit_id, span.end_us)
        found.append((request, grant, count, known[request.unit_id]))
    return found


def _places(session: Session, span: TimeRange) -> dict[str, Point]:
    """Return the middle of the cameras of each request, for those that named no place."""
    question = (
        sa.select(col(RequestCamera.request_id), sa.func.avg(col(Placement.lat)), sa.func.avg(col(Placement.lon)))
        .join(FootageRequest, col(FootageRequest.id) == col(RequestCamera.request_id))
        .join(Placement, col(Placement.camera_id) == col(RequestCamera.camera_id))
        .where(
            col(FootageRequest.submitted_us) >= span.start_us,
            col(FootageRequest.submitted_us) < span.end_us,
            col(Placement.valid_to_us).is_(None),
        )
        .group_by(col(RequestCamera.request_id))
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(question)}


def _told(
    request: FootageRequest,
    grant: FootageGrant | None,
    uses: int,
    rules: Rules,
    people: dict[str, str],
    places: dict[str, Point],
) -> Told:
    named = None if request.lat is None or request.lon is None else (request.lat, request.lon)
    assert request.submitted_us is not None
    return Told(
        id=request.id,
        bundle_id=request.bundle_id,
        person=people[request.person_id],
        approver=None if grant is None or request.decided_by is None else people[request.decided_by],
        case_number=request.case_number,
        place=named or places.get(request.id),
        start_us=request.start_us,
        end_us=request.end_us,
        submitted_us=request.submitted_us,
        rules=rules,
        granted=grant is not None,
        over_us=None if grant is None else grant.until_us if grant.ended_us is None else grant.ended_us,
        uses=uses,
        outcome=request.outcome,
        review_by_us=request.review_by_us,
        reviewed_us=request.reviewed_us,
        justified=None if request.justified is None else bool(request.justified),
    )
