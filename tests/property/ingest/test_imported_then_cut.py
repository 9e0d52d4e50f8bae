"""From file to clip: recordings are imported, any range of them is cut, and every frame that shows tells its own time.

Nothing of ours is asked which frames a clip ought to hold: the bar codes say it, decoded by PyAV always and by the ffmpeg
command, another build of another version, for some.
"""

import hashlib
import io
import random
import subprocess
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.clips import ClipEmpty, make_clip, open_clip
from extract.delivery import write_to
from extract.frames import frame_at
from extract.times import passages_of, wall_at
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.mp4.movie import read_movie
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange
from sample_clips import barcode
from sample_clips.generator import Recipe, make
from tests.support.databases import sqlite_catalogue
from tests.support.house import START_US, House, furnish
from tests.support.luma import luma
from tests.support.sources import bare, has_start_codes, source_samples

ACTOR = Actor("Trần Văn Đạo", "person")
SECOND = 1_000_000
WIDTH, HEIGHT = 512, 96


def recipe(
    camera: str, after_s: int, seconds: int, codec: str = "h264", container: str = "mp4", **more: int | str
) -> Recipe:
    shape = {"width": WIDTH, "height": HEIGHT, "rate": 10, "key_every": 20} | more
    return Recipe(camera, START_US + after_s * SECOND, seconds, codec, container, **shape)  # type: ignore[arg-type]


# Each camera has a first recording of more than a minute, so of several segments, and another behind it or after a gap.
SCENES = {
    "B-frames, then an uneven rate after a gap": [
        recipe("C1", 0, 130, b_frames=2),
        recipe("C1", 137, 40, container="mkv", uneven=True, rate=20),
    ],
    "H.265 with sound, then H.264 without a gap": [
        recipe("C2", 0, 70, "h265", "ts", sound="aac"),
        recipe("C2", 70, 70, "h264", "fmp4", uneven=True, rate=20, b_frames=2),
    ],
    "AVI with sound, twice": [
        recipe("C3", 0, 65, container="avi", sound="pcm_alaw"),
        recipe("C3", 66, 65, container="avi", sound="pcm_alaw"),
    ],
    "MPEG-4 part 2 with B-frames": [
        recipe("C4", 0, 90, "mpeg4", "mov", b_frames=2),
        recipe("C4", 93, 30, "mpeg4", "avi"),
    ],
    "MJPEG": [recipe("C5", 0, 65, "mjpeg", "avi"), recipe("C5", 70, 20, "mjpeg", "mov")],
}


@dataclass
class Imported:
    """A camera's true capture times, in order, and the hashes of the samples that its sources hold."""

    house: House
    camera: str
    captured: list[int] = field(default_factory=list, repr=False)
    ends: list[int] = field(default_factory=list)
    hashes: dict[bool, set[str]] = field(default_factory=lambda: {False: set(), True: set()}, repr=False)

    def add(self, source: Path, made: Recipe) -> None:
        done = self.house.bring(source, self.camera, made.start_us)
        assert done.notices == ()
        self.captured += made.captured_us()
        self.ends.append(done.end_us)
        for kind in ("video", *(("audio",) if made.sound else ())):
            stripped = kind == "video" and has_start_codes(made.codec, source)
            self.hashes[stripped] |= {digest(one) for one in source_samples(source, kind)}

    def inside(self, span: TimeRange) -> list[int]:
        """Return the milliseconds of the frames captured in `span`; of the one before it, if it alone was on display."""
        found = self.captured[bisect_left(self.captured, span.start_us) : bisect_left(self.captured, span.end_us)]
        if not found:
            before = max((at for at in self.captured if at <= span.start_us), default=None)
            over = [end for end in self.ends if before is not None and before < end <= span.start_us]
            found = [] if before is None or over else [before]
        return [at // 1000 for at in found]


def digest(sample: bytes) -> str:
    return hashlib.sha256(sample).hexdigest()


@pytest.fixture(scope="module")
def cameras(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Imported]]:
    """Give the cameras by the name of their scene: not as a mapping, of which a failing example would print all."""
    data, sources = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("sources")
    clock = ManualClock(START_US + 3600 * SECOND)
    with sqlite_catalogue(_sqlite_template, data) as engine:
        house = furnish(engine, LocalFiles(data / "footage"), clock, data, ACTOR)

        @cache
        def camera(scene: str) -> Imported:
            recipes = SCENES[scene]
            found = Imported(house, recipes[0].camera)
            for number, one in enumerate(recipes):
                source = sources / f"{one.camera}-{number}.{one.suffix}"
                make(source, one)
                found.add(source, one)
            return found

        yield camera


def pick(dice: random.Random, camera: Imported) -> TimeRange:
    """Choose a range: mostly of some seconds, borders anywhere, at a frame or a microsecond beside it."""
    low, high = camera.captured[0] - SECOND, camera.captured[-1] + SECOND

    def border(at: int) -> int:
        after = bisect_left(camera.captured, at)
        nearest = min(camera.captured[max(0, after - 1) : after + 1], key=lambda one: abs(one - at))
        return dice.choice((at, nearest, nearest - 1, nearest + 1))

    begin = border(dice.randint(low, high))
    length = dice.choice((1, dice.randint(1, SECOND), dice.randint(1, 8 * SECOND), dice.randint(1, 70 * SECOND)))
    return TimeRange(begin, max(begin + 1, border(begin + length)))


@pytest.mark.parametrize("scene", SCENES)
@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_any_range_of_an_import_is_cut_exactly(
    cameras: Callable[[str], Imported], tmp_path_factory: pytest.TempPathFactory, scene: str, number: int
) -> None:
    dice, camera = random.Random(number), cameras(scene)
    house, span = camera.house, pick(dice, camera)
    wanted = camera.inside(span)
    with unit_of_work(house.engine) as session:
        cut = (session, house.clock, house.store, ACTOR, camera.camera, span)
        if not wanted:
            with pytest.raises(ClipEmpty):
                make_clip(*cut)
            return
        made = make_clip(*cut, audio=dice.random() < 0.5, times=dice.random() < 0.3)
        files = [open_clip(session, house.store, made.id, part["part"]) for part in made.receipt["parts"]]
    assert made.receipt["frames"]["visible"] == len(wanted)
    shown: list[int] = []
    for part, virtual in enumerate(files, 1):
        path = tmp_path_factory.getbasetemp() / f"cut-{camera.camera}-{part}.mp4"
        write_to(virtual, house.store, path)
        seen = by_av(path)
        passages = passages_of(made.receipt, part)
        assert all(abs(wall_at(passages, ticks) - at_ms * 1000) <= 1000 for ticks, at_ms in seen)
        shown += [at_ms for _, at_ms in seen]
        if number % 8 == 0:
            assert by_ffmpeg(path) == [at_ms for _, at_ms in seen]
        samples_are_the_sources(path, camera)
    assert shown == wanted


def by_av(path: Path) -> list[tuple[int, int]]:
    """Return (media time in 1/90000 s, milliseconds of the bar code) of the frames that libav shows."""
    told = []
    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1  # which is quicker for so small pictures
        for frame in container.decode(video=0):
            at_ms = code_of(frame)
            assert at_ms is not None
            assert frame.time is not None
            told.append((round(frame.time * 90_000), at_ms))
    return told


def code_of(frame: av.VideoFrame) -> int | None:
    return barcode.read(luma(frame))


def by_ffmpeg(path: Path) -> list[int | None]:
    command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(path), "-map", "0:v", "-fps_mode", "passthrough"]
    bars = ["-vf", f"crop={barcode.WIDTH}:{barcode.CELL}:0:0", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    raw = subprocess.run([*command, *bars], capture_output=True, check=True).stdout
    return [barcode.read(one) for one in np.frombuffer(raw, np.uint8).reshape(-1, barcode.CELL, barcode.WIDTH)]


def samples_are_the_sources(path: Path, camera: Imported) -> None:
    """Each sample of pictures and sound is, bit for bit, one that a source file holds."""
    data = path.read_bytes()
    for track in read_movie(lambda at, length: data[at : at + length], len(data)).tracks:
        if track.media in {"video", "audio"}:
            places = zip(track.samples.offset.tolist(), track.samples.size.tolist(), strict=True)
            samples = [data[at : at + size] for at, size in places]
            assert all(
                digest(one) in camera.hashes[False] or digest(bare(one)) in camera.hashes[True] for one in samples
            )


@pytest.mark.parametrize("scene", SCENES)
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_the_frame_at_an_instant_is_the_one_on_display(
    cameras: Callable[[str], Imported], scene: str, number: int
) -> None:
    dice, camera = random.Random(number), cameras(scene)
    at = dice.choice(camera.captured) + dice.choice((0, 1, 20_000))
    with unit_of_work(camera.house.engine, writes=False) as session:
        found = frame_at(session, camera.house.store, camera.camera, at)
    with av.open(io.BytesIO(found.jpeg), "r") as picture:
        (frame,) = picture.decode(video=0)
    assert code_of(frame) == max(one for one in camera.captured if one <= at) // 1000
    assert found.time_us == max(one for one in camera.captured if one <= at)
