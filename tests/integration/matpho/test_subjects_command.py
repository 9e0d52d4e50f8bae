"""`matpho subjects` and `matpho rules` for the duties of data protection, as people run them."""

from pathlib import Path

import pytest

from tests.support.command_line import Matpho, matpho_on

HEAD = "code,unit,lat,lon,consent_date,sign_checked_date,retention_days\n"


@pytest.fixture
def matpho(tmp_path: Path) -> Matpho:
    run = matpho_on(tmp_path / "data")
    units = tmp_path / "units.csv"
    units.write_text("code,name,kind\nA,Một,khu\n")
    assert run("units", "import", units).code == 0
    return run


def test_a_request_from_the_letter_to_the_answer(matpho: Matpho) -> None:
    assert matpho("subjects", "list").code == 3
    came = "2026-03-04T10:00:00+07:00"
    asked = ("--name", "Bà Tư", "--contact", "0912", "--unit", "A", "--received", came)
    made = matpho("subjects", "add", "access", *asked, "--json").json
    assert (made["unit"], made["acknowledge_by"]) == ("A", "2026-03-07T00:00:00+07:00")
    assert made["answer_by"] == "2026-03-15T00:00:00+07:00"
    told = matpho("subjects", "list")
    assert (told.code, made["id"] in told.out, "0912" in told.out) == (0, True, False)
    assert matpho("subjects", "show", made["id"], "--json").json["requester"]["contact"] == "0912"
    assert matpho("subjects", "acknowledge", made["id"]).code == 0
    assert matpho("subjects", "erase", made["id"]).code == 1
    answered = matpho("subjects", "answer", made["id"], "--outcome", "done", "--json")
    assert (answered.json["outcome"], answered.json["overdue"]) == ("done", None)
    assert matpho("subjects", "erase", made["id"]).code == 0
    assert matpho("subjects", "show", made["id"], "--json").json["requester"] is None
    assert matpho("subjects", "list", "--open").code == 3
    assert matpho("subjects", "show", "01nothing").code == 3


def test_rules_hold_back_cameras_of_an_import(matpho: Matpho, tmp_path: Path) -> None:
    rules = ("needs_consent=yes", "needs_sign=yes", "most_retention_days=30", "holidays=2027-01-01,2026-12-25")
    told = matpho("rules", "set", "--unit", "A", *rules)
    assert told.code == 0
    assert "2026-12-25,2027-01-01" in told.out
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(HEAD + "C1,A,10.7,106.6,2026-01-15,,90\n")
    good.write_text(HEAD + "C1,A,10.7,106.6,2026-01-15,2026-01-20,30\n")
    refused = matpho("cameras", "import", bad)
    assert refused.code == 1
    assert "sign_checked_date: is missing: the unit wants a sign at the camera" in refused.err
    assert "retention_days: 90 is above the 30 days that the unit allows" in refused.err
    assert matpho("cameras", "import", good).code == 0
    assert matpho("cameras", "show", "C1", "--json").json["sign_checked_date"] == "2026-01-20"
