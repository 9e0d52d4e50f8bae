"""Holds and reading leases: what of the recorded footage may not be deleted. docs/design/retention.md.

A hold is a camera and a stretch of time, not a list of segments, so footage that is still to come is held as it comes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from ingest.index.queries import recorded
from ingest.index.tables import Hold, ReadingLease
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
    camera still has that time, or where it was brought again. `not_recorded` is in neither. `future` is still to come,
    and held when it comes.
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
) -> list[HoldAnswer]:
    """Hold `span` of each camera until `until_us`, or until released; tell of each what that keeps.

    Raises `CameraUnknown` and `HoldExpired`; then nothing is held.
    """
    codes = _codes(session, camera_ids)
    lock_footage(session, codes)
    now = clock.now_us()
    if until_us is not None and until_us <= now:
        raise HoldExpired(until=ToldInstant(until_us))
    found = _found(session, list(codes), span)
    answers = []
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
        )
        session.add(row)
        asked = {"from_us": span.start_us, "to_us": span.end_us, "until_us": until_us}
        record(session, clock, actor, "hold:place", "hold", row.id, camera=code, **asked)
        answers.append(_answer(row.id, camera_id, code, span, found[camera_id], now))
    return answers


def _codes(session: Session, camera_ids: Iterable[int]) -> dict[int, str]:
    wanted = sorted(set(camera_ids))
    question = sa.select(col(Camera.id), col(Camera.code)).where(col(Camera.id).in_(wanted)).order_by(col(Camera.id))
    codes = {row[0]: row[1] for row in session.execute(question)}
    for camera_id in wanted:
        if camera_id not in codes:
            raise CameraUnknown(what=N_("camera"), name=str(camera_id))
    return codes


_Found = tuple[list[TimeRange], list[TimeRange]]


def _found(session: Session, camera_ids: Sequence[int], span: TimeRange) -> dict[int, _Found]:
    """Return of each camera what of `span` is recorded, and what was deleted."""
    owner = {
        stream.id: camera_id
        for camera_id, streams in streams_of(session, camera_ids).items()
        for stream in streams
        if stream.id is not None
    }
    found: dict[int, _Found] = {camera_id: ([], []) for camera_id in camera_ids}
    for run in recorded(session, sorted(owner), span):
        found[owner[run.stream_id]][0].append(run.range)
    for stream_id, part in deletions(session, sorted(owner), span):
        found[owner[stream_id]][1].append(part)
    return found


def _answer(hold_id: str, camera_id: int, code: str, span: TimeRange, found: _Found, now_us: int) -> HoldAnswer:
    kept, gone = (_within(ranges, span) for ranges in found)
    future = TimeRange(max(now_us, span.start_us), span.end_us) if span.end_us > now_us else None
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
    lasting = sa.or_(col(Hold.until_us).is_(None), col(Hold.until_us) > now_us)
    return _ranges(session, Hold, camera_ids, span, col(Hold.released_us).is_(None), lasting)


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
