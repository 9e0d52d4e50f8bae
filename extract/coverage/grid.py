"""An area as cells of about 25 m, each with a square of sample points, 2.5 m apart. Pure; metres in one local frame."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from foundation.errors import N_, BadInput

POINT_M = 2.5
MOST_CELLS = 500_000
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WIDE = 1 << 32  # a cell's key is row * WIDE + column
_AT_ONCE = 2_000  # cells whose points are tested together, which bounds memory


class AreaTooLarge(BadInput):
    code = "area_too_large"
    message = N_("The area has {count} cells of {cell} m, more than {limit}")
    mend = N_("Ask for a smaller unit, or for larger cells")


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells with at least one sample point inside the area, ordered by row and column; all arrays have one row a cell."""

    cell_m: float
    side: int
    """Sample points along the side of a cell."""
    row: Ints
    column: Ints
    inside: Ints
    """How many of the cell's points lie in the area."""

    @property
    def point_m(self) -> float:
        return self.cell_m / self.side

    @property
    def count(self) -> int:
        return len(self.row)

    def boxes(self) -> npt.NDArray[np.object_]:
        """Return the cells as squares."""
        west, south = self.column * self.cell_m, self.row * self.cell_m
        made = shapely.box(west, south, west + self.cell_m, south + self.cell_m)
        return np.asarray(made, np.object_)


def side_of(cell_m: float) -> int:
    """Return how many points a cell has along its side; more than 40 would make large cells dear."""
    return min(40, max(4, math.ceil(cell_m / POINT_M)))


def make_grid(area: shapely.Geometry, cell_m: float) -> Grid:
    """Return the cells of an area in metres. Raises `AreaTooLarge`."""
    side = side_of(cell_m)
    keys, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    parts = [part for part in shapely.get_parts(area) if not part.is_empty]
    count = sum(len(rows) * len(columns) for rows, columns in (_extent(part, cell_m) for part in parts))
    if count > MOST_CELLS:
        raise AreaTooLarge(count=count, cell=cell_m, limit=MOST_CELLS)
    for part in parts:
        shapely.prepare(part)
        for row, column in _candidates(part, cell_m):
            inside = _inside(part, row, column, cell_m, side)
            some = inside > 0
            keys.append(row[some] * WIDE + column[some])
            counts.append(inside[some])
    key, place = np.unique(np.concatenate(keys), return_inverse=True)
    inside = np.zeros(len(key), np.int64)
    np.add.at(inside, place, np.concatenate(counts))
    row = (key + WIDE // 2) // WIDE
    return Grid(cell_m, side, row, key - row * WIDE, inside)


def _extent(part: shapely.Geometry, cell_m: float) -> tuple[range, range]:
    west, south, east, north = (value / cell_m for value in shapely.bounds(part))
    return range(math.floor(south), math.ceil(north)), range(math.floor(west), math.ceil(east))


def _candidates(part: shapely.Geometry, cell_m: float) -> Iterator[tuple[Ints, Ints]]:
    rows, columns = _extent(part, cell_m)
    numbers = np.arange(len(rows) * len(columns), dtype=np.int64)
    for start in range(0, len(numbers), _AT_ONCE):
        row, column = np.divmod(numbers[start : start + _AT_ONCE], len(columns))
        yield row + rows.start, column + columns.start


def _inside(part: shapely.Geometry, row: Ints, column: Ints, cell_m: float, side: int) -> Ints:
    """Return how many points of each cell lie in the part; only cells on its edge are tested point by point."""
    west, south = column * cell_m, row * cell_m
    boxes = shapely.box(west, south, west + cell_m, south + cell_m)
    whole = shapely.contains_properly(part, boxes)
    found = np.where(whole, side * side, 0)
    edge = np.flatnonzero(~whole & shapely.intersects(part, boxes))
    steps = (np.arange(side) + 0.5) * (cell_m / side)
    few = max(1, 200_000 // (side * side))
    for start in range(0, len(edge), few):
        some = edge[start : start + few]
        x = np.broadcast_to(west[some, None, None] + steps[None, None, :], (len(some), side, side))
        y = np.broadcast_to(south[some, None, None] + steps[None, :, None], (len(some), side, side))
        found[some] = shapely.contains_xy(part, x.ravel(), y.ravel()).reshape(len(some), -1).sum(axis=1)
    return np.asarray(found, np.int64)
