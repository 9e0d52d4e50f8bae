"""What is left of runs when segments of theirs go: a run stays the union of its segments, so it is cut, split or deleted.

The last part keeps the run's id: a recorder may still add to it. Parts before it, which are there because somebody
holds them, get rows of their own; so the rows that are touched are those of the held part, once.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.timebase import TimeRange, merge, subtract
from ingest.due import DueSegment
from ingest.index.records import GapReason
from ingest.index.tables import OpenSegment, Run, Segment

_COPIED = ("stream_id", "import_id", "epoch_id", "clock_source", "uncertainty_us")


def lock_runs(session: Session, gone: Sequence[DueSegment]) -> list[Run]:
    """Return the runs of these segments, kept from changing until the transaction ends."""
    ids = sorted({segment.run_id for segment in gone})
    question = sa.select(Run).where(col(Run.id).in_(ids)).order_by(col(Run.id)).with_for_update()
    return list(session.execute(question).scalars())


def cut_runs(session: Session, runs: Sequence[Run], gone: Sequence[DueSegment]) -> list[str]:
    """Let the runs be what is left of them without `gone`, whose rows are deleted; return imports that lost a run."""
    lost: dict[int, list[TimeRange]] = {}
    for segment in gone:
        lost.setdefault(segment.run_id, []).append(TimeRange(segment.start_us, segment.end_us))
    empty: list[Run] = []
    for run in runs:
        assert run.id is not None
        whole = TimeRange(run.start_us, run.end_us)
        parts = [
            tight
            for part in subtract(whole, merge(lost[run.id]))
            if (tight := _tight(session, run.stream_id, part, whole)) is not None
        ]
        if parts:
            _keep(session, run, parts)
        else:
            empty.append(run)
    session.execute(_core_delete([run.id for run in empty]))
    return sorted({run.import_id for run in empty if run.import_id is not None})


def _core_delete(ids: Sequence[int | None]) -> Any:
    return sa.delete(Run).where(col(Run.id).in_(ids)).execution_options(synchronize_session=False)


def _tight(session: Session, stream_id: int, part: TimeRange, whole: TimeRange) -> TimeRange | None:
    """Return the part from its first segment to its last, None if it has none; an end that was not cut stays."""
    firsts, lasts = [], []
    for table in (Segment, OpenSegment):
        start, end = col(table.start_us), col(table.end_us)
        inside = sa.select(start, end).where(
            col(table.stream_id) == stream_id, start >= part.start_us, start < part.end_us
        )
        firsts += [row.start_us for row in session.execute(inside.order_by(start).limit(1))]
        lasts += [row.end_us for row in session.execute(inside.order_by(start.desc()).limit(1))]
    if not firsts:
        return None
    return TimeRange(min(firsts), whole.end_us if part.end_us == whole.end_us else max(lasts))


def _keep(session: Session, run: Run, parts: Sequence[TimeRange]) -> None:
    for part in parts[:-1]:
        # Why the run ended still tells of what follows it; while it goes on, nothing is known of that.
        reason = run.end_reason or str(GapReason.NOT_RECORDED)
        copied = {name: getattr(run, name) for name in _COPIED}
        made = Run(**copied, start_us=part.start_us, end_us=part.end_us, end_reason=reason)
        session.add(made)
        session.flush()
        for table in (Segment, OpenSegment):
            session.execute(
                sa.update(table)
                .where(
                    col(table.stream_id) == run.stream_id,
                    col(table.start_us) >= part.start_us,
                    col(table.start_us) < part.end_us,
                )
                .values(run_id=made.id)
                .execution_options(synchronize_session=False)
            )
    run.start_us, run.end_us = parts[-1].start_us, parts[-1].end_us
    session.flush()
