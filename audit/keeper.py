"""Makes a checkpoint every minute while the service runs."""

import logging
import threading

import sqlalchemy as sa

from audit.keeping import checkpoint
from audit.note import Signer
from foundation.clock import Clock
from foundation.database import DatabaseUnavailable

log = logging.getLogger(__name__)

EVERY_S = 60.0
"""For so long at most an event is in no tree; what is rewritten meanwhile shows in no checkpoint."""


class LogKeeper:
    def __init__(self, engine: sa.Engine, clock: Clock, signer: Signer, *, every_s: float = EVERY_S) -> None:
        self._engine, self._clock, self._signer, self._every_s = engine, clock, signer, every_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._loop, name="audit log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Make a last checkpoint and end."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _loop(self) -> None:
        ending = False
        while not ending:
            ending = self._ending.wait(self._every_s)
            try:
                checkpoint(self._engine, self._clock, self._signer)
            except DatabaseUnavailable as error:
                log.warning("the audit log has no new checkpoint: %s", error)
            except Exception:
                log.exception("the audit log has no new checkpoint")
