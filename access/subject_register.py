"""The register of requests of data subjects, looked through: what is overdue, what is open, what was answered. No personal data."""

from collections.abc import Collection, Iterable
from datetime import tzinfo
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.listing import unit_codes
from access.subject_kinds import Late
from access.subject_tables import SubjectRequest, SubjectRequestCamera
from camera_registry.tables import Camera
from foundation.timebase import format_instant

MOST = 200


def late(request: SubjectRequest, now_us: int) -> Late | None:
    """Tell what of a request is overdue; an answer that is overdue goes before an acknowledgement."""
    if request.answered_us is None and request.answer_by_us <= now_us:
        return Late.ANSWER
    if request.acknowledged_us is None and request.acknowledge_by_us <= now_us:
        return Late.ACKNOWLEDGE
    return None


def overdue(session: Session, now_us: int) -> dict[Late, int]:
    """Return how many requests wait for each step beyond its time; one may wait for both."""
    asked = {
        Late.ACKNOWLEDGE: (col(SubjectRequest.acknowledged_us), col(SubjectRequest.acknowledge_by_us)),
        Late.ANSWER: (col(SubjectRequest.answered_us), col(SubjectRequest.answer_by_us)),
    }
    return {
        step: int(
            session.execute(
                sa.select(sa.func.count()).select_from(SubjectRequest).where(done.is_(None), by <= now_us)
            ).scalar_one()
        )
        for step, (done, by) in asked.items()
    }


def units_in_register(session: Session) -> list[int | None]:
    """Return every unit that has a request in the register, also units that are no more."""
    return list(session.execute(sa.select(col(SubjectRequest.unit_id)).distinct()).scalars())


def find_subject_requests(
    session: Session, units: Collection[int | None] | None = None, *, only_open: bool = False
) -> list[SubjectRequest]:
    """Return requests of these units (None: of all), at most 200.

    Open ones come first, by the time at which the next step is due, so the most overdue at the head; then answered ones,
    newest first.
    """
    question = sa.select(SubjectRequest)
    if units is not None:
        ids = [unit_id for unit_id in units if unit_id is not None]
        ours = col(SubjectRequest.unit_id).in_(ids)
        question = question.where(sa.or_(ours, col(SubjectRequest.unit_id).is_(None)) if None in units else ours)
    answered = col(SubjectRequest.answered_us)
    if only_open:
        question = question.where(answered.is_(None))
    acknowledge_by = col(SubjectRequest.acknowledge_by_us)
    waits = sa.and_(col(SubjectRequest.acknowledged_us).is_(None), acknowledge_by < col(SubjectRequest.answer_by_us))
    next_us = sa.case((waits, acknowledge_by), else_=col(SubjectRequest.answer_by_us))
    order = (
        sa.case((answered.is_(None), 0), else_=1),
        sa.case((answered.is_(None), next_us), else_=-answered),
        col(SubjectRequest.id),
    )
    return list(session.execute(question.order_by(*order).limit(MOST)).scalars())


def told(session: Session, requests: Iterable[SubjectRequest], now_us: int, zone: tzinfo) -> list[dict[str, Any]]:
    """Return the requests as JSON, without who asked. Deadlines are themselves too late."""
    found = list(requests)
    units = unit_codes(session, {request.unit_id for request in found if request.unit_id is not None})
    cameras = _cameras(session, [request.id for request in found])

    def at(us: int | None) -> str | None:
        return None if us is None else format_instant(us, zone)

    return [
        {
            "id": request.id,
            "kind": request.kind,
            "unit": None if request.unit_id is None else units[request.unit_id],
            "cameras": cameras.get(request.id, []),
            "from": at(request.start_us),
            "to": at(request.end_us),
            "received": at(request.received_us),
            "registered": at(request.registered_us),
            "registered_by": request.registered_by,
            "acknowledge_by": at(request.acknowledge_by_us),
            "acknowledged": at(request.acknowledged_us),
            "acknowledged_by": request.acknowledged_by,
            "answer_by": at(request.answer_by_us),
            "answered": at(request.answered_us),
            "answered_by": request.answered_by,
            "outcome": request.outcome,
            "reason": request.reason,
            "overdue": late(request, now_us),
            "erased": at(request.erased_us),
        }
        for request in found
    ]


def _cameras(session: Session, request_ids: Collection[str]) -> dict[str, list[str]]:
    question = (
        sa.select(col(SubjectRequestCamera.request_id), col(Camera.code))
        .join(Camera, col(Camera.id) == col(SubjectRequestCamera.camera_id))
        .where(col(SubjectRequestCamera.request_id).in_(request_ids))
        .order_by(col(Camera.code))
    )
    found: dict[str, list[str]] = {}
    for request_id, code in session.execute(question):
        found.setdefault(request_id, []).append(code)
    return found
