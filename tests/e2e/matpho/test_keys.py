"""Keys by the command line: told without being shown, made anew, forgotten; and kept by a program."""

from pathlib import Path

from tests.support.command_line import Matpho, matpho_on
from tests.support.sealing import key_command

TABLE = "code,lat,lon,source\nL1,10.77,106.70,rtsp://u:hunter2@10.0.0.1/a\n"


def registered(matpho: Matpho, folder: Path) -> None:
    (folder / "live.csv").write_text(TABLE)
    assert matpho("cameras", "import", folder / "live.csv").code == 0


def test_a_key_is_made_used_and_forgotten(matpho: Matpho, data_dir: Path, tmp_path: Path) -> None:
    registered(matpho, tmp_path)
    (first,) = matpho("keys", "list", "--json").json["keys"]
    assert (first["current"], first["values"]) == (True, 1)
    assert matpho("keys", "retire", first["key"]).code == 1
    done = matpho("keys", "rotate", "--json").json
    assert (done["sealed"], done["unopened"]) == (1, 0)
    told = matpho("keys", "list")
    assert [line.split()[0] for line in told.out.splitlines()] == [done["key"], first["key"]]
    assert told.out.splitlines()[0].endswith("seals")
    assert "is forgotten" in matpho("keys", "retire", first["key"]).out
    assert matpho("keys", "retire", first["key"]).code == 3
    lines = (data_dir / "keys" / "camera.key").read_text().splitlines()
    assert [line.split()[0] for line in lines[1:]] == [done["key"]]
    assert lines[1].split()[2] not in told.out


def test_a_value_that_nothing_opens_is_told_with_the_exit_code(matpho: Matpho, data_dir: Path, tmp_path: Path) -> None:
    registered(matpho, tmp_path)
    (data_dir / "keys" / "camera.key").unlink()
    done = matpho("keys", "rotate", "--json")
    assert (done.code, done.json["unopened"]) == (4, 1)
    assert len(matpho("keys", "list", "--json").json["unknown"]) == 1


def test_a_program_takes_over_from_the_file(matpho: Matpho, data_dir: Path, tmp_path: Path) -> None:
    registered(matpho, tmp_path)
    by_program = matpho_on(data_dir, MATPHO_KEY_COMMAND=key_command(tmp_path))
    assert by_program("keys", "rotate", "--same-key", "--json").json["sealed"] == 1
    (data_dir / "keys" / "camera.key").unlink()
    found = {item["name"]: item for item in by_program("doctor", "--json").json["findings"]}
    assert (found["key"]["level"], found["key_age"]["level"]) == ("ok", "ok")
    assert not (data_dir / "keys" / "camera.key").exists()
    broken = matpho_on(data_dir, MATPHO_KEY_COMMAND=key_command(tmp_path, "complain"))
    assert "exit code 3" in broken("keys", "list").err
