"""An audit of coverage as GeoJSON (RFC 7946), for a map: units, cells by the hour, views and cameras."""

import json
from datetime import tzinfo
from typing import Any

import numpy as np
import shapely

from camera_registry.views import view_in_degrees
from extract.coverage.records import CellCoverage, Coverage
from foundation.timebase import format_instant

MOST_HOUR_VALUES = 1_000_000
"""Beyond this many cells x hours the hours are left out: a map that does not open tells nobody anything."""
_DIGITS = 7  # of a degree: 1 cm
_DEGREE = 10.0**-_DIGITS


def as_geojson(coverage: Coverage, zone: tzinfo) -> dict[str, Any]:
    """Return features of `kind` unit, cell, view and camera; `hours` at the top has the bounds of the lists in cells."""
    features = [_unit(coverage, number) for number in range(len(coverage.units))]
    hours: list[str] = []
    if coverage.cells is not None:
        hours = [format_instant(int(at), zone) for at in coverage.cells.bounds]
        features += _cells(coverage.cells)
    features += [_view(coverage, number, zone) for number in range(len(coverage.views))]
    for camera in coverage.cameras:
        place = camera.placement
        point = None if place is None else {"type": "Point", "coordinates": [place.lon, place.lat]}
        properties = {
            "kind": "camera",
            "code": camera.code,
            "name": camera.name,
            "unit": camera.unit_code,
            "status": camera.status,
            "verified": camera.verified,
            "recorded": round(camera.recorded, 6),
        }
        features.append({"type": "Feature", "id": f"camera/{camera.code}", "geometry": point, "properties": properties})
    return {"type": "FeatureCollection", "hours": hours, "features": features}


def _unit(coverage: Coverage, number: int) -> dict[str, Any]:
    unit = coverage.units[number]
    properties = {
        "kind": "unit",
        "code": unit.code,
        "name": unit.name,
        "registered": unit.registered,
        "verified": unit.verified,
        "with_footage": unit.with_footage,
        "area_m2": unit.area_m2,
        "area_in_view": unit.in_view,
        "area_recorded": unit.recorded,
    }
    geometry = None if unit.boundary is None else json.loads(shapely.to_geojson(unit.boundary))
    # A code may have been used twice within the period, so the number is part of the id.
    return {"type": "Feature", "id": f"unit/{number}/{unit.code}", "geometry": geometry, "properties": properties}


def _cells(cells: CellCoverage) -> list[dict[str, Any]]:
    """Return every cell of the area: the one that nobody saw is what an auditor looks for."""
    bound_hours = len(cells.seen) * len(cells.hours_us) <= MOST_HOUR_VALUES
    told: dict[int, dict[str, Any]] = {}
    for numbers, mean, count in cells.by_hour():
        over_time = (mean @ cells.hours_us) / cells.hours_us.sum()
        for place, number in enumerate(numbers.tolist()):
            values = mean[place]
            told[number] = {
                "mean": round(float(over_time[place]), 4),
                "max": round(float(values.max()), 4),
                "min": round(float(values.min()), 4),
                "most_cameras": int(count[place].max()),
                "hours": [round(value, 3) for value in values.tolist()] if bound_hours else None,
            }
    nothing: dict[str, Any] = {"mean": 0.0, "max": 0.0, "min": 0.0, "most_cameras": 0, "hours": None}
    side, whole = cells.grid.cell_m, cells.grid.side**2
    features = []
    for number in range(cells.grid.count):
        row, column = int(cells.grid.row[number]), int(cells.grid.column[number])
        corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        places = [cells.frame.to_degrees((column + x) * side, (row + y) * side) for x, y in corners]
        ring = [[round(lon, _DIGITS), round(lat, _DIGITS)] for lat, lon in places]
        properties = {
            "kind": "cell",
            "inside": round(int(cells.grid.inside[number]) / whole, 4),
            "in_view": round(float(cells.in_view[number]), 4),
            "recorded": round(float(cells.recorded[number]), 4),
            **told.get(number, nothing),
        }
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append(
            {"type": "Feature", "id": f"cell/{row}/{column}", "geometry": geometry, "properties": properties}
        )
    return features


def _view(coverage: Coverage, number: int, zone: tzinfo) -> dict[str, Any]:
    view = coverage.views[number]
    polygon = view_in_degrees(view.placement)
    assert polygon is not None
    rounded = shapely.transform(polygon, lambda points: np.round(points / _DEGREE) * _DEGREE)
    properties = {
        "kind": "view",
        "camera": view.camera,
        "member": view.member,
        "from": format_instant(view.valid.start_us, zone),
        "to": format_instant(view.valid.end_us, zone),
        "bearing_deg": view.placement.bearing_deg,
        "hfov_deg": view.placement.hfov_deg,
        "range_m": view.placement.range_m,
        "seen_m2": round(view.seen_m2, 1),
        "recorded": round(view.recorded_us / view.valid.duration_us, 6),
    }
    geometry = json.loads(shapely.to_geojson(rounded))
    return {"type": "Feature", "id": f"view/{number}", "geometry": geometry, "properties": properties}
