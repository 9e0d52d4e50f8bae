"""`matpho doctor` as people run it: on a fresh data folder, and on broken ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import Matpho, Told, matpho_on

ABSURD = 400


def findings(told: Told) -> dict[str, dict[str, Any]]:
    """Return the findings by name; the exit code must say whether one is a problem."""
    found = {item["name"]: item for item in told.json["findings"]}
    bad = any(item["level"] == "problem" for item in found.values())
    assert (told.code, told.json["ok"]) == (int(bad), not bad), told.err
    assert all(item["mend"] for item in found.values() if item["level"] == "problem")
    return found


def test_before_and_after_the_first_start(matpho: Matpho, data_dir: Path) -> None:
    before = findings(matpho("doctor", "--json"))
    assert (before["catalogue"]["level"], before["key"]["level"]) == ("warning", "warning")
    assert "matpho init" in before["catalogue"]["mend"]
    assert list(data_dir.iterdir()) == [data_dir / "footage"]
    assert matpho("init").code == 0
    after = findings(matpho("doctor", "--json"))
    named = (
        "catalogue",
        "key",
        "store",
        "settings",
        "credentials",
        "networks",
        "consent",
        "duties",
        "footage_ahead",
        "processor",
    )
    for name in named:
        assert after[name]["level"] == "ok", after[name]
    assert {"data_folder", "disk_space", "disk_speed", "clock", "open_files", "network", "memory"} <= set(after)


def rules(matpho: Matpho) -> tuple[bool, bool, list[str]]:
    told = matpho("rules", "show", "--json").json
    return told["rules"]["needs_consent"], told["rules"]["needs_sign"], told["own"]


def test_a_new_catalogue_asks_for_consent_and_a_sign(matpho: Matpho, tmp_path: Path) -> None:
    told = matpho("init")
    assert "matpho rules set needs_consent=no needs_sign=no" in told.out
    assert rules(matpho) == (True, True, ["needs_consent", "needs_sign"])
    (tmp_path / "cameras.csv").write_text("code,name,lat,lon\nC1,Camera,10.77,106.70\n")
    refused = matpho("cameras", "import", tmp_path / "cameras.csv")
    assert refused.code == 1
    assert "consent_date" in refused.err
    assert "sign_checked_date" in refused.err
    assert matpho("rules", "set", "needs_consent=", "needs_sign=").code == 0
    again = matpho("init", "--json")
    assert (again.code, again.json["rules_set"]) == (0, {})
    assert rules(matpho) == (False, False, [])


def test_a_catalogue_that_is_there_keeps_its_rules(matpho: Matpho) -> None:
    assert matpho("rules", "show").code == 0  # makes the catalogue as well
    assert matpho("init", "--json").json["rules_set"] == {}
    assert rules(matpho) == (False, False, [])
    assert findings(matpho("doctor", "--json"))["duties"]["level"] == "warning"


def test_people_are_told_in_lines_with_the_mend_below(matpho: Matpho, data_dir: Path) -> None:
    assert matpho("init").code == 0
    (data_dir / "keys" / "camera.key").chmod(0o644)
    told = matpho("doctor")
    assert told.code == 1
    lines = told.out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if "has mode 0644" in line]
    assert lines[at].startswith("PROBLEM")
    assert lines[at + 1].strip() == f"→ Run `chmod 600 {data_dir / 'keys' / 'camera.key'}`"
    assert "problems" in lines[-1]
    assert findings(matpho("doctor", "--json"))["key"]["level"] == "problem"


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = findings(matpho_on(tmp_path / "file" / "data")("doctor", "--json"))
    assert found["data_folder"]["level"] == "problem"
    assert "Not a directory" in found["data_folder"]["text"]
    assert "MATPHO_DATA" in found["data_folder"]["mend"]
    assert "store" not in found


def test_more_than_any_machine_carries_is_named_with_what_is_missing(matpho: Matpho, tmp_path: Path) -> None:
    head = "code,name,lat,lon,source,retention_days\n"
    rows = "".join(f"C{n:04},Camera,10.77,106.70,rtsp://10.0.0.1/{n},36500\n" for n in range(ABSURD))
    (tmp_path / "cameras.csv").write_text(head + rows)
    assert matpho("cameras", "import", tmp_path / "cameras.csv").code == 0
    told = matpho("doctor", "--json")
    found = findings(told)
    space = found["disk_space"]
    assert space["level"] == "problem"
    assert space["values"]["day_gb"] == pytest.approx(ABSURD * 21.6)
    assert "Add " in space["mend"]
    assert found["open_files"]["values"]["needed"] == 2 * ABSURD + 200
    assert (found["credentials"]["level"], found["credentials"]["values"]["count"]) == ("warning", ABSURD)
    assert found["consent"]["level"] == "warning"
    assert "10.0.0.1" not in json.dumps(told.json)


def test_the_state_of_the_recorder_is_told_of_live_cameras_only(ward: Matpho, tmp_path: Path) -> None:
    assert ward("recording").code == 3  # its cameras are clips
    (tmp_path / "live.csv").write_text("code,lat,lon,source\nL1,10.77,106.70,rtsp://u:hunter2@10.0.0.1/a\n")
    assert ward("cameras", "import", tmp_path / "live.csv").code == 0
    told = ward("recording", "--json")
    assert (told.code, [camera["state"] for camera in told.json["cameras"]]) == (0, ["unknown"])
    lines = ward("recording")
    assert "0 of 1 cameras record" in lines.out
    assert "hunter2" not in lines.out + told.out
