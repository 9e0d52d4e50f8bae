"""What a tape needs, with real files and one real thread: everything told is kept for the test to look at."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ingest.index.records import GapReason
from ingest.live.entries import Entry, Grown, Observed, RunEnded, RunToken
from ingest.live.gathering import SEGMENT_TICKS
from ingest.live.taking import CameraFacts, Streams, Taking
from ingest.live.tape import Tape, Written

Kind = TypeVar("Kind")


@dataclass
class PlainDesk:
    """Implements `ingest.live.tape.Desk`. Sealed files stay where they are."""

    spool: Path
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    entries: list[Entry] = field(default_factory=list)
    shipped: list[Written] = field(default_factory=list)
    hands: set[str] = field(default_factory=set)
    step: Callable[[str], None] = lambda _name: None

    def tell(self, entry: Entry) -> None:
        self.entries.append(entry)

    def take_in_hand(self, key: str) -> None:
        self.hands.add(key)

    def let_go(self, key: str) -> None:
        self.hands.discard(key)

    def leave(self, key: str) -> None:
        self.let_go(key)

    def ship(self, written: Written) -> None:
        self.shipped.append(written)

    def make_room(self) -> None:
        return

    def told(self, kind: type[Kind]) -> list[Kind]:
        return [entry for entry in self.entries if isinstance(entry, kind)]


@dataclass
class Studio:
    """A camera's way from pictures to files. `close` waits until all is written."""

    desk: PlainDesk
    tape: Tape
    taking: Taking
    seen: list[Observed] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    failed: list[tuple[RunToken, GapReason]] = field(default_factory=list)

    @classmethod
    def at(cls, spool: Path, ends: dict[int, tuple[int, int]] | None = None, ticks: int = SEGMENT_TICKS) -> "Studio":
        """`ends` are (stream id, end of its footage) by ordinal."""
        desk = PlainDesk(spool)
        seen: list[Observed] = []
        begun: list[int] = []
        failed: list[tuple[RunToken, GapReason]] = []
        tape = Tape(desk, 1, lambda run, why, _detail: failed.append((run, why)), lambda _since_us: None)
        streams = Streams(ends or {0: (1, 0), 1: (2, 0)})
        taking = Taking(CameraFacts(1, "C1"), streams, tape, seen.append, begun.append, ticks, ticks)
        return cls(desk, tape, taking, seen, begun, failed)

    def close(self) -> None:
        self.desk.pool.shutdown()

    def runs(self) -> list[tuple[int, int, int, GapReason | None]]:
        """Return (stream, start, end, why it ended) of each run that was written to, in order."""
        ends: dict[int, int] = {}
        tokens: dict[int, RunToken] = {}
        for grown in self.desk.told(Grown):
            tokens[grown.run.number] = grown.run
            ends[grown.run.number] = max(grown.end_us, ends.get(grown.run.number, 0))
        why = {entry.run.number: entry.reason for entry in self.desk.told(RunEnded)}
        return [
            (token.stream_id, token.start_us, ends[number], why.get(number)) for number, token in sorted(tokens.items())
        ]
