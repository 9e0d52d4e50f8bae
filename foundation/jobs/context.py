"""What a handler is given: its order, a place to report to, and steps that are done once."""

import json
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.database import unit_of_work
from foundation.errors import N_, Conflict
from foundation.jobs.lease import Held
from foundation.jobs.tables import Job, JobStep


class JobLost(Conflict):
    code = "job_lost"
    message = N_("Another process has taken this job over")


class JobContext:
    """`report` and `cancelled` are cheap enough to be called for every megabyte."""

    def __init__(self, held: Held, engine: sa.Engine, owner: str) -> None:
        self.id = held.id
        self.payload = held.payload
        self.reported = held.progress
        """What an earlier run of the job, which was broken off, reported last; empty for a first one."""
        self._engine, self._owner = engine, owner
        self._lock = threading.Lock()
        self._progress: dict[str, Any] | None = None
        self._stop = threading.Event()
        self._afterwards: list[tuple[Callable[[], object], bool]] = []

    def report(self, progress: dict[str, Any]) -> None:
        """Say how far the work is; it is stored with the next renewal of the lease."""
        with self._lock:
            self._progress = progress

    def cancelled(self) -> bool:
        """Tell whether the handler should undo what it did and raise an error of ours; what returns is done."""
        return self._stop.is_set()

    def afterwards(self, act: Callable[[], object], *, failed: bool = True) -> None:
        """Do this once the outcome is stored: what a second run of the job would need must stay until then.

        Without `failed` it is left out when the job failed: what another job may be made of stays.
        """
        self._afterwards.append((act, failed))

    def once(self, name: str, act: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
        """Do one step of the work in a unit of work and return its result (JSON); a step that is done is not done again.

        What `act` writes and that it is done are one transaction, which only the holder of the job can commit. Files and calls
        are outside of it: they have to bear being repeated. Raises `JobLost`.
        """
        with unit_of_work(self._engine) as session:
            mine = sa.select(col(Job.id)).where(
                col(Job.id) == self.id, col(Job.owner) == self._owner, col(Job.state) == "running"
            )
            # The row stays locked until the commit, so that nobody takes the job over meanwhile.
            if session.execute(mine.with_for_update()).first() is None:
                raise JobLost
            done = session.get(JobStep, (self.id, name))
            if done is not None:
                found: dict[str, Any] = json.loads(done.result)
                return found
            result = act(session)
            session.add(JobStep(job_id=self.id, name=name, result=json.dumps(result)))
        return result

    def _clear_up(self, state: str) -> None:
        for act, failed in self._afterwards:
            if failed or state != "failed":
                act()

    def _taken_progress(self) -> dict[str, Any] | None:
        with self._lock:
            progress, self._progress = self._progress, None
            return progress
