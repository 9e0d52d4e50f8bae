"""What the recorder tells its ledger: small facts, in the order in which they happened. Times are microseconds UTC."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from ingest.coding import Coding
from ingest.index.records import GapReason

_TOKENS = count(1)


@dataclass(eq=False)
class RunToken:
    """Stands for a run; `row_id` is the catalogue's once it is stored. `camera` is the code, for the audit log."""

    camera_id: int
    camera: str
    stream_id: int
    start_us: int
    row_id: int | None = None
    number: int = field(default_factory=lambda: next(_TOKENS))


@dataclass(frozen=True)
class Grown:
    """So much of a segment is whole in the spool now. `since_us` is when its oldest new picture came, by the steady clock."""

    run: RunToken
    start_us: int
    end_us: int
    media_ticks: int
    coding: Coding
    sound: Coding | None
    key: str
    size: int
    frames: int
    since_us: int
    done: Callable[[int], None] = lambda _since_us: None
    """Told `since_us` once a reader can find it."""


@dataclass(frozen=True)
class Stored:
    """A sealed segment is in the store. `done` is called once its row is there, too."""

    run: RunToken
    start_us: int
    end_us: int
    media_ticks: int
    coding: Coding
    sound: Coding | None
    key: str
    size: int
    index_offset: int
    sha256: bytes
    frames: int
    done: Callable[[], None]


@dataclass(frozen=True)
class RunEnded:
    run: RunToken
    reason: GapReason


@dataclass(eq=False)
class OutageToken:
    """Stands for an outage; `row_id` is the catalogue's once it is stored."""

    stream_id: int
    start_us: int
    reason: GapReason
    row_id: int | None = None


@dataclass(frozen=True)
class OutageLasts:
    outage: OutageToken
    end_us: int


@dataclass(frozen=True)
class States:
    """Rows of `recorder_camera`."""

    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Observed:
    """A camera's clock beside ours: `offset_us` is its minus ours."""

    camera_id: int
    at_us: int
    offset_us: int
    uncertainty_us: int


Entry = Grown | Stored | RunEnded | OutageLasts | States | Observed
