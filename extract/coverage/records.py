"""What an audit of coverage says: units, cameras, cells and hours. Plain records; times in microseconds UTC.

Shares are between 0 and 1. `None` is "not known", never "nothing": a unit without a boundary has no area.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from camera_registry.records import PlacementRecord
from camera_registry.views import LocalFrame
from extract.coverage.grid import Floats, Grid, Ints
from extract.coverage.hours import Times
from foundation.timebase import TimeRange
from ingest.index.records import Gap

Singles = npt.NDArray[np.float32]
_AT_ONCE = 4_000_000  # values of cells x hours held at a time, 16 MB


@dataclass(frozen=True)
class CameraCoverage:
    """A camera that belonged to a unit of the audit. `member` is when, `recorded_us` how much of that has footage.

    `placement` is the last of the period, None when it had none.
    """

    code: str
    name: str
    unit_code: str
    status: str
    verified: bool
    member: tuple[TimeRange, ...]
    recorded_us: int
    longest_gap: Gap | None
    placement: PlacementRecord | None

    @property
    def member_us(self) -> int:
        return sum(part.duration_us for part in self.member)

    @property
    def with_footage(self) -> bool:
        return self.recorded_us > 0

    @property
    def recorded(self) -> float:
        """Which share of its time as a member it recorded."""
        return self.recorded_us / self.member_us


@dataclass(frozen=True)
class UnitCoverage:
    """A unit with everything within it. `span` is the part of the period in which it was valid.

    `in_view` is the mean over that time of the share of its area that some verified view covered; `recorded` counts a
    view only while its camera recorded.
    """

    code: str | None
    name: str | None
    kind: str | None
    span: TimeRange
    registered: int
    verified: int
    with_footage: int
    member_us: int
    recorded_us: int
    boundary: shapely.Geometry | None
    area_m2: float | None
    in_view: float | None
    recorded: float | None

    @property
    def recorded_time(self) -> float | None:
        """Which share of the time of its cameras is recorded; None without cameras."""
        return self.recorded_us / self.member_us if self.member_us else None


@dataclass(frozen=True)
class ViewCoverage:
    """One verified view, and when. `member`: of a camera of the units asked for; `seen_m2` of their area it sees."""

    camera: str
    camera_id: int
    member: bool
    placement: PlacementRecord
    valid: TimeRange
    recorded_us: int
    seen_m2: float


@dataclass(frozen=True, eq=False)
class CellCoverage:
    """The area by cell and hour, kept by view: cells x hours as a whole would not fit for a city and a year.

    `share` has a row for each view and a column for each hour: which share of the hour the view stood and recorded.
    `pair_*` are ordered by cell and view. `recorded` is which share of the cell and the span some camera recorded,
    `in_view` which share some view covered; both have one row for each cell.
    """

    grid: Grid
    frame: LocalFrame
    bounds: Times
    share: Singles
    camera: Ints
    pair_cell: Ints
    pair_view: Ints
    pair_share: Floats
    in_view: Floats
    recorded: Floats

    @cached_property
    def seen(self) -> Ints:
        """Return the cells that any view sees; the others have zeros in every hour."""
        return np.unique(self.pair_cell)

    @cached_property
    def hours_us(self) -> Floats:
        return np.diff(self.bounds).astype(np.float64)

    def by_hour(self) -> Iterator[tuple[Ints, Singles, npt.NDArray[np.int16]]]:
        """Give seen cells in blocks: cells (n), mean number of cameras that saw and recorded (n x hours), and how many did at all.

        The mean weighs a camera by the share of the cell that it sees and of the hour that it recorded.
        """
        starts = np.searchsorted(self.pair_cell, self.seen)
        ends = np.append(starts[1:], len(self.pair_cell))
        few = max(1, _AT_ONCE // max(1, self.share.shape[1]))
        at = 0
        while at < len(self.seen):
            # As many cells as keep their pairs within bounds, at least one.
            last = max(at + 1, int(np.searchsorted(ends, starts[at] + few, side="right")))
            some = slice(int(starts[at]), int(ends[last - 1]))
            yield self.seen[at:last], *self._block(some)
            at = last

    def _block(self, some: slice) -> tuple[Singles, npt.NDArray[np.int16]]:
        cell, view = self.pair_cell[some], self.pair_view[some]
        shares = self.share[view]
        begin = np.flatnonzero(np.diff(cell, prepend=-1))
        mean = np.add.reduceat(shares * self.pair_share[some, None].astype(np.float32), begin, axis=0)
        # A camera that was turned within the hour has two views of the cell and is still one camera.
        order = np.lexsort((self.camera[view], cell))
        cell, camera = cell[order], self.camera[view][order]
        first = np.flatnonzero((np.diff(cell, prepend=-1) != 0) | (np.diff(camera, prepend=-1) != 0))
        recorded = np.logical_or.reduceat(shares[order] > 0, first, axis=0)
        count = np.add.reduceat(recorded.astype(np.int16), np.flatnonzero(np.diff(cell[first], prepend=-1)), axis=0)
        return mean.astype(np.float32, copy=False), count.astype(np.int16, copy=False)


@dataclass(frozen=True, eq=False)
class Coverage:
    """The audit of `unit_code` (None: of all units) for `asked`; `span` is the part of it that is not still to come.

    `total` is the unit asked for, or all together. `cells` is None when no boundary is known. `unassigned` cameras
    belong to no unit during the period; they are counted here only, and their views nevertheless cover what they see.
    """

    unit_code: str | None
    asked: TimeRange
    span: TimeRange
    zone: tzinfo
    cell_m: float
    total: UnitCoverage
    units: tuple[UnitCoverage, ...]
    cameras: tuple[CameraCoverage, ...]
    unassigned: int
    views: tuple[ViewCoverage, ...]
    cells: CellCoverage | None
