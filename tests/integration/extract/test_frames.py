"""The frame on display at an instant, dated by its bar code."""

import io
import random

import av
import pytest

from extract.frames import Frame, GapNotRecorded, WidthUnusable, frame_at
from foundation.database import unit_of_work
from foundation.timebase import format_instant
from tests.support.coded_footage import HEIGHT, WIDTH, number_of
from tests.support.indexed_footage import Scene
from tests.support.luma import luma

START = 1_772_892_000_000_000


def number(frame: Frame) -> int:
    with av.open(io.BytesIO(frame.jpeg), "r", format="jpeg_pipe") as container:
        return number_of(luma(next(container.decode(video=0))))


def test_any_instant_shows_the_frame_captured_last(scene: Scene) -> None:
    dice = random.Random(1)
    captured = sorted((at, name) for name, at in scene.recording.captured.items())
    instants = [
        captured[0][0],
        captured[-1][0],
        *(dice.choice(captured)[0] + dice.randint(0, 39_999) for _ in range(25)),
    ]
    with unit_of_work(scene.engine, writes=False) as session:
        for at in instants:
            frame = frame_at(session, scene.store, scene.camera, at)
            time, name = max(item for item in captured if item[0] <= at)
            assert frame.time_us == time
            assert number(frame) == name
            assert (frame.width, frame.height) == (WIDTH, HEIGHT)


def test_a_smaller_frame_keeps_its_shape_and_is_never_enlarged(scene: Scene) -> None:
    with unit_of_work(scene.engine, writes=False) as session:
        small = frame_at(session, scene.store, scene.camera, START + 1_000_000, width=64)
        large = frame_at(session, scene.store, scene.camera, START + 1_000_000, width=4000)
        with pytest.raises(WidthUnusable):
            frame_at(session, scene.store, scene.camera, START, width=3)
    assert (small.width, small.height) == (64, 32)
    assert (large.width, large.height) == (WIDTH, HEIGHT)


def test_in_a_gap_the_nearest_recorded_times_are_named(scene: Scene) -> None:
    with unit_of_work(scene.engine, writes=False) as session:
        with pytest.raises(GapNotRecorded) as gap:
            frame_at(session, scene.store, scene.camera, START + 5_000_000)
        with pytest.raises(GapNotRecorded) as before:
            frame_at(session, scene.store, scene.camera, START - 5_000_000)
    assert gap.value.fields["before"] == format_instant(START + 4_000_000)
    assert gap.value.fields["after"] == format_instant(START + 6_000_000)
    assert before.value.fields["before"] == "–"
