"""Comparisons of cameras' clocks with ours, and the epochs between which those clocks were set."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from ingest.index.tables import ClockEpoch, ClockObservation

STEP_US = 1_000_000
DRIFT_PPM = 300
"""No camera's clock drifts faster; what is off by more than this and `STEP_US` was set."""


class Observation(NamedTuple):
    """`offset_us` is the camera's clock minus ours, give or take `uncertainty_us`."""

    camera_id: int
    at_us: int
    offset_us: int
    uncertainty_us: int


def observe(session: Session, seen: Iterable[Observation], source: str) -> None:
    """Store comparisons, those of one camera in the order they are given.

    A step that drift cannot explain closes the epoch and opens another.
    """
    left = list(seen)
    while left:
        of_each: dict[int, Observation] = {}
        for one in left:
            of_each.setdefault(one.camera_id, one)
        _observe(session, list(of_each.values()), source)
        left = [one for one in left if of_each[one.camera_id] is not one]


def _observe(session: Session, seen: Sequence[Observation], source: str) -> None:
    """Store at most one comparison of each camera: hundreds begin at once, so this asks once for all of them."""
    last = _last(session, [one.camera_id for one in seen], source)
    begun: dict[int, ClockEpoch] = {}
    for one in seen:
        before = last.get(one.camera_id)
        if before is None or before.epoch_id is None or _was_set(before, one):
            because = "first_seen" if before is None or not _was_set(before, one) else "clock_set"
            begun[one.camera_id] = ClockEpoch(camera_id=one.camera_id, start_us=one.at_us, opened_because=because)
    if begun:
        ending = (
            sa.update(ClockEpoch)
            .where(col(ClockEpoch.camera_id) == sa.bindparam("camera"), col(ClockEpoch.end_us).is_(None))
            .values(end_us=sa.bindparam("at"))
        )
        session.connection().execute(ending, [{"camera": key, "at": epoch.start_us} for key, epoch in begun.items()])
        session.add_all(begun.values())
        session.flush()
    rows: list[dict[str, Any]] = [
        one._asdict()
        | {
            "source": source,
            "epoch_id": begun[one.camera_id].id if one.camera_id in begun else last[one.camera_id].epoch_id,
        }
        for one in seen
    ]
    session.connection().execute(sa.insert(ClockObservation), rows)


def _was_set(before: Any, one: Observation) -> bool:
    allowed = STEP_US + abs(one.at_us - before.at_us) * DRIFT_PPM // 1_000_000
    return bool(abs(one.offset_us - before.offset_us) > allowed)


def _last(session: Session, camera_ids: Sequence[int], source: str) -> dict[int, Any]:
    """Return the newest comparison of each of these cameras; what a person compared may be another clock of it."""
    newest = (
        sa.select(col(ClockObservation.camera_id), sa.func.max(col(ClockObservation.at_us)).label("at_us"))
        .where(col(ClockObservation.camera_id).in_(camera_ids), col(ClockObservation.source) == source)
        .group_by(col(ClockObservation.camera_id))
        .subquery()
    )
    rows = session.execute(
        sa.select(
            col(ClockObservation.camera_id),
            col(ClockObservation.at_us),
            col(ClockObservation.offset_us),
            col(ClockObservation.epoch_id),
        )
        .join(
            newest,
            sa.and_(
                col(ClockObservation.camera_id) == newest.c.camera_id, col(ClockObservation.at_us) == newest.c.at_us
            ),
        )
        .where(col(ClockObservation.source) == source)
        .order_by(col(ClockObservation.id))
    )
    return {row.camera_id: row for row in rows}
