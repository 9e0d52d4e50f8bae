"""The ground by cells: how many of each class, the worst first, and what the map of a page needs. Pure."""

from dataclasses import dataclass
from typing import Any

from api.web.frame.words import Telling
from extract.coverage.records import CellCoverage
from foundation.errors import N_
from foundation.language import translate

CLASSES = 5
MOST_ON_MAP = 5000
"""Beyond this many cells a page would be megabytes; larger cells, or the file for a map program, show as much."""
WORST = 50
_DIGITS = 6


@dataclass(frozen=True)
class Cell:
    """A cell by its middle; shares from 0 to 1."""

    number: int
    lat: float
    lon: float
    in_view: float
    recorded: float

    @property
    def shade(self) -> int:
        """Return 0 for nothing, else 1 to 5, as the map has it."""
        return shade_of(self.recorded)


@dataclass(frozen=True)
class Ground:
    """`counts` are cells by class, none first."""

    cells: int
    counts: tuple[int, ...]
    worst: tuple[Cell, ...]


def shade_of(share: float) -> int:
    return 0 if share <= 0 else min(CLASSES, 1 + int(share * CLASSES))


def ground_of(found: CellCoverage) -> Ground:
    """Return the counts and the worst cells: those recorded least, of these those in view least."""
    shares = [float(value) for value in found.recorded]
    counts = [0] * (CLASSES + 1)
    for share in shares:
        counts[shade_of(share)] += 1
    order = sorted(range(len(shares)), key=lambda number: (shares[number], float(found.in_view[number]), number))
    return Ground(len(shares), tuple(counts), tuple(_cell(found, number) for number in order[:WORST]))


def _cell(found: CellCoverage, number: int) -> Cell:
    side = found.grid.cell_m
    row, column = int(found.grid.row[number]), int(found.grid.column[number])
    lat, lon = found.frame.to_degrees((column + 0.5) * side, (row + 0.5) * side)
    return Cell(number, lat, lon, float(found.in_view[number]), float(found.recorded[number]))


def map_data(tell: Telling, found: CellCoverage, outlines: dict[str, Any]) -> dict[str, Any]:
    """Return what the view `cells` of the map needs. docs/design/web-islands.md."""
    said = {
        "label": N_("Map"),
        "zoom_in": N_("Zoom in"),
        "zoom_out": N_("Zoom out"),
        "share": N_("Footage for {share} % of the time"),
    }
    texts = {name: translate(tell.language, text) for name, text in said.items()}
    features = [_feature(found, number) for number in range(len(found.recorded))]
    return {
        "texts": texts | {"decimal": tell.number(0.5)[1]},
        "cells": {"type": "FeatureCollection", "features": features},
        "value": "recorded",
        "legend": False,  # that of the page says how many cells, too
        "classes": [{"from": n / CLASSES, "text": f"{n * 20}–{n * 20 + 20} %"} for n in range(CLASSES)],
        "boundaries": outlines,
    }


def _feature(found: CellCoverage, number: int) -> dict[str, Any]:
    side = found.grid.cell_m
    row, column = int(found.grid.row[number]), int(found.grid.column[number])
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    places = [found.frame.to_degrees((column + x) * side, (row + y) * side) for x, y in corners]
    ring = [[round(lon, _DIGITS), round(lat, _DIGITS)] for lat, lon in places]
    properties = {"recorded": round(float(found.recorded[number]), 4)}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "id": number, "geometry": geometry, "properties": properties}
