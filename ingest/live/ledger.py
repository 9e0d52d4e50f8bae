"""The one thread in which the recorder writes the catalogue: a second's worth of facts in one transaction.

Footage does not wait for the catalogue. While that is locked or away, facts queue up here, of which only the last word on each
segment is kept; the media lies in the spool, and its file names say enough to find all of it again.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import astuple
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from audit.log import record
from foundation.clock import Clock
from foundation.database import DatabaseUnavailable, unit_of_work
from foundation.identity import SERVICE
from foundation.timebase import TimeRange
from ingest.coding import Coding
from ingest.index.observations import Observation, observe
from ingest.index.queries import add_run, config_id
from ingest.index.recording import (
    CLOCK_SOURCE,
    OpenRecord,
    end_run,
    grow,
    put_outage,
    put_states,
    store_segments,
)
from ingest.index.records import SegmentRecord
from ingest.live.entries import Entry, Grown, Observed, OutageLasts, RunEnded, RunToken, States, Stored

log = logging.getLogger(__name__)

EVERY_S = 1.0
_AGAIN_S = 2.0
RECEIVER_UNCERTAINTY_US = 500_000
"""How far wall times may be off that the receiver's disciplined clock gave: the way from the camera, and its own delay."""

Kind = TypeVar("Kind", bound=Entry)


class Ledger:
    """`put` from any thread. `stop` writes what is left and ends the thread."""

    def __init__(self, engine: sa.Engine, clock: Clock, *, every_s: float = EVERY_S) -> None:
        self._engine = engine
        self._clock = clock
        self._every_s = every_s
        self._lock = threading.Lock()
        self._queue: list[Entry] = []
        self._grown: dict[tuple[int, int], Grown] = {}
        self._configs: dict[bytes, int] = {}
        self._wanted = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self.failing_since_us: int | None = None
        """Since when the catalogue has not taken anything, by the steady clock."""

    def start(self) -> None:
        self._thread.start()

    def put(self, entry: Entry) -> None:
        with self._lock:
            if isinstance(entry, Grown):
                self._grow(entry)
            else:
                self._queue.append(entry)

    def _grow(self, entry: Grown) -> None:
        """Keep the last word on a segment, and since when the oldest of its pictures waits to be told of."""
        name = (entry.run.number, entry.start_us)
        before = self._grown.get(name)
        since = entry.since_us if before is None else before.since_us
        self._grown[name] = entry if before is None else _since(entry, since)

    def stop(self) -> None:
        self._stopping = True
        self._wanted.set()
        self._thread.join()

    def _work(self) -> None:
        wait_s = self._every_s
        while not self._stopping:
            self._wanted.wait(wait_s)
            wait_s = self._every_s if self.flush() else _AGAIN_S
        self.flush()

    def flush(self) -> bool:
        """Write what is there; return whether the catalogue took it. What it did not take stays."""
        with self._lock:
            queue, grown = self._queue, self._grown
            self._queue, self._grown = [], {}
        if not queue and not grown:
            return True
        try:
            self._write(queue, list(grown.values()))
        except DatabaseUnavailable as error:
            self._put_back(queue, grown)
            if self.failing_since_us is None:
                self.failing_since_us = self._clock.steady_us()
                log.warning("the catalogue takes nothing, footage waits in the spool: %s", error)
            return False
        except IntegrityError:
            log.exception("the catalogue refused what it was told; telling it one by one")
            self._one_by_one([*grown.values(), *queue])
        if self.failing_since_us is not None:
            log.warning("the catalogue takes what it is told again")
            self.failing_since_us = None
        return True

    def _put_back(self, queue: list[Entry], grown: dict[tuple[int, int], Grown]) -> None:
        with self._lock:
            self._queue = queue + self._queue
            newer, self._grown = self._grown, grown
            for entry in newer.values():
                self._grow(entry)

    def _one_by_one(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            try:
                if isinstance(entry, Grown):
                    self._write([], [entry])
                else:
                    self._write([entry], [])
            except (IntegrityError, DatabaseUnavailable):
                log.exception("the catalogue refused one fact, which is lost: %s", type(entry).__name__)

    def _write(self, queue: list[Entry], grown: list[Grown]) -> None:
        stored = [entry for entry in queue if isinstance(entry, Stored)]
        sealed = {(entry.run.number, entry.start_us) for entry in stored}
        growing = [entry for entry in grown if (entry.run.number, entry.start_us) not in sealed]
        configs = dict(self._configs)
        with unit_of_work(self._engine) as session:
            writer = _Writer(session, self._clock, configs)
            grow(session, [writer.open_record(entry) for entry in growing])
            store_segments(session, [writer.segment(entry) for entry in stored])
            for ended in _of(queue, RunEnded):
                writer.end(ended)
            lasting = {id(entry.outage): entry for entry in _of(queue, OutageLasts)}
            outages = [writer.outage(entry) for entry in lasting.values()]
            seen = (Observation(*astuple(entry)) for entry in _of(queue, Observed))
            observe(session, seen, "rtcp")
            states = {row["camera_id"]: row for entry in _of(queue, States) for row in entry.rows}
            put_states(session, list(states.values()))
        self._configs = configs
        for token, row_id in writer.runs.values():
            token.row_id = row_id
        for lasts, outage_id in zip(lasting.values(), outages, strict=True):
            lasts.outage.row_id = outage_id
        for whole in stored:
            whole.done()
        for growth in grown:
            growth.done(growth.since_us)


def _of(entries: Sequence[Entry], kind: type[Kind]) -> list[Kind]:
    return [entry for entry in entries if isinstance(entry, kind)]


def _since(entry: Grown, since_us: int) -> Grown:
    return Grown(**{**entry.__dict__, "since_us": since_us})


class _Writer:
    """One transaction. `configs` are the ids known so far, and get those that are made; `runs` are the runs made here."""

    def __init__(self, session: Session, clock: Clock, configs: dict[bytes, int]) -> None:
        self._session, self._clock, self._configs = session, clock, configs
        self.runs: dict[int, tuple[RunToken, int]] = {}

    def open_record(self, entry: Grown) -> OpenRecord:
        return OpenRecord(*self._facts(entry), entry.frames)

    def segment(self, entry: Stored) -> SegmentRecord:
        return SegmentRecord(*self._facts(entry), entry.index_offset, entry.sha256, entry.frames)

    def _facts(self, entry: Grown | Stored) -> tuple[int, int, int, int, int, int, int | None, str, int]:
        """Return what both kinds of rows begin with."""
        return (
            entry.run.stream_id,
            entry.start_us,
            entry.end_us,
            entry.media_ticks,
            self._run(entry.run, entry.end_us),
            self._config("video", entry.coding),
            None if entry.sound is None else self._config("audio", entry.sound),
            entry.key,
            entry.size,
        )

    def end(self, entry: RunEnded) -> None:
        run_id = self._known(entry.run)
        if run_id is not None:  # else nothing of it was ever whole
            end_run(self._session, run_id, entry.reason)
            record(
                self._session,
                self._clock,
                SERVICE,
                "recording:end",
                "camera",
                entry.run.camera,
                run=run_id,
                reason=str(entry.reason),
            )

    def outage(self, entry: OutageLasts) -> int:
        outage = entry.outage
        span = TimeRange(outage.start_us, max(entry.end_us, outage.start_us + 1))
        return put_outage(self._session, outage.row_id, outage.stream_id, span, outage.reason)

    def _run(self, token: RunToken, end_us: int) -> int:
        known = self._known(token)
        if known is not None:
            return known
        span = TimeRange(token.start_us, end_us)
        made = add_run(
            self._session, token.stream_id, span, clock_source=CLOCK_SOURCE, uncertainty_us=RECEIVER_UNCERTAINTY_US
        )
        record(self._session, self._clock, SERVICE, "recording:begin", "camera", token.camera, run=made)
        self.runs[token.number] = (token, made)
        return made

    def _known(self, token: RunToken) -> int | None:
        made = self.runs.get(token.number)
        return token.row_id if made is None else made[1]

    def _config(self, media: str, coding: Coding) -> int:
        known = self._configs.get(coding.entry)
        if known is None:
            known = config_id(
                self._session,
                media,
                coding.name,
                coding.entry,
                width=coding.width,
                height=coding.height,
                sample_rate=coding.rate,
            )
            self._configs[coding.entry] = known
        return known
