"""Holds and reading leases: what of the recorded footage may not be deleted. docs/design/retention.md.

A hold is a camera and a stretch of time, not a list of segments, so footage that is still to come is held as it comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.cameras import CameraUnknown, streams_of
from camera_registry.tables import Camera
from foundation.clock import Clock
from foundation.errors import N_, BadInput, NotFound
from foundation.identity import Actor, new_id
from foundation.timebase import TimeRange, ToldInstant, merge, subtract
from ingest.index.queries import around
from ingest.index.tables import MAX_SEGMENT_US, Hold, ReadingLease
from ingest.index.timeline import deletions

_LOCK_CLASS = 0x686F6C64  # "hold"


class HoldUnknown(NotFound):
    code = "hold_unknown"
    message = N_("There is no hold “{name}”")


class HoldExpired(BadInput):
    code = "hold_expired"
    message = N_("The hold would have expired already, at {until}")
    mend = N_("Give a later time, or none: the hold then lasts until it is released")


@dataclass(frozen=True)
class HoldAnswer:
    """What a hold means for one camera; together the four are its `span`.

    `kept` is recorded and stays. `gone` was deleted before the hold; it overlaps `kept` where another stream of the
    camera still has that time, or where it was brought again. `not_recorded` is in neither. `future` is still to come
    or still with the recorder, and held when it comes.
    """

    hold_id: str
    camera_id: int
    camera: str
    span: TimeRange
    kept: tuple[TimeRange, ...]
    gone: tuple[TimeRange, ...]
    not_recorded: tuple[TimeRange, ...]
    future: TimeRange | None


def lock_footage(session: Session, camera_ids: Iterable[int]) -> None:
    """Until the transaction ends, let nobody else hold, lease or delete footage of these cameras.

    Whoever deletes takes it too, so a hold is either seen by the deletion or sees what it deleted. SQLite has one
    writer anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    # In order, so that two holds of the same cameras wait for each other and not for ever.
    question = sa.text("SELECT pg_advisory_xact_lock(:class, id) FROM unnest(CAST(:ids AS int[])) AS id")
    session.execute(question, {"class": _LOCK_CLASS, "ids": sorted(set(camera_ids))}).all()


def place_hold(
    session: Session,
    clock: Clock,
    actor: Actor,
    camera_ids: Iterable[int],
    span: TimeRange,
    *,
    until_us: int | None = None,
    why: str = "",
    order_id: str | None = None,
) -> list[HoldAnswer]:
    """Hold `span` of each camera until `until_us`, or until released; tell of each what that keeps.

    `order_id` is the order that they are part of (`ingest.index.hold_orders`). Raises `CameraUnknown` and `HoldExpired`; then nothing is held.
    """
    codes = _codes(session, camera_ids)
    lock_footage(session, codes)
    now = clock.now_us()
    if until_us is not None and until_us <= now:
        raise HoldExpired(until=ToldInstant(until_us))
    ids = {}
    for camera_id, code in codes.items():
        row = Hold(
            id=new_id(),
            camera_id=camera_id,
            start_us=span.start_us,
            end_us=span.end_us,
            until_us=until_us,
            created_us=now,
            created_by=actor.name,
            why=why,
            order_id=order_id,
        )
        session.add(row)
        ids[camera_id] = (row.id, code)
        asked = {"from_us": span.start_us, "to_us": span.end_us, "until_us": until_us}
        part_of = {} if order_id is None else {"order": order_id}
        record(session, clock, actor, "hold:place", "hold", row.id, camera=code, **asked, **part_of)
    return answers(session, ids, span, now)


def answers(session: Session, holds: Mapping[int, tuple[str, str]], span: TimeRange, now_us: int) -> list[HoldAnswer]:
    """Return what holding `span` means as of now; `holds` has the hold's id and the code of each camera, by its id."""
    found = _found(session, list(holds), span)
    return [_answer(*holds[camera_id], camera_id, span, found[camera_id], now_us) for camera_id in holds]


def _codes(session: Session, camera_ids: Iterable[int]) -> dict[int, str]:
    wanted = sorted(set(camera_ids))
    question = sa.select(col(Camera.id), col(Camera.code)).where(col(Camera.id).in_(wanted)).order_by(col(Camera.id))
    codes = {row[0]: row[1] for row in session.execute(question)}
    for camera_id in wanted:
        if camera_id not in codes:
            raise CameraUnknown(what=N_("camera"), name=str(camera_id))
    return codes


@dataclass
class _Found:
    """What of one camera is recorded and was deleted, and how far the runs have come that still go on."""

    recorded: list[TimeRange] = field(default_factory=list)
    deleted: list[TimeRange] = field(default_factory=list)
    reached_us: int | None = None


def _found(session: Session, camera_ids: Sequence[int], span: TimeRange) -> dict[int, _Found]:
    owner = {
        stream.id: camera_id
        for camera_id, streams in streams_of(session, camera_ids).items()
        for stream in streams
        if stream.id is not None
    }
    found = {camera_id: _Found() for camera_id in camera_ids}
    for run in around(session, sorted(owner), span):
        mine = found[owner[run.stream_id]]
        if run.range.overlaps(span):
            mine.recorded.append(run.range)
        if run.end_reason is None:
            mine.reached_us = max(run.end_us, mine.reached_us or run.end_us)
    for stream_id, part in deletions(session, sorted(owner), span):
        found[owner[stream_id]].deleted.append(part)
    return found


def _answer(hold_id: str, code: str, camera_id: int, span: TimeRange, found: _Found, now_us: int) -> HoldAnswer:
    kept, gone = _within(found.recorded, span), _within(found.deleted, span)
    # What was recorded in the last moments is with the recorder still, and no row tells of it.
    under_way = found.reached_us is not None and now_us - found.reached_us <= MAX_SEGMENT_US
    begins_us = max(span.start_us, min(now_us, found.reached_us) if under_way and found.reached_us else now_us)
    future = TimeRange(begins_us, span.end_us) if span.end_us > begins_us else None
    missing = subtract(span, [*kept, *gone, *([future] if future else [])])
    return HoldAnswer(hold_id, camera_id, code, span, kept, gone, tuple(missing), future)


def _within(ranges: Iterable[TimeRange], span: TimeRange) -> tuple[TimeRange, ...]:
    return tuple(merge(part for item in ranges if (part := item.intersection(span)) is not None))


def release_hold(session: Session, clock: Clock, actor: Actor, hold_id: str) -> bool:
    """Release a hold; return False if that had been done before. Raises `HoldUnknown`."""
    if session.get(Hold, hold_id) is None:
        raise HoldUnknown(name=hold_id[:40])
    statement = (
        sa.update(Hold)
        .where(col(Hold.id) == hold_id, col(Hold.released_us).is_(None))
        .values(released_us=clock.now_us())
        .returning(col(Hold.camera_id))
    )
    if session.execute(statement).first() is None:
        return False
    record(session, clock, actor, "hold:release", "hold", hold_id)
    return True


def held(session: Session, camera_ids: Sequence[int], span: TimeRange, now_us: int) -> dict[int, list[TimeRange]]:
    """Return what is held of each camera by holds that touch `span`, neither released nor expired."""
    return _ranges(session, Hold, camera_ids, span, *_lasting(now_us))


def held_until(
    session: Session, camera_ids: Sequence[int], span: TimeRange, now_us: int
) -> dict[int, list[tuple[TimeRange, int | None]]]:
    """Return what `held` does, hold by hold, each with the instant at which it ends; None: when it is released."""
    question = sa.select(col(Hold.camera_id), col(Hold.start_us), col(Hold.end_us), col(Hold.until_us)).where(
        col(Hold.camera_id).in_(camera_ids),
        col(Hold.start_us) < span.end_us,
        col(Hold.end_us) > span.start_us,
        *_lasting(now_us),
    )
    found: dict[int, list[tuple[TimeRange, int | None]]] = {camera_id: [] for camera_id in camera_ids}
    for row in session.execute(question):
        found[row.camera_id].append((TimeRange(row.start_us, row.end_us), row.until_us))
    return found


def _lasting(now_us: int) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Hold.released_us).is_(None), sa.or_(col(Hold.until_us).is_(None), col(Hold.until_us) > now_us)


def leased(session: Session, camera_ids: Sequence[int], span: TimeRange, now_us: int) -> dict[int, list[TimeRange]]:
    """Return what is being read of each camera, by leases that touch `span`."""
    return _ranges(session, ReadingLease, camera_ids, span, col(ReadingLease.until_us) > now_us)


def _ranges(
    session: Session, table: Any, camera_ids: Sequence[int], span: TimeRange, *more: sa.ColumnElement[bool]
) -> dict[int, list[TimeRange]]:
    question = sa.select(table.camera_id, table.start_us, table.end_us).where(
        table.camera_id.in_(camera_ids), table.start_us < span.end_us, table.end_us > span.start_us, *more
    )
    found: dict[int, list[TimeRange]] = {camera_id: [] for camera_id in camera_ids}
    for row in session.execute(question):
        found[row.camera_id].append(TimeRange(row.start_us, row.end_us))
    return {camera_id: merge(ranges) for camera_id, ranges in found.items()}


def lease(session: Session, holder: str, camera_id: int, span: TimeRange, until_us: int) -> None:
    """Keep `span` of the camera for a reader until `until_us`; the same holder again prolongs its lease.

    Take it in a transaction that ends before the rows are read: what is read then stays, or was gone before.
    """
    lock_footage(session, [camera_id])
    known = session.get(ReadingLease, holder)
    row = known or ReadingLease(
        holder=holder, camera_id=camera_id, start_us=span.start_us, end_us=span.end_us, until_us=until_us
    )
    row.start_us, row.end_us = span.start_us, span.end_us
    row.until_us = max(row.until_us, until_us)
    session.add(row)


def end_lease(session: Session, holder: str) -> None:
    """Give a lease up before it expires; one that is not there has ended already."""
    session.execute(sa.delete(ReadingLease).where(col(ReadingLease.holder) == holder))
