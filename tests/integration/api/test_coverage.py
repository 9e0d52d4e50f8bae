"""The audit of coverage over HTTP and from the command line."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from httpx import Client

from foundation.database import unit_of_work
from foundation.timebase import TimeRange, format_instant
from ingest.index.queries import add_run
from matpho.__main__ import run
from matpho.coverage_command import EndingUnknown, coverage
from matpho.output import FileUnwritable
from tests.support.audited_ward import BEGIN, HOUR

PLACE = "/api/v1/coverage"
SPAN = {"from": format_instant(BEGIN), "to": format_instant(BEGIN + 10 * HOUR)}


@pytest.fixture
def watched(ward: Client, sqlite_engine: sa.Engine) -> Client:
    """The ward in which C001 recorded for four hours."""
    with unit_of_work(sqlite_engine) as session:
        camera = session.execute(sa.text("SELECT id FROM camera WHERE code = 'C001'")).scalar_one()
        insert = sa.text("INSERT INTO stream (camera_id, kind, ordinal) VALUES (:camera, 'clips', 7) RETURNING id")
        stream = session.execute(insert, {"camera": camera}).scalar_one()
        add_run(session, stream, TimeRange(BEGIN, BEGIN + 4 * HOUR), clock_source="receiver", end_reason="stalled")
    return ward


def features(body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [feature for feature in body["features"] if feature["properties"]["kind"] == kind]


def test_json_tells_units_cameras_and_hours(watched: Client) -> None:
    answer = watched.get(PLACE, params=SPAN | {"unit": "KP1"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["vary"] == "Accept, Accept-Language"
    body = answer.json()
    assert [camera["code"] for camera in body["cameras"]] == ["C001", "C002"]
    assert (body["cameras"][0]["recorded"], body["cameras"][0]["longest_gap"]["reason"]) == (0.4, "stalled")
    assert body["cameras"][0]["longest_gap"]["text"] == "the camera sent nothing"
    total = body["total"]
    assert (total["registered"], total["verified"], total["with_footage"]) == (2, 1, 1)
    assert total["area_recorded"] == pytest.approx(total["area_in_view"] * 0.4, abs=1e-6)
    assert body["from"] == "2026-03-07T07:00:00+07:00"
    assert [hour["cells"] > 0 for hour in body["hours"]] == [True] * 4 + [False] * 6


@pytest.mark.parametrize(
    ("asked", "accept", "kind"),
    [
        ({}, "application/geo+json", "application/geo+json"),
        ({}, "text/csv", "text/csv; charset=utf-8"),
        ({}, "image/svg+xml;q=0.9, application/json;q=0.1", "image/svg+xml"),
        ({}, "image/png", "application/json"),
        ({"format": "csv"}, "application/json", "text/csv; charset=utf-8"),
        ({"format": "svg"}, "*/*", "image/svg+xml"),
    ],
)
def test_the_asker_chooses_the_form(watched: Client, asked: dict[str, str], accept: str, kind: str) -> None:
    answer = watched.get(PLACE, params=SPAN | asked, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def test_geojson_has_units_cells_views_and_cameras(watched: Client) -> None:
    body = watched.get(PLACE, params=SPAN | {"unit": "KP1", "format": "geojson"}).json()
    assert [len(features(body, kind)) for kind in ("unit", "view", "camera")] == [1, 1, 2]
    cells = features(body, "cell")
    seen = [cell["properties"] for cell in cells if cell["properties"]["mean"]]
    assert len(cells) > 1500
    assert 2 <= len(seen) <= 12
    assert all(len(cell["hours"]) == len(body["hours"]) - 1 == 10 for cell in seen)
    assert seen[0]["hours"][4:] == [0.0] * 6
    assert seen[0]["mean"] == pytest.approx(seen[0]["max"] * 0.4, abs=1e-3)
    secret = json.dumps(body, ensure_ascii=False)
    assert not [word for word in ("Bí Mật", "0912345678", "hunter2") if word in secret]


def test_csv_has_cameras_or_cells(watched: Client) -> None:
    asked = SPAN | {"unit": "KP1", "format": "csv"}
    cameras = list(csv.DictReader(io.StringIO(watched.get(PLACE, params=asked).text)))
    assert [(row["code"], row["recorded"], row["gap_reason"]) for row in cameras] == [
        ("C001", "0.4", "stalled"),
        ("C002", "0.0", "not_registered"),
    ]
    cells = list(csv.DictReader(io.StringIO(watched.get(PLACE, params=asked | {"rows": "cells"}).text)))
    assert {row["from"][11:13] for row in cells} == {"07", "08", "09", "10"}
    assert {row["cameras"] for row in cells} == {"1"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"unit": "KP7"}, 404, "unit_unknown"),
        ({"format": "pdf"}, 422, "format_unknown"),
        ({"rows": "hours"}, 422, "request_invalid"),
        ({"cell_m": "1"}, 422, "request_invalid"),
        ({"to": "2027-03-09T00:00:00Z"}, 422, "period_too_long"),
        ({"from": "2026-03-09T00:00:00Z", "to": "2026-03-10T00:00:00Z"}, 422, "nothing_yet"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(ward: Client, change: dict[str, str], status: int, code: str) -> None:
    answer = ward.get(PLACE, params=SPAN | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Callable[..., Result]:
    monkeypatch.setenv("MATPHO_DATA", str(data_dir))
    monkeypatch.setenv("MATPHO_LANGUAGE", "en")

    def call(*arguments: str) -> Result:
        fixed = ["--from", SPAN["from"], "--to", SPAN["to"]]
        return CliRunner().invoke(coverage, [*fixed, *arguments])

    return call


def test_the_command_prints_a_table_or_json(watched: Client, command: Callable[..., Result]) -> None:
    told = command("--unit", "KP1")
    assert told.exit_code == 0
    assert "C001" in told.stdout
    assert "40.0 %" in told.stdout
    assert "the camera sent nothing" in told.stdout
    assert json.loads(command("--json").stdout)["total"]["registered"] == 3


def test_the_command_writes_the_form_that_the_ending_names(
    watched: Client, command: Callable[..., Result], tmp_path: Path
) -> None:
    for name, begin in ((".csv", "\ufeffunit,"), (".json", "{"), (".geojson", "{"), (".svg", "<svg"), (".txt", "Cov")):
        out = tmp_path / f"report{name}"
        assert (command("--out", str(out)).exit_code, command("--out", str(out)).stdout) == (0, "")
        assert out.read_text(encoding="utf-8").startswith(begin)
    assert command("--cells", "--out", str(tmp_path / "cells.csv")).exit_code == 0
    assert (tmp_path / "cells.csv").read_text(encoding="utf-8-sig").startswith("row,column,")
    assert isinstance(command("--out", str(tmp_path / "report.pdf")).exception, EndingUnknown)
    assert isinstance(command("--out", str(tmp_path / "none" / "report.csv")).exception, FileUnwritable)


def test_nothing_found_is_exit_code_3(sqlite_engine: sa.Engine, command: Callable[..., Result]) -> None:
    assert command().exit_code == 3

    def unknown() -> None:
        error = command("--unit", "KP1", "--json").exception
        assert error is not None
        raise error

    assert run(unknown) == 3


def test_the_map_is_well_formed(watched: Client) -> None:
    drawn = ET.fromstring(watched.get(PLACE, params=SPAN | {"format": "svg"}).content)
    words = [text.text or "" for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "Coverage of all units" in words
    assert "Đường Láng" in words
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}circle"))) == 3 + 3, "cameras and their legend"
