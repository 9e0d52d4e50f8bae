"""Tells witnesses while the service runs, each in a thread of its own: one that hangs holds up neither the log nor the others."""

import logging
import threading
from collections.abc import Sequence

import sqlalchemy as sa

from audit.telling import tell
from audit.witnesses import Witness
from foundation.clock import Clock
from foundation.errors import MatPhoError

log = logging.getLogger(__name__)

EVERY_S = 60.0
STOP_S = 10.0


class WitnessTeller:
    def __init__(
        self,
        engine: sa.Engine,
        clock: Clock,
        witnesses: Sequence[Witness],
        *,
        every_s: float = EVERY_S,
        stop_s: float = STOP_S,
    ) -> None:
        self._engine, self._clock, self._witnesses, self._every_s = engine, clock, witnesses, every_s
        self._stop_s = stop_s
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._ending.clear()
        self._threads = [
            threading.Thread(target=self._loop, args=(one,), name=f"witness {one.name}", daemon=True)
            for one in self._witnesses
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Tell what is due once more and end; a witness that hangs is not waited for."""
        self._ending.set()
        for thread in self._threads:
            thread.join(self._stop_s)

    def _loop(self, witness: Witness) -> None:
        ending = False
        while True:
            try:
                tell(self._engine, self._clock, witness)
            except MatPhoError as error:
                log.warning("%s", error)
            except Exception:
                log.exception("the witness %s could not be told", witness.name)
            if ending:
                return
            ending = self._ending.wait(self._every_s)
