"""A repeated ask is known by its key, so that a lost answer makes nobody ask twice. docs/design/requests.md.

Keys belong to a person. What was refused left no key behind: its repetition is judged anew.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.asking import Ask
from access.states import State
from access.stepping import get_request
from access.tables import FootageRequest, RequestCamera, RequestKey
from audit.log import canonical
from camera_registry.tables import Camera
from foundation.clock import Clock
from foundation.errors import N_, Conflict
from people.tables import Person


class RequestKeyTaken(Conflict):
    code = "request_key_taken"
    message = N_("This Idempotency-Key belongs to another request, in which something else was asked")
    mend = N_("Take a new key for each request, and send a repetition as it was")


class AskedAlready(Conflict):
    code = "asked_already"
    message = N_("You have asked for this already, with this case number, of {camera}")
    mend = N_("Open that request, or tick below that you mean to ask once more")


def must_be_new(session: Session, person_id: str, ask: Ask, once: str) -> None:
    """Raises `AskedAlready` for what this person asked for and can still get: same case and time, one of the cameras.

    What was made with the key `once` is this very form, sent again, which is answered by what it made.
    """
    if once and session.get(RequestKey, (person_id, once)) is not None:
        return
    question = (
        sa.select(col(FootageRequest.id), col(Camera.code))
        .join(RequestCamera, col(RequestCamera.request_id) == col(FootageRequest.id))
        .join(Camera, col(Camera.id) == col(RequestCamera.camera_id))
        .where(
            col(FootageRequest.person_id) == person_id,
            col(FootageRequest.case_number) == ask.case_number,
            col(FootageRequest.start_us) == ask.span.start_us,
            col(FootageRequest.end_us) == ask.span.end_us,
            col(FootageRequest.state).in_([str(State.SUBMITTED), str(State.APPROVED)]),
            col(Camera.code).in_(ask.cameras),
        )
        .order_by(col(FootageRequest.created_us).desc(), col(Camera.code))
        .limit(1)
    )
    row = session.execute(question).first()
    if row is not None:
        raise AskedAlready(camera=row[1], request=row[0])


def made_before(session: Session, person_id: str, key: str, asked: Mapping[str, Any]) -> list[FootageRequest] | None:
    """Return what this person got for this key, in the order of then. Raises `RequestKeyTaken` when it was for something else.

    Whoever asks twice at once is made to wait here for himself, until the first answer is there or is not. So it comes
    before every other lock of the transaction.
    """
    session.execute(sa.select(Person).where(col(Person.id) == person_id).with_for_update(key_share=True))
    row = session.get(RequestKey, (person_id, key))
    if row is None:
        return None
    if row.body_sha256 != _digest(asked):
        raise RequestKeyTaken
    return [get_request(session, request_id) for request_id in json.loads(row.request_ids)]


def remember(
    session: Session, clock: Clock, person_id: str, key: str, asked: Mapping[str, Any], made: Sequence[FootageRequest]
) -> None:
    """Keep what was made for a key, in the transaction that made it."""
    session.add(
        RequestKey(
            person_id=person_id,
            idempotency_key=key,
            body_sha256=_digest(asked),
            request_ids=canonical([request.id for request in made]),
            created_us=clock.now_us(),
        )
    )


def _digest(asked: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(canonical(dict(asked)).encode()).digest()
