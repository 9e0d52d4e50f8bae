"""Keeping footage at once: some cameras, a window of time, and no approval. docs/design/holds.md."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from audit.log import record
from extract.held_cameras import Where, chosen
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, ErrorKind, MatPhoError
from foundation.identity import Actor
from foundation.timebase import MICROSECONDS, TimeRange, ToldInstant
from ingest.index.hold_orders import OrderRecord, Placer, Wanted, answers_of, known_order, place_order, renew_order
from ingest.index.holds import HoldAnswer

DAY_US = 86_400 * MICROSECONDS
HOLD_DAYS = 30
"""How long a hold lasts from being placed or renewed, when nobody says otherwise: time for a request and its answer."""
LONGEST_DAYS = 90
"""How far ahead a hold may be made to last; whoever needs more renews it, so that somebody looks at it now and then."""
WINDOW_DAYS = 7


class WindowTooLong(BadInput):
    code = "window_too_long"
    message = N_("The range from {start} to {end} is longer than the {days} days of one hold")
    mend = N_("Place several holds of at most {days} days")


class HoldTooLong(BadInput):
    code = "hold_too_long"
    message = N_("A hold lasts at most {days} days from now on, that is until {latest}")
    mend = N_("Renew it before it expires")


class HoldTooShort(BadInput):
    code = "hold_too_short"
    message = N_("The hold would expire at {until}, too early to keep anything")
    mend = N_("Give a later time, or none")


@dataclass(frozen=True)
class Order:
    """What somebody asks to be kept: which cameras, when, until when (None: `HOLD_DAYS` from now), and why."""

    of: Where
    span: TimeRange
    why: str
    case_number: str | None = None
    until_us: int | None = None


def keep(
    session: Session, clock: Clock, actor: Actor, placer: Placer, order: Order, key: str | None = None
) -> tuple[OrderRecord, list[HoldAnswer]]:
    """Place the hold and tell of each camera what that keeps; with a `key` seen before, tell of the hold placed then.

    Raises `WindowTooLong`, `HoldTooLong`, `HoldTooShort`, `HoldKeyTaken` and what `chosen` raises; then nothing is held.
    """
    wanted = Wanted(order.of.as_dict(), order.span, order.until_us, order.why, order.case_number)
    if key is not None:
        known = known_order(session, placer, key, wanted)
        if known is not None:
            return known, answers_of(session, known, clock.now_us())
    span = order.span
    if span.duration_us > WINDOW_DAYS * DAY_US:
        raise WindowTooLong(start=ToldInstant(span.start_us), end=ToldInstant(span.end_us), days=WINDOW_DAYS)
    until_us = _until(clock, order.until_us)
    if until_us <= max(span.start_us, clock.now_us()):
        raise HoldTooShort(until=ToldInstant(until_us))
    ids = chosen(session, order.of, span)
    made, told = place_order(session, clock, actor, placer, wanted, ids, until_us, key)
    return made, sorted(told, key=lambda answer: answer.camera)


def renew(session: Session, clock: Clock, actor: Actor, order_id: str, until_us: int | None = None) -> OrderRecord:
    """Let a hold last longer: until `until_us`, or `HOLD_DAYS` from now. Raises what `renew_order` does, and `HoldTooLong`."""
    return renew_order(session, clock, actor, order_id, _until(clock, until_us))


def _until(clock: Clock, given_us: int | None) -> int:
    now_us = clock.now_us()
    if given_us is None:
        return now_us + HOLD_DAYS * DAY_US
    latest_us = now_us + LONGEST_DAYS * DAY_US
    if given_us > latest_us:
        raise HoldTooLong(days=LONGEST_DAYS, latest=ToldInstant(latest_us))
    return given_us


@contextmanager
def refusals_told(engine: sa.Engine, clock: Clock, actor: Actor, act: str, name: str, **asked: Any) -> Iterator[None]:
    """Record a refusal of what is done in the block, apart from it: what is refused is undone, and the event has to stay.

    `name` is the id of the order, or nothing when one was to be placed. What fails by no fault of who asks is no refusal.
    """
    try:
        yield
    except MatPhoError as error:
        if error.kind not in {ErrorKind.UNAVAILABLE, ErrorKind.INTERNAL, ErrorKind.CORRUPT}:
            with unit_of_work(engine) as session:
                detail = {"act": act, "why": error.code, **asked}
                record(session, clock, actor, "hold_order:refuse", "hold_order", name, **detail)
        raise
