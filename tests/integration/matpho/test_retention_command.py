"""`retention run` on a data folder: what it deletes, what it says, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.identity import Actor
from foundation.storage import LocalFiles
from matpho.output import NOTHING_FOUND, PARTIAL
from matpho.retention_command import retention
from tests.support.kept_footage import MINUTE, Ward

YEAR_2020 = 1_577_836_800_000_000
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def ward(sqlite_engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(sqlite_engine, store, clock, data_dir, actor)


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, keep_free: int = 0) -> tuple[int, str]:
        settings = {"DATA": str(data_dir), "LANGUAGE": "en", "KEEP_FREE_BYTES": str(keep_free)}
        for name, value in settings.items():
            monkeypatch.setenv(f"MATPHO_{name}", value)
        code = 0
        try:
            command = arguments if "log" in arguments else ("run", *arguments)
            retention.main([*command], standalone_mode=False)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, capsys.readouterr().out

    return run


def test_what_is_too_old_goes(ward: Ward, run: Run) -> None:
    eye = ward.camera(days=1)
    ward.record(eye, YEAR_2020, [MINUTE] * 3)
    ward.hold(eye, YEAR_2020 + MINUTE, YEAR_2020 + 2 * MINUTE)
    code, out = run()
    assert code == 0
    assert out.splitlines()[0].startswith("Deleted because of age: 2 segments and 0 originals, ")
    assert out.splitlines()[-1] == "Kept beyond its time because it is held: 0:01:00 of footage"
    ward.prove()


def test_json_tells_the_same(ward: Ward, run: Run) -> None:
    made = ward.record(ward.camera(days=1), YEAR_2020, [MINUTE])
    code, out = run("--json")
    told: dict[str, Any] = json.loads(out)
    assert told.pop("free_bytes") > 0
    none = {"segments": 0, "originals": 0, "bytes": 0}
    assert (code, told) == (
        0,
        {
            "age": {"segments": 1, "originals": 0, "bytes": made[0].size_bytes},
            "space": none,
            "left_over": 0,
            "spared": {"held_us": 0, "read_us": 0},
            "keep_free_bytes": 0,
            "enough": True,
        },
    )


def test_too_little_space_is_said_and_ends_with_partial(ward: Ward, run: Run) -> None:
    eye = ward.camera()
    ward.record(eye, YEAR_2020, [MINUTE] * 2)
    ward.hold(eye, YEAR_2020, YEAR_2020 + 1)
    code, out = run(keep_free=10**18)
    assert code == PARTIAL
    assert "Deleted to make space: 1 segments" in out
    assert "bytes are free, which is less than 1000000000000000000" in out
    assert out.splitlines()[-1] == "Nothing more may be deleted: what is left is held, being read or recorded"
    assert ward.starts(eye) == [YEAR_2020]


def test_the_log_lists_what_went(ward: Ward, run: Run) -> None:
    eye = ward.camera(days=1)
    made = ward.record(eye, YEAR_2020, [MINUTE, MINUTE])
    ever = ("--from", "2020-01-01T00:00:00+07:00", "--to", "2100-01-01T00:00:00+07:00")
    assert run("log", *ever) == (NOTHING_FOUND, "")
    run()
    (row,) = json.loads(run("log", *ever, "--json")[1])
    assert row.pop("at").endswith("+07:00")
    size = sum(item.size_bytes for item in made)
    told = {"from": "2020-01-01T07:00:00+07:00", "to": "2020-01-01T07:02:00+07:00", "why": "age", "bytes": size}
    assert row == {"camera": eye.code, **told}
    head, line = run("log", *ever, "--csv")[1].splitlines()
    assert head == "camera,from,to,why,at,bytes"
    assert line.startswith(f"{eye.code},2020-01-01T07:00:00+07:00,2020-01-01T07:02:00+07:00,age,")
    assert run("log", *ever)[1].split()[:1] == [eye.code]
