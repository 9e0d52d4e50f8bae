"""Lists of orders of hold: whose, and which expire first; and how much is held in all."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.tables import CameraUnit, Stream
from foundation.timebase import MICROSECONDS, TimeRange, covered_us
from ingest.index.hold_orders import OrderRecord, as_record
from ingest.index.tables import Hold, HoldOrder, Run

SOON_US = 3 * 86_400 * MICROSECONDS
"""A hold that expires within three days, weekends among them, is one that somebody should look at."""


@dataclass(frozen=True)
class Whose:
    """Orders of one person; also those placed from the units `placed_from`, and those for cameras that are in `units` today.

    `units` None is for all orders there are.
    """

    person_id: str | None
    units: frozenset[int] | None = frozenset()
    placed_from: frozenset[int] = frozenset()


def units_placed_from(session: Session) -> frozenset[int]:
    """Return every unit from which something was held, also such as are no more."""
    question = sa.select(col(HoldOrder.unit_id)).where(col(HoldOrder.unit_id).is_not(None)).distinct()
    return frozenset(session.execute(question).scalars())


def orders(
    session: Session,
    now_us: int,
    *,
    whose: Whose | None = None,
    ended: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Sequence[OrderRecord]:
    """Return up to `limit` orders that `whose` names, those that expire first before others, from behind `after` on.

    `after` is the id of an order; one that is not there is behind nothing.
    """
    counted = sa.select(sa.func.count()).where(col(Hold.order_id) == col(HoldOrder.id)).scalar_subquery()
    question = sa.select(HoldOrder, counted)
    if whose is not None:
        question = question.where(_visible(whose, now_us))
    if not ended:
        question = question.where(col(HoldOrder.released_us).is_(None), col(HoldOrder.until_us) > now_us)
    last = session.get(HoldOrder, after) if after is not None else None
    if last is not None:
        place = sa.tuple_(col(HoldOrder.until_us), col(HoldOrder.id))
        question = question.where(place > sa.tuple_(sa.literal(last.until_us, sa.BigInteger()), sa.literal(last.id)))
    question = question.order_by(col(HoldOrder.until_us), col(HoldOrder.id)).limit(limit)
    return [as_record(row, cameras) for row, cameras in session.execute(question)]


def _visible(whose: Whose, now_us: int) -> sa.ColumnElement[bool]:
    if whose.units is None:
        return sa.true()
    own = sa.or_(col(HoldOrder.person_id) == whose.person_id, col(HoldOrder.unit_id).in_(sorted(whose.placed_from)))
    if not whose.units:
        return own
    theirs = (
        sa.select(col(Hold.order_id))
        .join(CameraUnit, col(CameraUnit.camera_id) == col(Hold.camera_id))
        .where(
            col(CameraUnit.unit_id).in_(sorted(whose.units)),
            col(CameraUnit.valid_from_us) <= now_us,
            sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > now_us),
            col(Hold.order_id).is_not(None),
        )
    )
    return sa.or_(own, col(HoldOrder.id).in_(theirs))


@dataclass(frozen=True)
class HeldNow:
    """Orders that hold, those of them that expire within `SOON_US`, and the recorded time that is held of all cameras."""

    orders: int
    expiring: int
    recorded_us: int


def held_now(session: Session, now_us: int) -> HeldNow:
    """Count what is held. Of runs, which are few: the bytes would have to be added up over every held segment."""
    holding = (col(HoldOrder.released_us).is_(None), col(HoldOrder.until_us) > now_us)
    soon = sa.func.sum(sa.case((col(HoldOrder.until_us) <= now_us + SOON_US, 1), else_=0))
    count, expiring = session.execute(sa.select(sa.func.count(), soon).where(*holding)).one()
    lasting = sa.or_(col(Hold.until_us).is_(None), col(Hold.until_us) > now_us)
    question = (
        sa.select(col(Run.id), col(Run.start_us), col(Run.end_us), col(Hold.start_us), col(Hold.end_us))
        .join(Stream, col(Stream.id) == col(Run.stream_id))
        .join(Hold, col(Hold.camera_id) == col(Stream.camera_id))
        .where(
            col(Hold.released_us).is_(None),
            lasting,
            col(Run.start_us) < col(Hold.end_us),
            col(Run.end_us) > col(Hold.start_us),
        )
    )
    held: dict[tuple[int, TimeRange], list[TimeRange]] = {}
    for run_id, start, end, hold_start, hold_end in session.execute(question):
        held.setdefault((run_id, TimeRange(start, end)), []).append(TimeRange(hold_start, hold_end))
    return HeldNow(count, int(expiring or 0), sum(covered_us(run, parts) for (_, run), parts in held.items()))
