"""How a runner holds a job: a lease that it renews, so that the job of a killed process becomes free by itself."""

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.jobs.problem import JobGivenUp, problem_of
from foundation.jobs.tables import Job, JobStep
from foundation.timebase import MICROSECONDS

LEASE_US = 30 * MICROSECONDS
MAX_ATTEMPTS = 3
"""A job whose process died this often is not tried again: it is probably what kills it."""


@dataclass(frozen=True)
class Held:
    id: str
    kind: str
    payload: dict[str, Any]
    progress: dict[str, Any]


def _free(now_us: int) -> sa.ColumnElement[bool]:
    waiting = col(Job.state) == "waiting"
    orphaned = sa.and_(col(Job.state) == "running", col(Job.lease_us) < now_us)
    return sa.or_(waiting, orphaned)


def take(session: Session, owner: str, kinds: list[str], now_us: int) -> Held | None:
    """Take the oldest free job of `kinds`, or None. Of several runners only one gets it."""
    oldest = (
        sa.select(Job)
        .where(_free(now_us), col(Job.kind).in_(kinds))
        .order_by(col(Job.created_us), col(Job.id))
        .limit(1)
        .with_for_update(skip_locked=True)  # SQLite leaves it out: there the unit of work is already the only writer
    )
    while (job := session.execute(oldest).scalar_one_or_none()) is not None:
        job.attempts += 1
        job.updated_us = now_us
        if job.cancel_asked:
            session.execute(sa.delete(JobStep).where(col(JobStep.job_id) == job.id))
            job.state = "cancelled"
        elif job.attempts > MAX_ATTEMPTS:
            session.execute(sa.delete(JobStep).where(col(JobStep.job_id) == job.id))
            job.state, job.problem = "failed", json.dumps(problem_of(JobGivenUp(times=MAX_ATTEMPTS)))
        else:
            job.state, job.owner, job.lease_us = "running", owner, now_us + LEASE_US
            session.flush()
            return Held(job.id, job.kind, json.loads(job.payload), json.loads(job.progress))
        session.flush()
    return None


def renew(session: Session, owner: str, job_id: str, now_us: int, progress: dict[str, Any] | None) -> bool:
    """Extend the lease, store the progress if there is any; return whether the job is to go on.

    False: somebody asked to cancel it, or the lease was lost to another runner.
    """
    values: dict[str, Any] = {"lease_us": now_us + LEASE_US, "updated_us": now_us}
    if progress is not None:
        values["progress"] = json.dumps(progress)
    mine = sa.and_(col(Job.id) == job_id, col(Job.owner) == owner, col(Job.state) == "running")
    session.execute(sa.update(Job).where(mine).values(values))
    asked = session.execute(sa.select(col(Job.cancel_asked)).where(mine)).scalar_one_or_none()
    return asked == 0


def finish(
    session: Session, owner: str, job_id: str, now_us: int, state: str, **outcome: dict[str, Any] | None
) -> None:
    """End the job, unless another runner has taken it over. `outcome` may have `result` and `problem`."""
    mine = sa.and_(col(Job.id) == job_id, col(Job.owner) == owner, col(Job.state) == "running")
    stored = {name: None if value is None else json.dumps(value) for name, value in outcome.items()}
    values: dict[str, Any] = {"state": state, "updated_us": now_us, "owner": None, "lease_us": None, **stored}
    if state == "waiting":
        values["attempts"] = col(Job.attempts) - 1  # put back in good order: that was no death of its process
    ended = session.execute(sa.update(Job).where(mine).values(values).returning(col(Job.id))).first()
    if ended is not None and state != "waiting":
        session.execute(sa.delete(JobStep).where(col(JobStep.job_id) == job_id))
