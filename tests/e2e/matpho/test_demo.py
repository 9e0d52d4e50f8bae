"""What `make run` shows: the demonstration ward, its footage, and that the first questions it prints have answers."""

import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from tests.support.command_line import Matpho, Told, matpho_on
from tests.support.service_process import ServiceProcess


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def demo(data: Path) -> Matpho:
    return matpho_on(data)


@pytest.fixture(scope="module")
def seeded(demo: Matpho, data: Path) -> Told:
    """Without real footage, which not every machine has."""
    done = demo("demo", "--seed-only", "--footage", data / "none")
    assert done.code == 0, done.err
    return done


def commands(told: Told) -> list[list[str]]:
    """Return the arguments of the commands that are printed to be tried."""
    found = [line.split(".venv/bin/matpho ", 1)[1] for line in told.out.splitlines() if ".venv/bin/matpho " in line]
    return [shlex.split(line) for line in found]


def test_the_ward_is_the_size_of_a_ward(demo: Matpho, seeded: Told) -> None:
    units, cameras = demo("units", "list", "--json").json, demo("cameras", "list", "--json").json
    assert sum(item["kind"] == "neighbourhood" for item in units) == 11
    assert len(cameras) == 190
    assert (
        len(set(re.findall(r"Camera (KP05-0\d): ", seeded.out))) == 5
    )  # as README says, whatever lies beside the clone


def test_every_command_that_it_prints_answers(demo: Matpho, seeded: Told, tmp_path: Path) -> None:
    lookup, clip, coverage = commands(seeded)
    who = demo(*lookup)
    assert who.code == 0
    assert "KP05-01" in who.out
    out = tmp_path / "clip.mp4"
    made = demo(*clip[:-1], out)
    assert made.code == 0, made.err
    assert out.stat().st_size > 10_000
    told = demo(*coverage)
    assert told.code == 0
    assert "KP05-01" in told.out


def test_it_serves_what_it_prints_and_does_not_do_the_work_twice(data: Path, seeded: Told) -> None:
    service = ServiceProcess(data, "demo", "--footage", str(data / "none"))
    service.start()
    try:
        said = service.log.read_text()
        ((token, place),) = re.findall(r"Bearer (\S+)' '(http://\S+/api/v1/lookup\S+)'", said)
        assert "Drawing" not in said
        assert httpx.get(place).status_code == 401
        answer = httpx.get(place, headers={"Authorization": f"Bearer {token}"}).json()
        assert {item["camera"]["code"] for item in answer["sightings"]} >= {"KP05-01", "KP05-02", "KP05-03"}
        ((body, clips),) = re.findall(r"--json '(.+?)' '(http://\S+/api/v1/clips)'", said)
        made = httpx.post(clips, json=json.loads(body), headers={"Authorization": f"Bearer {token}"}).json()
        assert made["complete"], made
        page = httpx.get(f"{service.address}/docs", follow_redirects=True)
        assert page.status_code == 200
        links = re.findall(r"demo\.(\w+) \(.*?\): (http://\S+/first-password/\S+)", said)
        assert [role for role, _ in links] == ["head", "officer", "supervisor", "auditor", "administrator"]
        for _, link in links:
            assert httpx.get(link).status_code == 200
            assert link.rpartition("/")[2] not in service.log.read_text().replace(said, "")
    finally:
        service.kill()


def test_what_it_did_and_what_to_try_is_told_to_programs_too(demo: Matpho, seeded: Told, data: Path) -> None:
    told = demo("demo", "--seed-only", "--footage", data / "none", "--json").json
    assert len([line for line in told["try"] if line.startswith(("curl", "MATPHO_DATA="))]) == 5
    assert told["data"] == str(data)


def test_it_does_not_mix_with_another_ward(ward: Matpho, data_dir: Path) -> None:
    refused = ward("demo", "--seed-only")
    assert refused.code == 1
    assert "holds other cameras" in refused.err
    assert len(ward("cameras", "list", "--json").json) == 3
