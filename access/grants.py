"""Under which grant somebody may see footage of a camera. There is always exactly one, or none and nothing is seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.tables import ClipGrant, FootageGrant, FootageRequest, GrantCamera
from foundation.clock import Clock
from foundation.errors import N_, Forbidden
from foundation.timebase import TimeRange, ToldInstant
from people.judging import may
from people.rights import Right
from people.roles import standing_of, units_of
from people.tables import Person


class NotGranted(Forbidden):
    code = "not_granted"
    message = N_("You have no grant for camera “{camera}” from {start} to {end}")
    mend = N_("Ask for it (POST /api/v1/requests); what a grant covers is in GET /api/v1/grants")


class GrantOver(Forbidden):
    code = "grant_over"
    message = N_("The grant under which this was made is over")
    mend = N_("Ask again (POST /api/v1/requests), if it is still needed")


class GrantTakenBack(GrantOver):
    code = "grant_taken_back"
    message = N_("The approval was taken back at {at} by {who}, because: {why}")


class GrantUsedUp(Forbidden):
    code = "grant_used_up"
    message = N_("All {downloads} clips that the grant allows have been made")
    mend = N_("Those that were made can be read until it is over; ask again for more")


class PreRollNotGranted(Forbidden):
    code = "pre_roll_not_granted"
    message = N_("This would hold frames from {start} to {end}, and the grant allows none outside its window")
    mend = N_("Ask for mode “strict”, or for less than the window")


@dataclass(frozen=True)
class Wanted:
    """Who wants what. `grant_id` names the grant to be used, where somebody has several."""

    person_id: str
    camera_id: int
    camera: str
    span: TimeRange
    grant_id: str | None = None


def grant_for(session: Session, clock: Clock, wanted: Wanted) -> FootageGrant:
    """Return the running grant that covers all of it: of several that which was made first. Raises `NotGranted`."""
    question = (
        _running(clock.now_us())
        .join(GrantCamera, col(GrantCamera.grant_id) == col(FootageGrant.id))
        .where(
            col(FootageGrant.person_id) == wanted.person_id,
            col(GrantCamera.camera_id) == wanted.camera_id,
            col(FootageGrant.start_us) <= wanted.span.start_us,
            col(FootageGrant.end_us) >= wanted.span.end_us,
        )
        .order_by(col(FootageGrant.from_us), col(FootageGrant.id))
        .limit(1)
    )
    if wanted.grant_id is not None:
        question = question.where(col(FootageGrant.id) == wanted.grant_id)
    found: FootageGrant | None = session.execute(question).scalar()
    if found is None:
        span = {"start": ToldInstant(wanted.span.start_us), "end": ToldInstant(wanted.span.end_us)}
        raise NotGranted(camera=wanted.camera, **span)
    return found


def running_grants(session: Session, clock: Clock, person_id: str) -> list[FootageGrant]:
    """Return the grants of a person that run now, those that end first at the head."""
    question = _running(clock.now_us()).where(col(FootageGrant.person_id) == person_id)
    return list(session.execute(question.order_by(col(FootageGrant.until_us))).scalars())


def cameras_granted(session: Session, grant_ids: Iterable[str]) -> dict[str, list[int]]:
    """Return the cameras of each grant."""
    found: dict[str, list[int]] = {grant_id: [] for grant_id in grant_ids}
    for row in session.execute(sa.select(GrantCamera).where(col(GrantCamera.grant_id).in_(list(found)))).scalars():
        found[row.grant_id].append(row.camera_id)
    return found


def _running(now_us: int) -> Any:
    return sa.select(FootageGrant).where(
        col(FootageGrant.ended_us).is_(None), col(FootageGrant.from_us) <= now_us, col(FootageGrant.until_us) > now_us
    )


def grant_of_clip(session: Session, clip_id: str, person_id: str) -> FootageGrant | None:
    """Return the grant that a clip was made under, if it is of this person; it may be over."""
    question = (
        sa.select(FootageGrant)
        .join(ClipGrant, col(ClipGrant.grant_id) == col(FootageGrant.id))
        .where(col(ClipGrant.clip_id) == clip_id, col(FootageGrant.person_id) == person_id)
    )
    return session.execute(question).scalar()


def runs(grant: FootageGrant, now_us: int) -> bool:
    return grant.ended_us is None and grant.from_us <= now_us < grant.until_us


def refuse_over(session: Session, grant: FootageGrant) -> None:
    """Say why a grant that runs no more is over. Raises `GrantTakenBack`, else `GrantOver`."""
    request = session.get(FootageRequest, grant.request_id)
    if request is None or request.taken_back_us is None or request.taken_back_by is None:
        raise GrantOver
    who = session.execute(sa.select(col(Person.sign_in)).where(col(Person.id) == request.taken_back_by)).scalar_one()
    raise GrantTakenBack(at=ToldInstant(request.taken_back_us), who=who, why=request.taken_back_note or "–")


def still_seen(session: Session, clock: Clock, clip_id: str, person_id: str) -> bool:
    """Tell whether bytes of a clip may still be sent to somebody: the grant runs, and so does a role that sees footage."""
    grant, person = grant_of_clip(session, clip_id, person_id), session.get(Person, person_id)
    if grant is None or person is None or not runs(grant, clock.now_us()):
        return False
    return may(standing_of(session, person), Right.FOOTAGE, "somewhere", units_of(session), clock.now_us()).allowed
