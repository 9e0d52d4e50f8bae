"""The same commands on PostgreSQL and S3, which a city switches to by two settings: nothing else changes."""

from pathlib import Path

import pytest

from tests.support.command_line import Matpho

pytestmark = [pytest.mark.postgresql, pytest.mark.s3]
SPAN = ("--from", "2026-03-07T21:05:02.3+07:00", "--to", "2026-03-07T21:05:04+07:00")


def test_the_clip_is_the_same_byte_for_byte(city: Matpho, ward: Matpho, recording: Path, tmp_path: Path) -> None:
    made = []
    for name, matpho in (("large", city), ("small", ward)):
        done = matpho("clips", "import", recording, "--camera", "C1", "--json")
        assert done.code == 0, done.err
        out = tmp_path / f"{name}.mp4"
        cut = matpho("clip", "--camera", "C1", *SPAN, "--out", out, "--json")
        assert cut.code == 0, cut.err
        receipt = cut.json["receipt"]
        made.append((out.read_bytes(), receipt["frames"], receipt["delivered"], receipt["gaps"]))
    assert made[0] == made[1]


def test_everything_else_works_there_too(city: Matpho, recording: Path, tmp_path: Path, data_dir: Path) -> None:
    assert city("clips", "import", recording, "--camera", "C1").code == 0
    assert "C1" in city("lookup", "--at", "10.7700,106.7003", *SPAN).out
    assert city("timeline", "--camera", "C1", *SPAN).code == 0
    picture = tmp_path / "frame.jpg"
    assert city("frame", "--camera", "C1", "--at", "2026-03-07T21:05:03+07:00", "--out", picture).code == 0
    assert picture.read_bytes()[:2] == b"\xff\xd8"
    assert city("coverage", *SPAN).code == 0
    checked = city("check", "--level", "hash", "--json")
    assert (checked.code, checked.json["problems"], checked.json["objects"]) == (0, [], 2)
    assert not (data_dir / "catalogue.sqlite").exists()
    assert list(data_dir.rglob("*.mp4")) == []
