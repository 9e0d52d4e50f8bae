"""What the generator promises: every frame dated, the same bytes again, and no file that cannot be."""

import dataclasses
from pathlib import Path

import pytest

from sample_clips.generator import Recipe, make
from tests.support.house import START_US, shown

SMALL = Recipe("C1", START_US, 2, width=512, height=96, rate=10, key_every=10)


@pytest.mark.parametrize("codec", ["h264", "h265", "mpeg4", "mjpeg"])
def test_every_frame_tells_its_time_after_compression(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    made = make(path, dataclasses.replace(SMALL, codec=codec, container="mkv", width=640, height=360, rate=25))
    assert [code for _, code in shown(path.read_bytes())] == [at // 1000 for at in made.captured_us]
    assert len(made.captured_us) == 50


@pytest.mark.parametrize(
    "more", [{}, {"b_frames": 2}, {"codec": "h265"}, {"sound": "aac", "container": "ts"}, {"uneven": True}]
)
def test_the_same_recipe_gives_the_same_bytes(more: dict[str, object], tmp_path: Path) -> None:
    recipe = dataclasses.replace(SMALL, **more)  # type: ignore[arg-type]
    first, second = make(tmp_path / "one", recipe), make(tmp_path / "two", recipe)
    assert first == second
    assert first.size == (tmp_path / "one").stat().st_size
    assert make(tmp_path / "other", dataclasses.replace(recipe, seed=1)).sha256 != first.sha256


def test_uneven_frames_come_apart_as_told(tmp_path: Path) -> None:
    path = tmp_path / "uneven.mp4"
    made = make(path, dataclasses.replace(SMALL, uneven=True))
    steps = {b - a for a, b in zip(made.captured_us, made.captured_us[1:], strict=False)}
    assert steps == {100_000, 200_000, 300_000}
    assert [at for at, _ in shown(path.read_bytes())] == [(at - START_US) * 9 // 100 for at in made.captured_us]


@pytest.mark.parametrize(
    "wrong",
    [
        {"codec": "vp9"},
        {"container": "flv"},
        {"codec": "h265", "container": "avi"},
        {"sound": "pcm_alaw"},
        {"container": "avi", "b_frames": 2},
        {"rate": 7},
        {"seconds": 0},
    ],
)
def test_what_no_file_can_hold_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        dataclasses.replace(SMALL, **wrong)  # type: ignore[arg-type]
