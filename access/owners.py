"""Owners who want to be asked: a one-time link that tells camera, time and class of purpose, and nothing of the case."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.states import State
from access.stepping import get_request
from access.tables import FootageRequest, OwnerQuestion, RequestCamera
from audit.log import record
from camera_registry.tables import Camera
from foundation.clock import Clock
from foundation.errors import N_, NotFound
from foundation.identity import Actor
from people.secrets import hashed, new_secret

LINK_DAYS = 7
_DAY_US = 86_400_000_000


class OwnerLinkOver(NotFound):
    code = "owner_link_over"
    message = N_("This link is not open: it was answered, it is too old, or the question is over")
    mend = N_("Ask the head of your neighbourhood for a new one")


@dataclass(frozen=True)
class Question:
    """What the owner of a camera is asked: may footage of this time be used for this purpose?"""

    camera: str
    camera_name: str
    purpose: str
    start_us: int
    end_us: int


def open_questions(session: Session, camera_id: int) -> list[FootageRequest]:
    """Return the requests that wait for the owner of this camera, oldest first."""
    question = (
        sa.select(FootageRequest)
        .join(RequestCamera, col(RequestCamera.request_id) == col(FootageRequest.id))
        .where(
            col(RequestCamera.camera_id) == camera_id,
            col(RequestCamera.consent) == "asked",
            col(FootageRequest.state) == str(State.SUBMITTED),
        )
        .order_by(col(FootageRequest.submitted_us))
    )
    return list(session.execute(question).scalars())


def make_link(session: Session, clock: Clock, actor: Actor, request: FootageRequest, camera_id: int) -> str:
    """Return the secret of a new link for the owner, to be handed over by the head; it opens one question once."""
    secret = new_secret()
    expires = min(request.decide_by_us, clock.now_us() + LINK_DAYS * _DAY_US)
    session.add(OwnerQuestion(link_hash=hashed(secret), request_id=request.id, camera_id=camera_id, expires_us=expires))
    record(session, clock, actor, "owner:ask", "request", request.id, camera=_camera(session, camera_id).code)
    return secret


def read_question(session: Session, clock: Clock, secret: str) -> Question:
    """Raises `OwnerLinkOver`."""
    link = _open(session, clock, secret)
    request, camera = get_request(session, link.request_id), _camera(session, link.camera_id)
    return Question(camera.code, camera.name, request.purpose, request.start_us, request.end_us)


def answer_question(session: Session, clock: Clock, actor: Actor, secret: str, *, agreed: bool) -> None:
    """Take the owner's answer; other links to the same question close with it. Raises `OwnerLinkOver`."""
    link = _open(session, clock, secret)
    now = clock.now_us()
    session.execute(
        sa.update(OwnerQuestion)
        .where(col(OwnerQuestion.request_id) == link.request_id, col(OwnerQuestion.camera_id) == link.camera_id)
        .values(answered_us=now)
    )
    changed = session.execute(
        sa.update(RequestCamera)
        .where(
            col(RequestCamera.request_id) == link.request_id,
            col(RequestCamera.camera_id) == link.camera_id,
            col(RequestCamera.consent) == "asked",
        )
        .values(consent="agreed" if agreed else "declined")
        .returning(col(RequestCamera.camera_id))
    ).first()
    if changed is None:
        raise OwnerLinkOver
    code = _camera(session, link.camera_id).code
    record(session, clock, actor, "owner:answer", "request", link.request_id, camera=code, agreed=agreed)


def _open(session: Session, clock: Clock, secret: str) -> OwnerQuestion:
    link = session.get(OwnerQuestion, hashed(secret))
    if link is None or link.answered_us is not None or link.expires_us <= clock.now_us():
        raise OwnerLinkOver
    if get_request(session, link.request_id).state != State.SUBMITTED:
        raise OwnerLinkOver
    return link


def _camera(session: Session, camera_id: int) -> Camera:
    found = session.get(Camera, camera_id)
    assert found is not None
    return found


def cameras_waiting(session: Session, camera_ids: Collection[int] | sa.Select[Any]) -> list[tuple[str, str, int]]:
    """Return code, name and number of open questions of those of the cameras (ids or a question for them) whose owners are asked, by code."""
    question = (
        sa.select(col(Camera.code), col(Camera.name), sa.func.count())
        .join(RequestCamera, col(RequestCamera.camera_id) == col(Camera.id))
        .join(FootageRequest, col(FootageRequest.id) == col(RequestCamera.request_id))
        .where(
            col(RequestCamera.camera_id).in_(camera_ids),
            col(RequestCamera.consent) == "asked",
            col(FootageRequest.state) == str(State.SUBMITTED),
        )
        .group_by(col(Camera.code), col(Camera.name))
        .order_by(col(Camera.code))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(question)]
