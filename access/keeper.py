"""While the service runs: lets expire what is over, registrations that nobody finished too, and says aloud which reviews and answers are overdue."""

import logging
import threading

import sqlalchemy as sa

from access.ending import expire_due
from access.oversight import reviews_overdue
from access.subject_kinds import Late
from access.subject_register import overdue as subjects_overdue
from camera_registry.drafts import sweep_drafts
from foundation.clock import Clock
from foundation.database import DatabaseUnavailable, unit_of_work

log = logging.getLogger(__name__)

EVERY_S = 60.0


class RequestKeeper:
    def __init__(self, engine: sa.Engine, clock: Clock, *, every_s: float = EVERY_S) -> None:
        self._engine, self._clock, self._every_s = engine, clock, every_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._overdue = 0
        self._late: dict[Late, int] = {}

    def start(self) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._loop, name="requests", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def turn(self) -> None:
        """Do once what is done every minute."""
        more = True
        while more:
            with unit_of_work(self._engine) as session:
                more = expire_due(session, self._clock) > 0
        with unit_of_work(self._engine) as session:
            sweep_drafts(session, self._clock)
        with unit_of_work(self._engine, writes=False) as session:
            overdue = reviews_overdue(session, self._clock)
            late = subjects_overdue(session, self._clock.now_us())
        if overdue and overdue != self._overdue:
            log.warning("%d requests were approved without a human, and the time to review them is over", overdue)
        self._overdue = overdue
        if any(late.values()) and late != self._late:
            counts = (late[Late.ACKNOWLEDGE], late[Late.ANSWER])
            log.warning("requests of data subjects are overdue: %d to be acknowledged, %d to be answered", *counts)
        self._late = late

    def _loop(self) -> None:
        ending = False
        while not ending:
            try:
                self.turn()
            except DatabaseUnavailable as error:
                log.warning("requests that are over stay as they were for now: %s", error)
            except Exception:
                log.exception("requests that are over stay as they were for now")
            ending = self._ending.wait(self._every_s)
