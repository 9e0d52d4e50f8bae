"""Coverage of 11 khu phố (190 cameras, one day) and of a city (790 cameras, 113 khu phố, 30 days): seconds, memory.

Beside it, on the smaller case: what a person with Shapely would write first, a loop over cells, hours and cameras that
intersects the shapes which touch and walks through the runs of the camera. Both count the same cells.
"""

import multiprocessing
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from benchmarks import ward
from benchmarks.harness import alternate, peak_mb, ratio, say, scratch, seconds, spread
from camera_registry.views import view_in_degrees
from extract.coverage.audit import Coverage, coverage
from extract.coverage.report import as_csv, as_dict, as_geojson, as_svg, as_table
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from ingest.index.queries import recorded

CASES = ((190, 11, 1), (790, 113, 30))
Table = npt.NDArray[np.float64]
SMALL = (190, 11, ward.DAY)


def ask(engine: sa.Engine, span: TimeRange) -> Coverage:
    with unit_of_work(engine, writes=False) as session:
        return coverage(session, None, span, now_us=span.end_us)


def measure(cameras: int, units: int, days: int) -> None:
    with scratch("coverage") as folder:
        engine = ward.city(Path(folder), cameras, units, days)
        before = peak_mb()
        span = TimeRange(ward.BEGIN, ward.BEGIN + days * ward.DAY)
        took = [seconds(lambda: ask(engine, span)) for _ in range(5)]
        found, peak = ask(engine, span), peak_mb()
        assert found.cells is not None
        zone = found.zone
        forms = {
            "JSON": lambda: as_dict(found, "vi", zone),
            "table": lambda: as_table(found, "vi", zone),
            "CSV": lambda: as_csv(found, "vi", zone),
            "SVG": lambda: as_svg(found, "vi", zone),
            "GeoJSON": lambda: as_geojson(found, zone),
        }
        rows = [
            (
                "cells x hours",
                f"{found.cells.grid.count:,} x {len(found.cells.hours_us):,}, views {len(found.views):,}",
            ),
            ("audit", spread(took, "s")),
            ("peak memory", f"{peak:.0f} MB, of which {peak - before:.0f} MB above the start"),
            *((f"then {name}", f"{seconds(form):.2f} s") for name, form in forms.items()),
            ("peak with all forms", f"{peak_mb():.0f} MB"),
        ]
        say(f"coverage: {cameras} cameras, {units} khu phố, {days} days by hour", rows)
        engine.dispose()


def naive(engine: sa.Engine, span: TimeRange, found: Coverage) -> Table:
    """Return the mean number of cameras for each cell and hour, shape by shape."""
    cells = found.cells
    assert cells is not None
    polygons = [view_in_degrees(view.placement) for view in found.views]
    shapes = [cells.frame.geometry_to_metres(polygon) for polygon in polygons if polygon is not None]
    with unit_of_work(engine, writes=False) as session:
        streams = {row.camera_id: row.id for row in session.execute(sa.text("SELECT camera_id, id FROM stream"))}
        runs = [recorded(session, [streams[view.camera_id]], span) for view in found.views]
    hours = [TimeRange(int(start), int(end)) for start, end in pairwise(cells.bounds)]
    counted = np.zeros((cells.grid.count, len(hours)))
    for number, box in enumerate(cells.grid.boxes()):
        for place, hour in enumerate(hours):
            for shape, mine in zip(shapes, runs, strict=True):
                if shapely.intersects(shape, box):
                    parts = (run.range.intersection(hour) for run in mine)
                    time = sum(part.duration_us for part in parts if part is not None)
                    seen = float(shapely.area(shapely.intersection(shape, box))) / float(shapely.area(box))
                    counted[number, place] += seen * time / hour.duration_us
    return counted


def ours(engine: sa.Engine, span: TimeRange) -> Table:
    """Return the same from the audit, which reckons units, cameras and reasons besides."""
    cells = ask(engine, span).cells
    assert cells is not None
    counted = np.zeros((cells.grid.count, len(cells.hours_us)))
    for numbers, mean, _ in cells.by_hour():
        # A cell on the edge is a share of its part inside; the naive way takes the whole square.
        counted[numbers] = mean * (cells.grid.inside[numbers, None] / cells.grid.side**2)
    return counted


def beside() -> None:
    cameras, units, length = SMALL
    with scratch("coverage") as folder:
        engine = ward.city(Path(folder), cameras, units, 1)
        span = TimeRange(ward.BEGIN, ward.BEGIN + length)
        found = ask(engine, span)
        mine, theirs = ours(engine, span), naive(engine, span, found)
        whole = found.cells is not None and found.cells.grid.inside == found.cells.grid.side**2
        off = float(np.abs(mine - theirs)[whole].max())
        apart = float(mine[whole].sum() / theirs[whole].sum() - 1)
        assert off < 0.1, "points and shapes may differ along the edges of the views that meet in a cell"
        assert abs(apart) < 0.005, "and not in the sum"
        times = alternate(3, ours=lambda: ours(engine, span), naive=lambda: naive(engine, span, found))
        rows = [
            ("ours, the whole audit", spread(times["ours"])),
            ("naive, cells only", spread(times["naive"])),
            ("ratio naive/ours", f"{ratio(times['naive'], times['ours']):.0f}"),
            ("largest difference", f"{off:.3f} cameras in one cell; {apart:+.2%} in the sum"),
        ]
        say(
            f"coverage beside a loop with Shapely: {cameras} cameras, {units} khu phố, {length // ward.HOUR} hours",
            rows,
        )
        engine.dispose()


def main() -> None:
    works: list[tuple[Callable[..., None], tuple[int, ...]]] = [(measure, case) for case in CASES]
    for work, case in [*works, (beside, ())]:
        # A process for each case, or the second would inherit the first one's peak.
        process = multiprocessing.get_context("spawn").Process(target=work, args=case)
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
