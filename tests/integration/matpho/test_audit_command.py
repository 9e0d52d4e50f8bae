"""The log as people prove it: by the command line, in a data folder of its own, with files that others keep."""

import csv
import json
from pathlib import Path

import pytest

from audit.note import Signer
from foundation.timebase import parse_instant
from tests.support.audit_export_reader import check_csv, check_ndjson
from tests.support.command_line import Matpho, matpho_on

UNITS = "code,name,kind\nP1,Phường Cửa Ông,ward\n"
CAMERAS = "code,name,unit,lat,lon,source\n{code},Ngõ 12,P1,21.02,107.36,clips\n"
PERIOD = ("--from", "2020-01-01T00:00:00+07:00", "--to", "2100-01-01T00:00:00+07:00")


@pytest.fixture
def matpho(tmp_path: Path) -> Matpho:
    run = matpho_on(tmp_path / "data")
    units = tmp_path / "units.csv"
    units.write_text(UNITS)
    assert run("units", "import", units).code == 0
    for code in ("A1", "A2", "A3"):
        file = tmp_path / f"{code}.csv"
        file.write_text(CAMERAS.format(code=code))
        assert run("cameras", "import", file).code == 0
    return run


def test_what_somebody_keeps_proves_the_log_later(matpho: Matpho, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    made = matpho("audit", "checkpoint", "--out", kept, "--json")
    assert (made.code, made.json["size"], made.json["checkpoint"]) == (0, 4, kept.read_text())
    key = matpho("audit", "key").out.strip()
    file = tmp_path / "A4.csv"
    file.write_text(CAMERAS.format(code="A4"))
    assert matpho("cameras", "import", file).code == 0
    told = matpho("audit", "verify", "--against", kept, "--key", key, "--json")
    assert told.code == 0
    assert told.json == {
        "events": 5,
        "erased": 0,
        "size": 4,
        "checkpoints": 1,
        "stamps": 0,
        "waiting": 1,
        "good": True,
        "findings": [],
        "more_findings": 0,
    }
    assert "5 events" in matpho("audit", "verify").out


def test_another_log_is_not_what_was_kept(matpho: Matpho, tmp_path: Path) -> None:
    """A data folder made anew with the same acts and the same key: good by itself, and found out by what was kept."""
    kept = tmp_path / "kept.txt"
    assert matpho("audit", "checkpoint", "--out", kept).code == 0
    other = matpho_on(tmp_path / "other")
    assert other("rules", "show").code == 0  # makes the catalogue, and no act of its own
    keys = tmp_path / "other" / "keys"
    keys.mkdir(exist_ok=True)
    (keys / "audit.key").write_bytes((tmp_path / "data" / "keys" / "audit.key").read_bytes())
    assert other("units", "import", tmp_path / "units.csv").code == 0
    for code in ("A1", "A2", "A3"):
        assert other("cameras", "import", tmp_path / f"{code}.csv").code == 0
    assert other("audit", "checkpoint").code == 0
    assert other("audit", "verify").code == 0
    told = other("audit", "verify", "--against", kept)
    assert told.code == 1
    assert "the log was rewritten since" in told.out
    assert "The audit log is not what it was: 1 findings" in told.err


@pytest.mark.parametrize("text", ["", "a letter\n", "matpho/x\n1\n" + "A" * 43 + "=\n\n— matpho/x AAAA\n"])
def test_a_file_that_is_no_checkpoint_is_named(matpho: Matpho, tmp_path: Path, text: str) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(text)
    told = matpho("audit", "verify", "--against", file)
    assert told.code == 1
    assert "“letter.txt” cannot be used as a checkpoint" in told.err


def test_a_checkpoint_of_another_key_is_refused(matpho: Matpho, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    matpho("audit", "checkpoint", "--out", kept)
    other = Signer("matpho/other", bytes(32)).verifier.text
    told = matpho("audit", "verify", "--against", kept, "--key", other)
    assert (told.code, "no key that is known here" in told.err) == (1, True)
    told = matpho("audit", "verify", "--against", kept, "--key", "nonsense")
    assert (told.code, "“nonsense” is no key" in told.err) == (1, True)


def test_an_exported_period_proves_itself(matpho: Matpho, tmp_path: Path) -> None:
    assert matpho("audit", "erase", "--event", "2", "--why", "Art. 14").code == 0
    lines, table = tmp_path / "log.ndjson", tmp_path / "log.csv"
    told = matpho("audit", "export", *PERIOD, "--out", lines, "--json")
    assert (told.code, told.json["events"]) == (0, 6)
    rows = check_ndjson(lines)
    assert [row["action"] for row in rows][-2:] == ["audit:erase", "audit:export"]
    assert [row["erased"] for row in rows] == [False, True, False, False, False, False]
    assert rows[1]["actor"] is None
    assert matpho("audit", "export", *PERIOD, "--out", table).code == 0
    read = check_csv(table, matpho("audit", "key").out.strip())
    assert read[: len(rows)] == [row | {"proof": one["proof"]} for row, one in zip(rows, read, strict=False)]
    assert [row["action"] for row in read[len(rows) :]] == ["audit:export"]


def test_times_are_told_in_utc_and_in_that_of_the_street(matpho: Matpho, tmp_path: Path) -> None:
    matpho("audit", "export", *PERIOD, "--out", tmp_path / "log.ndjson")
    for row in check_ndjson(tmp_path / "log.ndjson"):
        assert parse_instant(row["at_utc"]) == parse_instant(row["at_local"]) == row["at_us"]
        assert (row["at_utc"][-1], row["at_local"][-6:]) == ("Z", "+07:00")


def test_a_table_opens_in_a_spreadsheet_as_text(matpho: Matpho, tmp_path: Path) -> None:
    """Vietnamese is read as UTF-8, and what somebody wrote is never a formula."""
    unit = tmp_path / "=cmd|' -C calc'!A1.csv"
    unit.write_text(UNITS.replace("P1", "P2"))
    assert matpho("units", "import", unit).code == 0
    assert matpho("audit", "erase", "--event", "1", "--why", "Điều 14").code == 0
    table = tmp_path / "Nhật ký.csv"
    assert matpho("audit", "export", *PERIOD, "--out", table).code == 0
    data = table.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfnumber,at_utc,")
    with table.open(newline="", encoding="utf-8-sig") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert f"'{unit.name}" in cells
    rows = check_csv(table, matpho("audit", "key").out.strip())
    assert unit.name in {row["object_id"] for row in rows}
    assert "Điều 14" in "".join(row["detail"] or "" for row in rows)


def test_an_export_that_was_touched_does_not(matpho: Matpho, tmp_path: Path) -> None:
    file = tmp_path / "log.ndjson"
    matpho("audit", "export", *PERIOD, "--out", file)
    head, first, *rest = file.read_text().splitlines()
    changed = json.loads(first) | {"actor": "nobody"}
    file.write_text("\n".join([head, json.dumps(changed, ensure_ascii=False), *rest]))
    with pytest.raises(AssertionError, match="event 0 is not in the log"):
        check_ndjson(file)


def test_an_export_overwrites_nothing_and_asks_for_a_known_form(matpho: Matpho, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    told = matpho("audit", "export", *PERIOD, "--out", there)
    assert (told.code, there.read_text()) == (1, "mine")
    assert "“" in told.err
    assert matpho("audit", "export", *PERIOD, "--out", tmp_path / "one.csv").code == 0
    (tmp_path / "one.csv").unlink()
    before = (tmp_path / "one.checkpoint").read_bytes()
    assert matpho("audit", "export", *PERIOD, "--out", tmp_path / "one.csv").code == 1
    assert (tmp_path / "one.checkpoint").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))
    assert matpho("audit", "export", *PERIOD, "--out", tmp_path / "log.txt").code == 2


def test_what_is_not_there_cannot_be_erased(matpho: Matpho) -> None:
    told = matpho("audit", "erase", "--event", "99", "--why", "Art. 14")
    assert (told.code, "There is no event 99" in told.err) == (3, True)
