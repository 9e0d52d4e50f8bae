"""Clips of real coded pictures, decoded: each visible frame names itself, so the container is not trusted with the time.

Decoded by PyAV always and by the ffmpeg command for some, which is an independent build of another version.
"""

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.delivery import read_chunks, write_to
from extract.plan import Mode, Plan, plan
from extract.virtual_file import VirtualFile, build
from foundation.mp4.movie import read_movie
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange
from tests.support.coded_footage import HEIGHT, RATE, WIDTH, Recipe, Recording, encode, number_of, record
from tests.support.luma import luma

Recorded = Callable[[str], Recording]  # not a mapping: a failing example would print all of it
START = 1_772_000_000_123_457
CLOSED = "keyint=10:min-keyint=10:scenecut=0:bframes=0"
PYRAMID = "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-pyramid=normal:b-adapt=0"
OPEN = "keyint=12:min-keyint=12:scenecut=0:bframes=2:b-adapt=0:open-gop=1"

# Each scene: its runs as (recipe, gap before in microseconds), and the least length of a segment in ticks.
SCENES = {
    "one run, no B-frames": ([(Recipe(params=CLOSED, frames=90), 0)], 72_000),
    "B-frames as references": ([(Recipe(params=PYRAMID, frames=90), 0)], 80_000),
    "open groups": ([(Recipe(params=OPEN, frames=90), 0)], 40_000),
    "uneven rate with B-frames": ([(Recipe(params=PYRAMID, frames=90, uneven=True), 0)], 100_000),
    "H.265 open groups": ([(Recipe("libx265", OPEN + ":bframes=2", frames=60), 0)], 40_000),
    "MPEG-4 part 2": ([(Recipe("mpeg4", "bframes=2", frames=60), 0)], 60_000),
    "runs, gaps and two configurations": (
        [
            (Recipe(params=CLOSED, frames=40), 0),
            (Recipe(params=PYRAMID, frames=40, first=100), 700_000),
            (Recipe(params=OPEN, frames=40, first=200, uneven=True), 0),
        ],
        50_000,
    ),
    "sound over a gap": (
        [
            (Recipe(params=PYRAMID, frames=60, sound=True), 0),
            (Recipe(params=CLOSED, frames=60, sound=True, first=100), 333_333),
        ],
        50_000,
    ),
}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    made = {}
    for name, (runs, each) in SCENES.items():
        folder = tmp_path_factory.mktemp("scene")
        recording, at = Recording(folder / "store"), START
        recording.folder.mkdir()
        for number, (recipe, gap) in enumerate(runs):
            source = folder / f"{number}.mp4"
            encode(source, recipe, seed=number)
            at = record(recording, source, recipe, number + 1, at + gap, each)
        made[name] = recording
    return made.__getitem__


def pick(dice: random.Random, recording: Recording) -> TimeRange:
    times = sorted(recording.captured.values())
    low, high = times[0] - 200_000, times[-1] + 240_000
    ends = [dice.choice((dice.randint(low, high), dice.choice(times) + dice.choice((-1, 0, 1)))) for _ in range(2)]
    return TimeRange(min(ends), max(*ends, min(ends) + 1))


def expected(recording: Recording, span: TimeRange) -> list[int]:
    inside = [number for number, at in recording.captured.items() if span.contains(at)]
    covered = any(item.start_us <= span.start_us < item.end_us for item in recording.footage)
    if not inside and covered:
        return [max((at, number) for number, at in recording.captured.items() if at <= span.start_us)[1]]
    return sorted(inside)


def written(planned: Plan, recording: Recording, path: Path) -> VirtualFile:
    (part,) = planned.parts
    virtual = build(part, planned.mode, "tag")
    write_to(virtual, LocalFiles(recording.folder), path)
    assert path.stat().st_size == virtual.size
    return virtual


def decoded(path: Path) -> list[tuple[int, float]]:
    with av.open(str(path)) as container:
        return [(number_of(luma(frame)), float(frame.time or 0)) for frame in container.decode(video=0)]


def decoded_by_ffmpeg(path: Path) -> list[int]:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v", "-fps_mode", "passthrough"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True).stdout
    pictures = np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH)
    return [number_of(one) for one in pictures]


@pytest.mark.parametrize("scene", SCENES)
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_every_decoded_frame_is_the_right_one(
    recordings: Recorded, tmp_path_factory: pytest.TempPathFactory, scene: str, number: int
) -> None:
    dice = random.Random(number)
    recording = recordings(scene)
    span = pick(dice, recording)
    planned = plan(recording.footage, span, "exact", recording.load, audio=dice.random() < 0.5)
    wanted = expected(recording, span)
    assert bool(planned.parts) == bool(wanted)
    if not wanted:
        return
    path = tmp_path_factory.getbasetemp() / f"clip-{scene}.mp4"
    virtual = written(planned, recording, path)
    found = decoded(path)
    assert [shown for shown, _ in found] == wanted
    assert found[0][1] == 0
    if number % 5 == 0:
        assert decoded_by_ffmpeg(path) == wanted
    check_bytes(recording, path, virtual)


def check_bytes(recording: Recording, path: Path, virtual: VirtualFile) -> None:
    """Each sample is one of the recorded samples, bit for bit, and chunks of any size give the same file."""
    data = path.read_bytes()
    movie = read_movie(lambda at, length: data[at : at + length], len(data))
    known = set(recording.samples.values())
    for track in movie.tracks:
        for offset, size in zip(track.samples.offset.tolist(), track.samples.size.tolist(), strict=True):
            assert data[offset : offset + size] in known
    store = LocalFiles(recording.folder)
    assert b"".join(read_chunks(virtual, store, 0, virtual.size, 1000)) == data


@pytest.mark.parametrize("scene", SCENES)
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_strict_and_keyframe_clips_decode_from_the_first_to_the_last_frame(
    recordings: Recorded, tmp_path_factory: pytest.TempPathFactory, scene: str, number: int
) -> None:
    dice = random.Random(number)
    recording = recordings(scene)
    span = pick(dice, recording)
    path = tmp_path_factory.getbasetemp() / f"other-{scene}.mp4"
    modes: tuple[Mode, ...] = ("strict", "keyframe")
    for mode in modes:
        planned = plan(recording.footage, span, mode, recording.load)
        if not planned.parts:
            continue
        written(planned, recording, path)
        shown = [number for number, _ in decoded(path)]
        assert shown == sorted(set(shown))
        assert len(shown) == planned.frames
        inside = [item for item in shown if span.contains(recording.captured[item])]
        if mode == "strict":
            assert inside == shown
        else:
            assert inside == [item for item in expected(recording, span) if span.contains(recording.captured[item])]


def heard(path: Path) -> npt.NDArray[np.int16]:
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:a",
        "-af",
        "aresample=async=1:min_hard_comp=0.001:first_pts=0",
    ]
    raw = subprocess.run([*command, "-f", "s16le", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.int16)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_sound_begins_and_ends_with_the_picture(
    recordings: Recorded, tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    """Within one run the sound of a clip is, sample for sample, the source's sound of the same instants."""
    dice = random.Random(number)
    recording = recordings("sound over a gap")
    times = [at for number, at in recording.captured.items() if number < 100]
    low, high = dice.randint(times[0], times[-20]), 0
    high = dice.randint(low + 300_000, times[-1])
    planned = plan(recording.footage, TimeRange(low, high), "exact", recording.load, audio=True)
    path = tmp_path_factory.getbasetemp() / "sound.mp4"
    virtual = written(planned, recording, path)
    source, clip = heard(recording.sources[0]), heard(path)
    cut = planned.parts[0].cuts[0]
    first_us = cut.footage[int(cut.owner[cut.seen][0])].wall_us(cut.first - cut.bases[int(cut.owner[cut.seen][0])])
    at = round((first_us - START) * RATE / 1_000_000)
    length = min(len(clip), len(source) - at)
    assert abs(len(clip) - virtual.duration_ticks * RATE // 90_000) <= 1024
    assert length > RATE // 5
    apart = np.abs(clip[:length].astype(int) - source[at : at + length].astype(int))
    assert int(apart.max()) <= 2


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_sound_after_a_gap_is_in_time_with_the_picture(
    recordings: Recorded, tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    """The gap is played over, and what sounds after it is the second source's sound from its very beginning."""
    dice = random.Random(number)
    recording = recordings("sound over a gap")
    times = sorted(recording.captured.values())
    span = TimeRange(dice.randint(times[0], times[40]), dice.randint(times[80], times[-1]))
    planned = plan(recording.footage, span, "exact", recording.load, audio=True)
    path = tmp_path_factory.getbasetemp() / "gap.mp4"
    written(planned, recording, path)
    before = planned.parts[0].cuts[0]
    at = round((before.end - before.first) * RATE / 90_000)
    clip, source = heard(path)[at:].astype(int), heard(recording.sources[1]).astype(int)
    length = min(len(clip), len(source)) - 1024
    assert length > RATE // 2
    assert int(np.abs(clip[:length] - source[:length])[1024:].max()) <= 2
