"""`matpho hold` on a data folder: what it keeps, what it says, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from camera_registry.tables import Placement
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles
from foundation.timebase import format_instant
from matpho.__main__ import run as run_command
from matpho.hold_command import hold
from matpho.output import NOTHING_FOUND, PARTIAL
from tests.support.kept_footage import MINUTE, Ward

YEAR_2020 = 1_577_836_800_000_000
YEAR_2100 = "2100-01-01T00:00:00Z"
TIME = ("--from", format_instant(YEAR_2020), "--to", format_instant(YEAR_2020 + 2 * MINUTE))
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def ward(sqlite_engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(sqlite_engine, store, clock, data_dir, actor)


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("MATPHO_DATA", str(data_dir))
    monkeypatch.setenv("MATPHO_LANGUAGE", "en")
    monkeypatch.setenv("MATPHO_TIME_ZONE", "UTC")

    def run(*arguments: str) -> tuple[int, str]:
        try:
            code = run_command(lambda: hold.main(list(arguments), standalone_mode=False))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_hold_from_being_placed_to_being_released(ward: Ward, run: Run) -> None:
    eye = ward.camera(days=1)
    ward.record(eye, YEAR_2020, [MINUTE] * 3)
    code, out = run("place", "--camera", eye.code, *TIME, "--why", "a theft", "--case", "7", "--json")
    told: dict[str, Any] = json.loads(out)
    assert (code, told["state"], told["placed_by"], told["case"]) == (0, "held", "command line", "7")
    assert ward.retain().age.segments == 1
    code, out = run("list")
    assert (code, out.split()[:2]) == (0, [told["id"], "held"])
    code, out = run("renew", told["id"])
    assert (code, out.splitlines()[1:]) == (0, [eye.code, "    2020-01-01T00:00:00Z  2020-01-01T00:02:00Z  kept"])
    code, out = run("release", told["id"])
    assert (code, out) == (0, f"The hold {told['id']} is released\n")
    assert run("release", told["id"]) == (0, f"The hold {told['id']} had ended before\n")
    code, out = run("renew", told["id"])
    assert (code, "was released at" in out) == (1, True)
    assert run("list") == (NOTHING_FOUND, "")
    assert json.loads(run("list", "--all", "--json")[1])[0]["state"] == "released"
    assert ward.retain().age.segments == 2


def test_what_is_not_there_is_said_and_ends_with_partial(ward: Ward, run: Run) -> None:
    eye = ward.camera()
    ward.record(eye, YEAR_2020, [MINUTE])
    code, out = run("place", "--camera", eye.code, *TIME, "--why", "x")
    assert (code, out.splitlines()[-1]) == (PARTIAL, "    2020-01-01T00:01:00Z  2020-01-01T00:02:00Z  not recorded")


def test_by_place_and_by_area(ward: Ward, run: Run, tmp_path: Path) -> None:
    eye = ward.camera()
    ward.record(eye, YEAR_2020, [MINUTE] * 2)
    with unit_of_work(ward.engine) as session:
        session.add(Placement(camera_id=eye.id, lat=10.7, lon=106.7, range_m=30, valid_from_us=0))
    area = tmp_path / "area.geojson"
    ring = [[106.69, 10.69], [106.71, 10.69], [106.71, 10.71], [106.69, 10.69]]
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    for where in (("--at", "10.7001,106.7"), ("--area", str(area))):
        code, out = run("place", *where, *TIME, "--why", "x", "--json")
        assert (code, [item["camera"] for item in json.loads(out)["cameras"]]) == (0, [eye.code])
    assert run("place", "--at", "11,106.7", *TIME, "--why", "x")[0] == NOTHING_FOUND
    area.write_text("[]")
    assert run("place", "--area", str(area), *TIME, "--why", "x")[0] == 1
