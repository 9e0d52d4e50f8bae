"""Every coding in every container: each frame keeps its time, each sample its bytes, and the original its hash."""

import hashlib
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.mp4.model import Track
from foundation.mp4.movie import read_movie
from foundation.timebase import rescale
from sample_clips.generator import Made, Recipe, make
from tests.support.house import START_US, House, shown
from tests.support.sources import bare, has_start_codes, source_samples

_VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "b_frames": {"b_frames": 2},
    "uneven": {"uneven": True, "rate": 20},
    "aac": {"sound": "aac"},
    "alaw": {"sound": "pcm_alaw"},
}
_MS = {"mkv"}
"""Matroska keeps milliseconds."""


def recipes() -> Iterator[Any]:
    codecs, containers = ("h264", "h265", "mpeg4", "mjpeg"), ("mp4", "mov", "fmp4", "mkv", "avi", "ts")
    for codec, container, (name, more) in itertools.product(codecs, containers, _VARIANTS.items()):
        try:
            recipe = Recipe(
                "C1", START_US, 2, codec, container, width=512, height=96, key_every=10, **{"rate": 10} | more
            )
        except ValueError:
            continue  # sample_clips lists what no such file can hold
        if not (codec == "mjpeg" and recipe.b_frames):
            yield pytest.param(recipe, id=f"{codec}-{container}-{name}")


def payloads(track: Track, data: bytes) -> list[bytes]:
    samples = track.samples
    return [data[o : o + s] for o, s in zip(samples.offset.tolist(), samples.size.tolist(), strict=True)]


@pytest.mark.parametrize("recipe", list(recipes()))
def test_frames_keep_their_times_and_samples_their_bytes(recipe: Recipe, small_house: House, tmp_path: Path) -> None:
    path = tmp_path / f"source.{recipe.suffix}"
    made = make(path, recipe)
    done = small_house.bring(path)
    assert (done.frames, done.segments, done.notices) == (len(made.captured_us), 1, ())
    (segment,) = small_house.segments()
    data = small_house.bytes_of(segment.key)
    assert hashlib.sha256(data).digest() == segment.sha256
    _times_hold(made, data, segment, 1 if recipe.container in _MS else 0)
    _bytes_hold(path, data, recipe.codec)
    assert _counted(small_house.store.local_path(segment.key)) == len(made.captured_us)
    assert _original(small_house, done.import_id) == path.read_bytes()
    assert done.sha256 == made.sha256


def _times_hold(made: Made, data: bytes, segment: Any, off_ms: int) -> None:
    frames = list(shown(data))
    expected = [at // 1000 for at in made.captured_us]
    assert [code for _, code in frames] == expected
    told = [segment.start_us + rescale(at, segment.end_us - segment.start_us, segment.media_ticks) for at, _ in frames]
    assert all(
        abs(told_us - at_us) <= off_ms * 1000 + 12 for told_us, at_us in zip(told, made.captured_us, strict=True)
    )


def _bytes_hold(path: Path, data: bytes, codec: str) -> None:
    movie = read_movie(lambda at, length: data[at : at + length], len(data))
    for track in movie.tracks:
        kept, source = payloads(track, data), source_samples(path, track.media)
        if track.media == "audio":
            source = source[len(source) - len(kept) :]  # the priming of AAC lies before the first picture
        elif has_start_codes(codec, path):
            kept = [bare(sample) for sample in kept]
        assert [hashlib.sha256(sample).digest() for sample in kept] == [hashlib.sha256(one).digest() for one in source]


def _counted(path: Path | None) -> int:
    """Count the frames with another program than the one that wrote them."""
    asked = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0"]
    told = subprocess.run(
        [*asked, "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", str(path)],
        capture_output=True,
        check=True,
    )
    assert not told.stderr
    return int(told.stdout)


def _original(house: House, import_id: str) -> bytes:
    (key,) = [key for key, _ in house.store.keys("originals/") if import_id in key]
    return house.bytes_of(key)
