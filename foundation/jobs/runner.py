"""Runs jobs in threads of the service. One runner per process; several processes share the table."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from foundation.clock import Clock
from foundation.database import DatabaseUnavailable, unit_of_work
from foundation.errors import MatPhoError
from foundation.identity import new_id
from foundation.jobs import lease
from foundation.jobs.context import JobContext
from foundation.jobs.problem import JobFailed, problem_of

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5
_RENEW_EVERY_S = lease.LEASE_US / 1e6 / 5
_TELL_EVERY_S = 1.0
"""How often progress is stored where there is any: people look at it."""


Handler = Callable[[JobContext], dict[str, Any]]
"""Does the work and returns the result (JSON); must be safe to begin again from the start after a crash."""


class JobRunner:
    def __init__(
        self, engine: sa.Engine, clock: Clock, handlers: Mapping[str, Handler], *, renew_every_s: float = _RENEW_EVERY_S
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._handlers = dict(handlers)
        self._owner = new_id()
        self._renew_every_s = renew_every_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._running: JobContext | None = None

    def start(self) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after asking the job that runs to stop; it goes back to waiting and begins again with the next start."""
        self._ending.set()
        if self._running is not None:
            self._running._stop.set()  # noqa: SLF001 - the context is ours
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def run_until_idle(self) -> int:
        """Run what is free in this thread until nothing is; return how many jobs ran."""
        count = 0
        while self._one():
            count += 1
        return count

    def _loop(self) -> None:
        while not self._ending.is_set():
            try:
                busy = self._one()
            except DatabaseUnavailable:
                log.warning("the database does not answer; jobs wait")
                busy = False
            if not busy:
                self._ending.wait(_LOOK_EVERY_S)

    def _one(self) -> bool:
        with unit_of_work(self._engine) as session:
            held = lease.take(session, self._owner, list(self._handlers), self._clock.now_us())
        if held is None:
            return False
        context = self._running = JobContext(held, self._engine, self._owner)
        done = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(context, done), name="job lease", daemon=True)
        keeper.start()
        try:
            state, outcome = self._handle(held, context)
        finally:
            done.set()
            keeper.join()
            self._running = None
        with unit_of_work(self._engine) as session:
            now = self._clock.now_us()
            lease.renew(session, self._owner, held.id, now, context._taken_progress())  # noqa: SLF001
            lease.finish(session, self._owner, held.id, now, state, **outcome)
        if state != "waiting":
            context._clear_up(state)  # noqa: SLF001 - the context is ours
        return True

    def _handle(self, held: lease.Held, context: JobContext) -> tuple[str, dict[str, dict[str, Any] | None]]:
        try:
            result = self._handlers[held.kind](context)
        except MatPhoError as error:
            if context.cancelled():
                return self._stopped(), {}
            return "failed", {"problem": problem_of(error)}
        except Exception:
            incident = new_id()
            log.exception("job %s of kind %s failed, incident %s", held.id, held.kind, incident)
            return "failed", {"problem": problem_of(JobFailed(incident=incident))}
        return "done", {"result": result}

    def _stopped(self) -> str:
        return "waiting" if self._ending.is_set() else "cancelled"

    def _keep(self, context: JobContext, done: threading.Event) -> None:
        """Renew the lease while the handler works; without it another process would begin the same job."""
        waited = 0.0
        while not done.wait(pause := min(self._renew_every_s, _TELL_EVERY_S)):
            waited += pause
            progress = context._taken_progress()  # noqa: SLF001 - the context is ours
            if progress is None and waited < self._renew_every_s:
                continue
            waited = 0.0
            try:
                with unit_of_work(self._engine) as session:
                    goes_on = lease.renew(session, self._owner, context.id, self._clock.now_us(), progress)
            except DatabaseUnavailable:
                continue
            if not goes_on:
                context._stop.set()  # noqa: SLF001 - the context is ours
