"""A ward whose checkpoints somebody else keeps: the log is rewritten with its own key, and what they keep shows it."""

import time
from pathlib import Path

import httpx
import sqlalchemy as sa

from audit.keeping import checkpoint
from audit.signing import open_signer
from foundation.clock import SystemClock
from foundation.database import create_engine
from tests.support.command_line import Matpho, matpho_on
from tests.support.service_process import ServiceProcess, bearer
from tests.support.witnesses import Shelf, free_port, web_server

LATEST = "latest.checkpoint"


def rewrite(data: Path) -> None:
    """Do what the operator can: change who did the last act, and make and sign all of it anew with the key that is there."""
    engine = create_engine(f"sqlite:///{data / 'catalogue.sqlite'}")
    with engine.begin() as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
        for name in connection.execute(sa.text(triggers)).scalars().all():
            connection.execute(sa.text(f"DROP TRIGGER {name}"))
        last = "(SELECT commitment FROM audit_event ORDER BY id DESC LIMIT 1)"
        for statement in (
            f"DELETE FROM audit_leaf WHERE commitment = {last}",
            f"DELETE FROM audit_place WHERE commitment = {last}",
            "DELETE FROM audit_event WHERE id = (SELECT max(id) FROM audit_event)",
            "INSERT INTO audit_pending (at_us, commitment) SELECT at_us, commitment FROM audit_leaf",
            "DELETE FROM audit_place",
            "DELETE FROM audit_tile",
            "DELETE FROM audit_checkpoint",
        ):
            connection.execute(sa.text(statement))
    engine.dispose()


def test_a_rewritten_log_is_found_out_by_what_a_witness_keeps(ward: Matpho, data_dir: Path, tmp_path: Path) -> None:
    kept = tmp_path / "uỷ ban"
    kept.mkdir()
    matpho = matpho_on(data_dir, MATPHO_AUDIT_WITNESSES=f"folder:{kept}")
    service = ServiceProcess(data_dir, MATPHO_AUDIT_WITNESSES=f"folder:{kept}")
    service.start()
    metrics = httpx.get(f"{service.address}/metrics", headers=bearer(ward)).text
    assert 'matpho_audit_witnesses{state="failing"} 0.0' in metrics
    service.stop()  # makes a last checkpoint and tells it
    size = int((kept / LATEST).read_text().split("\n")[1])
    assert size > 2
    assert matpho("audit", "verify", "--against", kept / LATEST).code == 0
    told = matpho("audit", "witnesses", "--json").json["witnesses"]
    assert [(one["name"], one["state"], one["told_size"]) for one in told] == [(f"folder:{kept}", "told", size)]

    rewrite(data_dir)
    (tmp_path / "units.csv").write_text("code,name,kind\nKP9,Khu phố 9,neighbourhood\n")
    assert ward("units", "import", tmp_path / "units.csv").code == 0
    engine = create_engine(f"sqlite:///{data_dir / 'catalogue.sqlite'}")
    checkpoint(engine, SystemClock(), open_signer(data_dir / "keys" / "audit.key"))
    engine.dispose()
    assert matpho("audit", "verify").code == 0  # by itself it is good
    proof = matpho("audit", "verify", "--against", kept / LATEST)
    assert (proof.code, "the log was rewritten since" in proof.out) == (1, True)
    told_again = matpho("audit", "tell")  # and the folder refuses to keep another over as many
    assert (told_again.code, "keeps another log" in told_again.out) == (1, True)
    assert (kept / LATEST).read_text().split("\n")[1] == str(size)


def test_witnesses_are_told_at_once_and_those_that_are_silent_are_named(
    ward: Matpho, data_dir: Path, tmp_path: Path
) -> None:
    told = ward("audit", "tell")
    assert (told.code, "Nobody else keeps checkpoints" in told.err) == (3, True)
    assert ward("doctor", "--json").json["findings"][-1]["level"] == "warning"
    shelf, port = Shelf(), free_port()
    shelf.user = "u:hunter2"
    web = f"http://u:hunter2@127.0.0.1:{port}/log"
    matpho = matpho_on(data_dir, MATPHO_AUDIT_WITNESSES=f"folder:{tmp_path / 'stick'},{web}")
    with web_server(shelf, port):
        told = matpho("audit", "tell")
    assert told.code == 1
    assert f"folder:{tmp_path / 'stick'}: COULD NOT BE TOLD" in told.out
    assert "No such file or directory" in told.out
    assert f"http://127.0.0.1:{port}/log: knows the newest checkpoint" in told.out
    assert len(shelf.order) == 1
    (tmp_path / "stick").mkdir()
    with web_server(shelf, port):
        again = matpho("audit", "tell", "--json")
    assert (again.code, [one["state"] for one in again.json["witnesses"]]) == (0, ["told", "told"])
    lines = matpho("audit", "witnesses")
    assert (lines.code, "told 2 leaves at 2" in lines.out) == (0, True)
    doctor = matpho("doctor", "--json").json["findings"][-1]
    assert (doctor["name"], doctor["level"]) == ("witnesses", "ok")
    assert "hunter2" not in told.out + told.err + again.out + lines.out


def test_settings_of_witnesses_that_cannot_be_used_are_named(ward: Matpho, data_dir: Path) -> None:
    matpho = matpho_on(data_dir, MATPHO_AUDIT_WITNESSES="mailto:a@x.vn")
    for command in (("audit", "tell"), ("audit", "witnesses"), ("serve", "--port", "1")):
        told = matpho(*command)
        assert (told.code, "MATPHO_MAIL_SERVER" in told.err) == (1, True)
    doctor = matpho("doctor", "--json")
    assert (doctor.code, doctor.json["findings"][-1]["level"]) == (1, "problem")


def test_while_it_serves_a_witness_is_told_what_is_new(ward: Matpho, data_dir: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    assert ward("audit", "checkpoint").code == 0
    service = ServiceProcess(data_dir, MATPHO_AUDIT_WITNESSES=f"folder:{kept}")
    service.start()
    deadline = time.monotonic() + 60
    while not (kept / LATEST).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    service.kill()
    assert (kept / LATEST).exists()
