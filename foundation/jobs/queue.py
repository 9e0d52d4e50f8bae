"""What callers do with jobs: put one in, look at it, ask it to stop. All in the caller's unit of work."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from foundation.clock import Clock
from foundation.errors import N_, NotFound
from foundation.identity import new_id
from foundation.jobs.tables import Job, JobStep

JobState = Literal["waiting", "running", "done", "failed", "cancelled"]


class JobUnknown(NotFound):
    code = "job_unknown"
    message = N_("There is no job “{name}”")


@dataclass(frozen=True)
class JobStatus:
    """A job as it stands. `problem` has `code`, `message`, `mend` (templates) and `fields` when it failed."""

    id: str
    kind: str
    payload: dict[str, Any]
    state: JobState
    progress: dict[str, Any]
    result: dict[str, Any] | None
    problem: dict[str, Any] | None
    created_us: int
    updated_us: int
    attempts: int = 0
    stopping: bool = False


def enqueue(session: Session, clock: Clock, kind: str, payload: dict[str, Any], job_id: str | None = None) -> str:
    """Store a job of `kind` and return its id; it runs once the caller's unit of work is committed.

    With an id of the caller's, a job that has it already stays as it is: of two who ask for the same job, one makes it.
    """
    now = clock.now_us()
    job = Job(
        id=job_id or new_id(),
        kind=kind,
        payload=json.dumps(payload),
        state="waiting",
        created_us=now,
        updated_us=now,
    )
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Job).values(job.model_dump()).on_conflict_do_nothing())
    return job.id


def status(session: Session, job_id: str) -> JobStatus:
    """Raises `JobUnknown`."""
    return _told(_job(session, job_id))


def _told(job: Job) -> JobStatus:
    return JobStatus(
        job.id,
        job.kind,
        json.loads(job.payload),
        job.state,  # type: ignore[arg-type]  # the table's CHECK holds it to JobState
        json.loads(job.progress),
        None if job.result is None else json.loads(job.result),
        None if job.problem is None else json.loads(job.problem),
        job.created_us,
        job.updated_us,
        job.attempts,
        bool(job.cancel_asked),
    )


def request_cancel(session: Session, job_id: str) -> None:
    """Cancel a job that waits; ask one that runs to stop at its next chance. An ended job stays as it is."""
    job = _job(session, job_id)
    job.cancel_asked = 1
    if job.state == "waiting":
        job.state = "cancelled"
        session.execute(sa.delete(JobStep).where(col(JobStep.job_id) == job_id))  # of one that was put back
    session.add(job)
    session.flush()


def unfinished(session: Session, kind: str) -> list[JobStatus]:
    """Return the jobs of `kind` that wait or run."""
    question = sa.select(Job).where(col(Job.kind) == kind, col(Job.state).in_(("waiting", "running")))
    return [_told(job) for job in session.execute(question).scalars()]


def recent(
    session: Session, kind: str, since_us: int, limit: int, having: tuple[str, str] | None = None
) -> list[JobStatus]:
    """Return the jobs of `kind` that wait or run, and those that changed since then, newest first.

    `having` is a name of the payload and the text that stands there in the jobs that are looked for.
    """
    alive = col(Job.state).in_(("waiting", "running"))
    question = sa.select(Job).where(col(Job.kind) == kind, sa.or_(alive, col(Job.updated_us) >= since_us))
    if having is not None:
        question = question.where(_having(session, *having))
    question = question.order_by(col(Job.created_us).desc(), col(Job.id).desc()).limit(limit)
    return [_told(job) for job in session.execute(question).scalars()]


def _having(session: Session, name: str, text: str) -> sa.ColumnElement[bool]:
    """Tell whether a payload has this text under this name.

    It is looked for as `json.dumps` wrote it: within a text a quote never stands without a backslash, so it is found nowhere else. PostgreSQL's
    own reading of JSON refuses a file's name with NUL in it, and with it the whole question.
    """
    written = f"{json.dumps(name)}: {json.dumps(text)}"
    place = sa.func.strpos if session.get_bind().dialect.name == "postgresql" else sa.func.instr
    return place(col(Job.payload), written) > 0


def find(session: Session, job_ids: Collection[str]) -> dict[str, JobStatus]:
    question = sa.select(Job).where(col(Job.id).in_(job_ids))
    return {job.id: _told(job) for job in session.execute(question).scalars()}


def count(session: Session) -> dict[tuple[str, str], int]:
    """Return how many jobs there are by (kind, state)."""
    question = sa.select(col(Job.kind), col(Job.state), sa.func.count()).group_by(col(Job.kind), col(Job.state))
    return {(kind, state): number for kind, state, number in session.execute(question)}


def _job(session: Session, job_id: str) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise JobUnknown(what="job", name=job_id)
    return job
