"""`python -m sample_clips` as people run it."""

import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from foundation.timebase import parse_instant
from ingest.start_time import from_name
from sample_clips import manifest


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    command = [sys.executable, "-m", "sample_clips", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    code, names = run("make", "--out", folder, "--seconds", "1")
    assert (code, len(names)) == (0, 8)
    return folder


def test_the_default_clips_are_named_as_recorders_name_them(made: Path) -> None:
    clips = manifest.read(made)
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    for clip in clips:
        start = from_name(clip["file"], zone)
        assert start is not None
        assert start.at_us == parse_instant(clip["start"])
    assert {clip["recipe"]["container"] for clip in clips} == {"mp4", "mov", "fmp4", "mkv", "avi", "ts"}
    assert {clip["recipe"]["codec"] for clip in clips} == {"h264", "h265", "mpeg4", "mjpeg"}


def test_only_what_is_missing_or_changed_is_made_again(made: Path) -> None:
    assert run("make", "--out", made, "--seconds", "1") == (0, [])
    assert run("check", "--out", made) == (0, [])
    first, second = (clip["file"] for clip in manifest.read(made)[:2])
    (made / first).write_bytes((made / first).read_bytes() + b"?")
    (made / second).unlink()
    assert run("check", "--out", made) == (1, [f"{first} is not what was made", f"{second} is missing"])
    assert run("make", "--out", made, "--seconds", "1") == (0, [first, second])
    assert run("check", "--out", made) == (0, [])


def test_the_times_in_the_frames_can_be_read(made: Path) -> None:
    code, lines = run("read", made / "camera-04_20260307210500.mkv", "--limit", "2")
    assert (code, lines) == (0, ["0 2026-03-07T21:05:00+07:00", "1 2026-03-07T21:05:00.040+07:00"])


def test_a_folder_without_clips_is_told(tmp_path: Path) -> None:
    assert run("check", "--out", tmp_path) == (1, [f"{tmp_path / manifest.NAME} lists no clip"])
