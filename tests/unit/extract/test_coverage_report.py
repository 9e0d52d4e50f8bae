"""The forms of an audit of coverage: what strange names, many cells and missing boundaries make of them."""

from dataclasses import replace
from datetime import UTC
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely

from camera_registry.records import PlacementRecord
from camera_registry.views import LocalFrame
from extract.coverage import geojson as coverage_geojson
from extract.coverage import records as coverage_records
from extract.coverage.grid import make_grid
from extract.coverage.map_parts import class_of
from extract.coverage.records import CameraCoverage, CellCoverage, Coverage, UnitCoverage
from extract.coverage.report import as_csv, as_dict, as_geojson, as_svg, as_table, cells_csv
from extract.coverage.table import say_value
from foundation.timebase import TimeRange
from ingest.index.records import Gap, GapReason

HOUR = 3_600_000_000
SPAN = TimeRange(0, 2 * HOUR)
FRAME = LocalFrame(10.0, 106.0)
STRANGE = '=1+1 <b>&"Ngõ"\x1b[31m\ud800'


def made(name: str = STRANGE) -> Coverage:
    boundary = FRAME.geometry_to_degrees(shapely.box(0, 0, 50, 25))
    unit = UnitCoverage("K", name, "khu pho", SPAN, 1, 1, 1, 2 * HOUR, HOUR, boundary, 1250.0, 0.5, 0.25)
    place = PlacementRecord(10.0, 106.0, 45.0, 90.0, 30.0, None, None, SPAN)
    gap = Gap(TimeRange(HOUR, 2 * HOUR), GapReason.STALLED)
    camera = CameraCoverage("C1", name, "K", "active", True, (SPAN,), HOUR, gap, place)
    cells = CellCoverage(
        grid=make_grid(shapely.box(0, 0, 50, 25), 25),
        frame=FRAME,
        bounds=np.array([0, HOUR, 2 * HOUR]),
        share=np.array([[1.0, 0.0], [0.5, 0.0]], np.float32),
        camera=np.array([1, 2]),
        pair_cell=np.array([1, 1]),
        pair_view=np.array([0, 1]),
        pair_share=np.array([0.5, 1.0]),
        in_view=np.array([0.0, 1.0]),
        recorded=np.array([0.0, 0.4]),
    )
    return Coverage("K", SPAN, SPAN, UTC, 25.0, unit, (unit,), (camera,), 0, (), cells)


def test_a_name_cannot_become_markup_or_a_formula_or_move_the_cursor() -> None:
    drawn = as_svg(made(), "en", UTC)
    title = ET.fromstring(drawn).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text is not None
    assert "<b>&" in title.text
    assert as_csv(made(), "en", UTC).splitlines()[1].split(",")[2].startswith("\"'=1+1")
    assert "\x1b" not in as_table(made(), "en", UTC)


def test_nothing_is_fetched_from_elsewhere() -> None:
    drawn = as_svg(made("Ngõ"), "vi", UTC)
    assert drawn.replace("http://www.w3.org/2000/svg", "").count("http") == 0
    assert not [word for word in ("<script", "<style", "style=", "href", "url(http", "@font-face") if word in drawn]


def test_cells_and_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(cells_csv(made(), UTC))[1].split(",")[4:] == [
        "1970-01-01T00:00:00Z",
        "1970-01-01T01:00:00Z",
        "1.0000",
        "2\r\n",
    ]
    body = as_geojson(made(), UTC)
    nobody, seen = (f["properties"] for f in body["features"] if f["properties"]["kind"] == "cell")
    assert (nobody["mean"], nobody["hours"]) == (0.0, None)
    assert (seen["mean"], seen["max"], seen["min"], seen["most_cameras"], seen["hours"]) == (
        0.5,
        1.0,
        0.0,
        2,
        [1.0, 0.0],
    )
    monkeypatch.setattr(coverage_geojson, "MOST_HOUR_VALUES", 1)
    assert [
        f["properties"]["hours"] for f in as_geojson(made(), UTC)["features"] if f["properties"]["kind"] == "cell"
    ] == [None, None]
    monkeypatch.setattr(coverage_records, "_AT_ONCE", 1)
    assert [hour["cameras"] for hour in as_dict(made(), "en", UTC)["hours"]] == [0.5, 0.0]


def test_without_a_boundary_the_cameras_are_still_drawn_and_without_them_the_words() -> None:
    bare = replace(made("Ngõ").total, boundary=None, area_m2=None, in_view=None, recorded=None)
    found = replace(made("Ngõ"), total=bare, units=(bare,), cells=None)
    assert as_svg(found, "en", UTC).count("<circle") == 1 + 3
    assert "No boundary is known" in as_svg(replace(found, cameras=()), "en", UTC)
    assert (as_dict(found, "en", UTC)["hours"], "".join(cells_csv(found, UTC)).count("\n")) == ([], 1)
    assert "–" in as_table(found, "en", UTC)


def test_values_are_said_as_each_language_writes_them() -> None:
    assert [say_value(0.4567, language, share=True) for language in ("vi", "en")] == ["45,7 %", "45.7 %"]
    assert [say_value(194347.2, language) for language in ("vi", "en")] == ["194.347", "194,347"]


def test_shades_are_fifths_and_nothing_is_a_shade_of_its_own() -> None:
    assert [class_of(share) for share in (0, 0.01, 0.2, 0.21, 0.8, 0.81, 1)] == [0, 1, 1, 2, 4, 5, 5]
