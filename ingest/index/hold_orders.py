"""Orders of hold: footage of several cameras kept at once, by somebody, for a reason, until a time. docs/design/holds.md.

An order is a row of `hold_order` over one row of `hold` for each camera; retention knows only the latter, so both are
always changed together.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import canonical, record
from camera_registry.tables import Camera
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Conflict
from foundation.identity import Actor, new_id
from foundation.timebase import TimeRange, ToldInstant
from ingest.index.holds import HoldAnswer, HoldUnknown, answers, lock_footage, place_hold
from ingest.index.tables import Hold, HoldOrder
from people.tables import Person

State = Literal["held", "expired", "released"]


class HoldOver(Conflict):
    code = "hold_over"
    message = N_("The hold expired at {until}, and what it kept may be gone")
    mend = N_("Place a new one")


class HoldReleased(Conflict):
    code = "hold_released"
    message = N_("The hold was released at {at}")
    mend = N_("Place a new one")


class HoldNotLonger(BadInput):
    code = "hold_not_longer"
    message = N_("The hold lasts until {until} already")
    mend = N_("Give a later time")


class HoldKeyTaken(Conflict):
    code = "hold_key_taken"
    message = N_("This Idempotency-Key belongs to another hold, for which something else was asked")
    mend = N_("Take a new key for each hold, and send a repetition as it was")


@dataclass(frozen=True)
class Placer:
    """On whose behalf: the account (None: the command line), and the unit of the role (None: everywhere)."""

    person_id: str | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class Wanted:
    """What to hold. `asked` is how the cameras were named, as JSON can tell it."""

    asked: dict[str, Any]
    span: TimeRange
    until_us: int | None
    why: str
    case_number: str | None = None

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(canonical(dataclasses.asdict(self)).encode()).digest()


@dataclass(frozen=True)
class OrderRecord:
    """An order as stored; `cameras` is how many it is for."""

    id: str
    placer: Placer
    created_by: str
    created_us: int
    case_number: str | None
    why: str
    asked: dict[str, Any]
    span: TimeRange
    until_us: int
    released_us: int | None
    cameras: int

    def state(self, now_us: int) -> State:
        if self.released_us is not None:
            return "released"
        return "held" if now_us < self.until_us else "expired"


def known_order(session: Session, placer: Placer, key: str, wanted: Wanted) -> OrderRecord | None:
    """Return the order that this person placed with this key. Raises `HoldKeyTaken` when it was for something else.

    Whoever asks twice at once is made to wait here for himself, until the first order is there or is not.
    """
    session.execute(sa.select(Person).where(col(Person.id) == placer.person_id).with_for_update(key_share=True))
    question = sa.select(HoldOrder).where(
        col(HoldOrder.person_id) == placer.person_id, col(HoldOrder.idempotency_key) == key
    )
    row: HoldOrder | None = session.execute(question).scalar_one_or_none()
    if row is None:
        return None
    if row.body_sha256 != wanted.sha256:
        raise HoldKeyTaken
    return get_order(session, row.id)


def place_order(
    session: Session,
    clock: Clock,
    actor: Actor,
    placer: Placer,
    wanted: Wanted,
    camera_ids: Iterable[int],
    until_us: int,
    key: str | None = None,
) -> tuple[OrderRecord, list[HoldAnswer]]:
    """Hold `wanted.span` of the cameras until `until_us`. Raises `CameraUnknown` and `HoldExpired`; then nothing is held."""
    row = HoldOrder(
        id=new_id(),
        person_id=placer.person_id,
        unit_id=placer.unit_id,
        created_by=actor.name,
        created_us=clock.now_us(),
        case_number=wanted.case_number,
        why=wanted.why,
        asked=canonical(wanted.asked),
        start_us=wanted.span.start_us,
        end_us=wanted.span.end_us,
        until_us=until_us,
        idempotency_key=key,
        body_sha256=wanted.sha256,
    )
    session.add(row)
    session.flush()
    told = place_hold(
        session, clock, actor, camera_ids, wanted.span, until_us=until_us, why=wanted.why, order_id=row.id
    )
    detail: dict[str, Any] = {"from_us": row.start_us, "to_us": row.end_us, "until_us": until_us}
    if row.case_number is not None:
        detail["case"] = row.case_number
    record(session, clock, actor, "hold_order:place", "hold_order", row.id, cameras=len(told), **detail)
    return as_record(row, len(told)), told


def renew_order(session: Session, clock: Clock, actor: Actor, order_id: str, until_us: int) -> OrderRecord:
    """Let the order last until `until_us`. Raises `HoldUnknown`, `HoldReleased`, `HoldOver`, `HoldNotLonger`.

    The cameras are locked before the clock is read: whoever deletes has then either seen the old end, and it was not
    reached, or the new one, or it is reached and this is refused.
    """
    row = _locked(session, order_id)
    lock_footage(session, [camera_id for camera_id, _, _ in _holds(session, order_id)])
    now_us = clock.now_us()
    if row.released_us is not None:
        raise HoldReleased(at=ToldInstant(row.released_us))
    if row.until_us <= now_us:
        raise HoldOver(until=ToldInstant(row.until_us))
    if until_us <= row.until_us:
        raise HoldNotLonger(until=ToldInstant(row.until_us))
    before, row.until_us = row.until_us, until_us
    session.add(row)
    session.execute(
        sa.update(Hold).where(col(Hold.order_id) == order_id, col(Hold.released_us).is_(None)).values(until_us=until_us)
    )
    record(session, clock, actor, "hold_order:renew", "hold_order", order_id, until_us=until_us, before_us=before)
    session.flush()
    return get_order(session, order_id)


def release_order(session: Session, clock: Clock, actor: Actor, order_id: str) -> bool:
    """Release all that the order holds; return False if it had ended before. Raises `HoldUnknown`."""
    row, now_us = _locked(session, order_id), clock.now_us()
    if row.released_us is not None or row.until_us <= now_us:
        return False
    row.released_us = now_us
    session.add(row)
    session.execute(
        sa.update(Hold)
        .where(col(Hold.order_id) == order_id, col(Hold.released_us).is_(None))
        .values(released_us=now_us)
    )
    record(session, clock, actor, "hold_order:release", "hold_order", order_id)
    return True


def get_order(session: Session, order_id: str) -> OrderRecord:
    """Raises `HoldUnknown`."""
    row = session.get(HoldOrder, order_id)
    if row is None:
        raise HoldUnknown(name=order_id[:40])
    return as_record(row, len(_holds(session, order_id)))


def answers_of(session: Session, order: OrderRecord, now_us: int) -> list[HoldAnswer]:
    """Return of each camera, by code, what of the order's time is there, gone, missing and to come as of now."""
    holds = {camera_id: (hold_id, code) for camera_id, hold_id, code in _holds(session, order.id)}
    return answers(session, holds, order.span, now_us)


def cameras_of(session: Session, order_id: str) -> list[int]:
    return [camera_id for camera_id, _, _ in _holds(session, order_id)]


def camera_codes_of(session: Session, order_id: str) -> list[str]:
    return [code for _, _, code in _holds(session, order_id)]


def _locked(session: Session, order_id: str) -> HoldOrder:
    question = sa.select(HoldOrder).where(col(HoldOrder.id) == order_id).with_for_update()
    row: HoldOrder | None = session.execute(question.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None:
        raise HoldUnknown(name=order_id[:40])
    return row


def _holds(session: Session, order_id: str) -> list[tuple[int, str, str]]:
    """Return camera id, hold id and code of each camera of the order, by code."""
    question = (
        sa.select(col(Hold.camera_id), col(Hold.id), col(Camera.code))
        .join(Camera, col(Camera.id) == col(Hold.camera_id))
        .where(col(Hold.order_id) == order_id)
        .order_by(col(Camera.code))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(question)]


def as_record(row: HoldOrder, cameras: int) -> OrderRecord:
    return OrderRecord(
        id=row.id,
        placer=Placer(row.person_id, row.unit_id),
        created_by=row.created_by,
        created_us=row.created_us,
        case_number=row.case_number,
        why=row.why,
        asked=json.loads(row.asked),
        span=TimeRange(row.start_us, row.end_us),
        until_us=row.until_us,
        released_us=row.released_us,
        cameras=cameras,
    )
