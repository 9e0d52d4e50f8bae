"""What callers ask of the engine for long work; the one adapter is our own table (docs/decisions/0022-the-engine-for-long-jobs.md).

Promises of every adapter, held by tests/contract/foundation/test_job_engine.py:

- A job is submitted in the caller's unit of work: both are there after a crash, or neither is.
- A job whose process dies is taken up again by whoever runs jobs, after a restart, an upgrade or on another machine.
- What a step of it (`JobContext.once`) changed in the catalogue is there once, however often the job is begun.
- It is `done` only when its handler has returned, and never run by two at once.
"""

from collections.abc import Collection
from typing import Any, Protocol

from sqlmodel import Session

from foundation.clock import Clock
from foundation.errors import N_, Conflict
from foundation.jobs import queue
from foundation.jobs.queue import JobStatus


class JobHasNoResult(Conflict):
    code = "job_has_no_result"
    message = N_("The job “{name}” has no result: it is {state}")


class JobEngine(Protocol):
    """All calls are part of the caller's unit of work; those about one job raise `JobUnknown`."""

    def submit(self, session: Session, kind: str, payload: dict[str, Any], job_id: str | None = None) -> str:
        """Return the id of a new job, which runs once the unit of work is committed.

        With `job_id` the job has that id; one that is there already stays as it is.
        """
        ...

    def status(self, session: Session, job_id: str) -> JobStatus: ...

    def progress(self, session: Session, job_id: str) -> dict[str, Any]:
        """Return what the handler last reported."""
        ...

    def cancel(self, session: Session, job_id: str) -> None:
        """Cancel a job that waits; ask one that runs to stop at its next chance. An ended job stays as it is."""
        ...

    def result(self, session: Session, job_id: str) -> dict[str, Any]:
        """Return what the handler returned. Raises `JobHasNoResult` until then, and for a job that ended otherwise."""
        ...

    def unfinished(self, session: Session, kind: str) -> list[JobStatus]:
        """Return the jobs of a kind that wait or run."""
        ...

    def recent(
        self, session: Session, kind: str, since_us: int, limit: int, having: tuple[str, str] | None = None
    ) -> list[JobStatus]:
        """Return at most `limit` jobs of a kind that wait or run or changed since `since_us`, newest first.

        `having` is a name of the payload and the text that stands there in the jobs that are looked for.
        """
        ...

    def find(self, session: Session, job_ids: Collection[str]) -> dict[str, JobStatus]:
        """Return those of the jobs that there are, by id."""
        ...


class TableJobs:
    """The adapter: a row of the catalogue is the job, on SQLite and PostgreSQL alike."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def submit(self, session: Session, kind: str, payload: dict[str, Any], job_id: str | None = None) -> str:
        return queue.enqueue(session, self._clock, kind, payload, job_id)

    def status(self, session: Session, job_id: str) -> JobStatus:
        return queue.status(session, job_id)

    def progress(self, session: Session, job_id: str) -> dict[str, Any]:
        return queue.status(session, job_id).progress

    def cancel(self, session: Session, job_id: str) -> None:
        queue.request_cancel(session, job_id)

    def result(self, session: Session, job_id: str) -> dict[str, Any]:
        status = queue.status(session, job_id)
        if status.state != "done" or status.result is None:
            raise JobHasNoResult(name=job_id, state=status.state)
        return status.result

    def unfinished(self, session: Session, kind: str) -> list[JobStatus]:
        return queue.unfinished(session, kind)

    def recent(
        self, session: Session, kind: str, since_us: int, limit: int, having: tuple[str, str] | None = None
    ) -> list[JobStatus]:
        return queue.recent(session, kind, since_us, limit, having)

    def find(self, session: Session, job_ids: Collection[str]) -> dict[str, JobStatus]:
        return queue.find(session, job_ids)
