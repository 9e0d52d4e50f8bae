"""Which camera views see which part of which cell. Pure; metres in the frame of the grid.

A view is tested against the points of its own bounding box once; all shares are counts of the same points, so what was
recorded can never exceed what was in view. Points that the same set of views sees form a group: time is reckoned once
for a group, not for a point.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from extract.coverage.grid import WIDE, Floats, Grid, Ints
from foundation.errors import N_, BadInput

MOST_SIGHTS = 30_000_000


class TooManySights(BadInput):
    code = "too_many_sights"
    message = N_("The views of the cameras have more than {limit} sample points in this area")
    mend = N_("Ask for a smaller unit or for larger cells, and look for cameras whose range is entered too large")


@dataclass(frozen=True, eq=False)
class Seen:
    """Which views see what. `cell`, `x`, `y` and `group` have one row for each point of the area that any view sees."""

    cell: Ints
    x: Floats
    y: Floats
    group: Ints
    groups: tuple[tuple[int, ...], ...]
    """For each group the numbers of the views that see its points."""
    pair_cell: Ints
    pair_view: Ints
    pair_share: Floats
    """For each cell and view that sees something of it: which share of the cell's points, ordered by cell and view."""


def look(grid: Grid, area: shapely.Geometry, views: Sequence[shapely.Geometry]) -> Seen:
    """Return what the views, in metres, see of the area. Raises `TooManySights`."""
    hits = [np.empty(0, np.int64)]
    total = 0
    for view in views:
        hits.append(_points_in(grid, view))
        total += len(hits[-1])
        if total > MOST_SIGHTS:
            raise TooManySights(limit=MOST_SIGHTS)
    numbers = np.repeat(np.arange(len(views)), [len(found) for found in hits[1:]])
    points, place = np.unique(np.concatenate(hits), return_inverse=True)
    x, y = _where(grid, points)
    if len(points):
        shapely.prepare(area)
    inside = np.asarray(shapely.contains_xy(area, x, y), np.bool_)
    kept = inside[place]
    place, numbers = (np.cumsum(inside) - 1)[place[kept]], numbers[kept]
    points, x, y = points[inside], x[inside], y[inside]
    group, groups = _group(len(points), place, numbers, len(views))
    cell = points // (grid.side * grid.side)
    pairs, count = np.unique(cell[place] * max(1, len(views)) + numbers, return_counts=True)
    pair_cell, pair_view = np.divmod(pairs, max(1, len(views)))
    return Seen(cell, x, y, group, groups, pair_cell, pair_view, count / grid.inside[pair_cell])


def _points_in(grid: Grid, view: shapely.Geometry) -> Ints:
    """Return the numbers of the grid's points within the view: cell * side² + row * side + column."""
    if shapely.is_empty(view) or not grid.count:
        return np.empty(0, np.int64)
    low, high = (int(column) for column in (grid.column.min(), grid.column.max()))
    west, south, east, north = shapely.bounds(view)
    first, last = (max(low * grid.side, math.floor(west / grid.point_m)),
                   min((high + 1) * grid.side, math.ceil(east / grid.point_m)))  # fmt: skip
    bottom, top = (max(int(grid.row[0]) * grid.side, math.floor(south / grid.point_m)),
                   min((int(grid.row[-1]) + 1) * grid.side, math.ceil(north / grid.point_m)))  # fmt: skip
    if first >= last or bottom >= top:
        return np.empty(0, np.int64)
    i, j = (part.ravel() for part in np.meshgrid(np.arange(first, last), np.arange(bottom, top)))
    seen = shapely.contains_xy(view, (i + 0.5) * grid.point_m, (j + 0.5) * grid.point_m)
    i, j = i[seen], j[seen]
    keys = grid.row * WIDE + grid.column
    wanted = (j // grid.side) * WIDE + i // grid.side
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    known = keys[place] == wanted
    numbers = place * (grid.side * grid.side) + (j % grid.side) * grid.side + i % grid.side
    return np.asarray(numbers[known], np.int64)


def _where(grid: Grid, points: Ints) -> tuple[Floats, Floats]:
    cell, rest = np.divmod(points, grid.side * grid.side)
    j, i = np.divmod(rest, grid.side)
    x = (grid.column[cell] * grid.side + i + 0.5) * grid.point_m
    y = (grid.row[cell] * grid.side + j + 0.5) * grid.point_m
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def _group(count: int, place: Ints, numbers: Ints, views: int) -> tuple[Ints, tuple[tuple[int, ...], ...]]:
    """Return for each point its group, and for each group its views: points are parted by one view after the other."""
    label, known = np.zeros(count, np.int64), 1
    bounds = np.searchsorted(numbers, np.arange(views + 1))
    for view in range(views):
        mine = place[bounds[view] : bounds[view + 1]]
        old, new = np.unique(label[mine], return_inverse=True)
        label[mine] = known + new
        known += len(old)
    _, example, group = np.unique(label, return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(count + 1))
    views_of = [numbers[order[starts[at] : starts[at + 1]]] for at in example]
    return np.asarray(group, np.int64), tuple(tuple(int(view) for view in found) for found in views_of)
