"""Requests and grants looked for, and the names that stand beside them."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col

from access.states import State
from access.tables import ClipGrant, FootageGrant, FootageRequest
from camera_registry.tables import Camera, Unit
from extract.tables import Clip
from foundation.timebase import TimeRange
from people.tables import Person

MOST = 200


def find_requests(
    session: Session,
    person_id: str,
    units: Collection[int] | None,
    *,
    state: State | None = None,
    bundle_id: str | None = None,
    only_review: bool = False,
) -> list[FootageRequest]:
    """Return a person's own requests and the submitted ones of `units` (None: of all), newest first, at most 200."""
    submitted = col(FootageRequest.submitted_us).is_not(None)
    theirs = submitted if units is None else sa.and_(submitted, col(FootageRequest.unit_id).in_(units))
    question = sa.select(FootageRequest).where(sa.or_(col(FootageRequest.person_id) == person_id, theirs))
    if state is not None:
        question = question.where(col(FootageRequest.state) == str(state))
    if bundle_id is not None:
        question = question.where(col(FootageRequest.bundle_id) == bundle_id)
    if only_review:
        question = question.where(
            col(FootageRequest.review_by_us).is_not(None), col(FootageRequest.reviewed_us).is_(None)
        )
    question = question.order_by(col(FootageRequest.created_us).desc(), col(FootageRequest.id).desc()).limit(MOST)
    return list(session.execute(question).scalars())


def grants_of(session: Session, request_ids: Collection[str]) -> list[FootageGrant]:
    question = sa.select(FootageGrant).where(col(FootageGrant.request_id).in_(request_ids))
    return list(session.execute(question).scalars())


def clips_of(session: Session, grant_id: str, limit: int) -> list[str]:
    """Return the ids of the clips that were made under a grant, the newest first."""
    question = (
        sa.select(col(ClipGrant.clip_id))
        .join(Clip, col(Clip.id) == col(ClipGrant.clip_id))
        .where(col(ClipGrant.grant_id) == grant_id)
        .order_by(col(Clip.created_us).desc(), col(Clip.id).desc())
        .limit(limit)
    )
    return list(session.execute(question).scalars())


def clip_like(
    session: Session, grant_id: str, camera_id: int, span: TimeRange, mode: str, *, audio: bool
) -> str | None:
    """Return the id of the clip that was made last under a grant of just this, for people to read."""
    question = (
        sa.select(col(ClipGrant.clip_id))
        .join(Clip, col(Clip.id) == col(ClipGrant.clip_id))
        .where(
            col(ClipGrant.grant_id) == grant_id,
            col(Clip.camera_id) == camera_id,
            col(Clip.start_us) == span.start_us,
            col(Clip.end_us) == span.end_us,
            col(Clip.mode) == mode,
            col(Clip.audio) == int(audio),
            col(Clip.times) == 0,
        )
        .order_by(col(Clip.created_us).desc(), col(Clip.id).desc())
        .limit(1)
    )
    found: str | None = session.execute(question).scalar()
    return found


def names_of(session: Session, person_ids: Collection[str]) -> dict[str, str]:
    """Return the names that people sign in with."""
    question = sa.select(col(Person.id), col(Person.sign_in)).where(col(Person.id).in_(person_ids))
    return {row[0]: row[1] for row in session.execute(question)}


def unit_codes(session: Session, unit_ids: Collection[int]) -> dict[int, str]:
    question = sa.select(col(Unit.id), col(Unit.code)).where(col(Unit.id).in_(unit_ids))
    return {row[0]: row[1] for row in session.execute(question)}


def codes_of(session: Session, camera_ids: Collection[int]) -> dict[int, str]:
    question = sa.select(col(Camera.id), col(Camera.code)).where(col(Camera.id).in_(camera_ids))
    return {row[0]: row[1] for row in session.execute(question)}
