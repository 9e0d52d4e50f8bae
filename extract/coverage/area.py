"""What of an area was in view and recorded: the views of the register laid over its cells, through time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

import numpy as np
import shapely

from camera_registry.views import LocalFrame, view_in_degrees
from extract.coverage.cameras import Register
from extract.coverage.grid import Floats, Grid, make_grid
from extract.coverage.hours import Times, clip, edges, hour_bounds, union_us, within
from extract.coverage.records import CellCoverage
from extract.coverage.sight import Seen, look
from foundation.errors import N_, BadInput
from foundation.timebase import TimeRange

MOST_VALUES = 50_000_000  # of views x hours, 200 MB


class TooManyHours(BadInput):
    code = "too_many_hours"
    message = N_("{views} views by {hours} hours are more than {limit} values")
    mend = N_("Ask for a shorter period or a smaller unit")


@dataclass(frozen=True, eq=False)
class AreaAudit:
    """`valid` and `recorded` have for each view the ranges in which it stood, and in which it stood and recorded."""

    frame: LocalFrame
    span: TimeRange
    grid: Grid
    seen: Seen
    valid: tuple[Times, ...]
    recorded: tuple[Times, ...]
    bounds: Times
    _known: dict[TimeRange, tuple[Floats, Floats]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, frame: LocalFrame, area: shapely.Geometry, register: Register, span: TimeRange, cell_m: float, zone: tzinfo
    ) -> "AreaAudit":
        """Return the audit of an area in metres of `frame`. Raises `AreaTooLarge`, `TooManySights`, `TooManyHours`."""
        bounds = hour_bounds(span, zone)
        values = len(register.views) * (len(bounds) - 1)
        if values > MOST_VALUES:
            raise TooManyHours(views=len(register.views), hours=len(bounds) - 1, limit=MOST_VALUES)
        polygons = []
        for view in register.views:
            polygon = view_in_degrees(view.placement)
            assert polygon is not None
            polygons.append(frame.geometry_to_metres(polygon))
        grid = make_grid(area, cell_m)
        recorded = tuple(clip(register.recorded[view.camera_id], view.valid) for view in register.views)
        valid = tuple(edges([view.valid]) for view in register.views)
        return cls(frame, span, grid, look(grid, area, polygons), valid, recorded, bounds)

    def shares(self, boundary: shapely.Geometry, span: TimeRange) -> tuple[float, float, float]:
        """Return m², and the shares in view and recorded, of a boundary in (lon, lat) during `span`."""
        area = self.frame.geometry_to_metres(boundary)
        points = int(make_grid(area, self.grid.cell_m).inside.sum())
        if not points:  # smaller than the distance between two points
            return float(shapely.area(area)), 0.0, 0.0
        west, south, east, north = shapely.bounds(area)
        x, y = self.seen.x, self.seen.y
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        shapely.prepare(area)
        mine = near[shapely.contains_xy(area, x[near], y[near])]
        counts = np.bincount(self.seen.group[mine], minlength=len(self.seen.groups))
        in_view, recorded = self._times(span)
        whole = points * span.duration_us
        return float(shapely.area(area)), float(counts @ in_view / whole), float(counts @ recorded / whole)

    def cells(self, cameras: Sequence[int]) -> CellCoverage:
        """Return the area by cell and hour; `cameras` are the ids of the cameras of the views."""
        lengths = np.diff(self.bounds)
        share = np.empty((len(self.recorded), len(lengths)), np.float32)
        for number, rows in enumerate(self.recorded):
            share[number] = within(rows, self.bounds) / lengths
        in_view, recorded = self._times(self.span)
        whole = self.grid.inside * self.span.duration_us
        return CellCoverage(
            grid=self.grid,
            frame=self.frame,
            bounds=self.bounds,
            share=share,
            camera=np.array(cameras, np.int64),
            pair_cell=self.seen.pair_cell,
            pair_view=self.seen.pair_view,
            pair_share=self.seen.pair_share,
            in_view=self._by_cell(in_view) / whole,
            recorded=self._by_cell(recorded) / whole,
        )

    def seen_m2(self) -> Floats:
        """Return for each view how many m² of the area it sees."""
        points = self.seen.pair_share * self.grid.inside[self.seen.pair_cell]
        counts = np.bincount(self.seen.pair_view, weights=points, minlength=len(self.valid))
        return np.asarray(counts * self.grid.point_m**2, np.float64)

    def _by_cell(self, times: Floats) -> Floats:
        weights = times[self.seen.group]
        return np.bincount(self.seen.cell, weights=weights, minlength=self.grid.count).astype(np.float64, copy=False)

    def _times(self, span: TimeRange) -> tuple[Floats, Floats]:
        """Return for each group of points the µs of `span` in which it was in view, and in which it was recorded."""
        if span not in self._known:
            valid, recorded = ([clip(rows, span) for rows in parts] for parts in (self.valid, self.recorded))
            groups = self.seen.groups
            self._known[span] = (
                np.array([union_us([valid[view] for view in group]) for group in groups], np.float64),
                np.array([union_us([recorded[view] for view in group]) for group in groups], np.float64),
            )
        return self._known[span]
