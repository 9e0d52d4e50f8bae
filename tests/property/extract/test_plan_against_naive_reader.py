"""Thousands of random ranges over random footage: what the file shows is what a naive reader of all frames would pick.

The file is read back from its header alone: edit list, sample tables and extents, so the whole of planning, layout and
header stands against the definition of a clip.
"""

import random
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.cut import Mode
from extract.plan import Plan, plan
from extract.times import passages, wall_at
from extract.virtual_file import VirtualFile, build
from foundation.mp4.movie import parse_moov
from foundation.timebase import TimeRange, subtract
from tests.support.synthetic_footage import Camera, Frame, random_camera

TICK_US = 12


@dataclass(frozen=True)
class Shown:
    frame: Frame
    at: int  # clip time, ticks


def read_back(camera: Camera, virtual: VirtualFile) -> tuple[list[Frame], list[Shown], int]:
    """Return all frames in the file in decode order, those shown in order, and the clip's duration in ticks."""
    moov = virtual.header[virtual.header.index(b"moov") - 4 :]
    movie = parse_moov(moov[: int.from_bytes(moov[:4], "big")])
    (track,) = movie.tracks
    known = {(frame.key, frame.offset): frame for frame in camera.frames}
    starts = [len(virtual.header)]
    for extent in virtual.extents:
        starts.append(starts[-1] + extent.length)
    frames = []
    for offset, size in zip(track.samples.offset.tolist(), track.samples.size.tolist(), strict=True):
        place = bisect_right(starts, offset) - 1
        extent = virtual.extents[place]
        frame = known[extent.key, extent.offset + offset - starts[place]]
        assert frame.size == size
        assert offset + size <= starts[place + 1]
        frames.append(frame)
    assert (np.diff(track.samples.dts) > 0).all()
    assert (track.samples.cts >= 0).all()
    assert [frame.sync for frame in frames] == track.samples.key.tolist()
    pts = track.samples.pts.tolist()
    shown: list[Shown] = []
    now = 0
    for edit in track.edits:
        inside = [place for place in range(len(pts)) if edit.media_time <= pts[place] < edit.media_time + edit.duration]
        shown += [Shown(frames[p], now + pts[p] - edit.media_time) for p in sorted(inside, key=pts.__getitem__)]
        now += edit.duration
    return frames, shown, now


def files(planned: Plan) -> list[VirtualFile]:
    return [build(part, planned.mode, "tag") for part in planned.parts]


def pick_span(seed: random.Random, camera: Camera) -> TimeRange:
    edges = [edge for item in camera.footage for edge in (item.start_us, item.end_us)]
    edges += [frame.wall_us for frame in camera.frames]
    low, high = min(edges) - 500_000, max(edges) + 500_000
    start = seed.choice((seed.randint(low, high), seed.choice(edges) + seed.choice((-1, 0, 0, 1))))
    end = seed.choice((seed.randint(low, high), seed.choice(edges) + seed.choice((-1, 0, 0, 1)), start + 1))
    return TimeRange(min(start, end), max(start, end) + (start == end))


def decodable(camera: Camera, frame: Frame) -> bool:
    """A leading picture leans on the frames before its key frame; these may be gone."""
    known = {(item.run_id, item.number) for item in camera.frames}
    return not frame.leading or (frame.run_id, frame.group - 1) in known


def needs(camera: Camera, frame: Frame) -> list[Frame]:
    """Return all frames that must be decoded for `frame`: from the key frame before it in presentation."""
    run = [item for item in camera.frames if item.run_id == frame.run_id and item.number <= frame.number]
    begin = max(item.number for item in run if item.sync and item.pts <= frame.pts)
    return [item for item in run if item.number >= begin and not (item.leading and item.group == begin)]


@settings(max_examples=1200, deadline=None)
@given(st.integers(0, 2**40))
def test_exact_shows_the_frames_captured_in_the_range_and_no_other(number: int) -> None:
    seed = random.Random(number)
    camera = random_camera(seed)
    if seed.random() < 0.3:
        camera = camera.without({seed.choice(camera.footage).key}) if len(camera.footage) > 1 else camera
    span = pick_span(seed, camera)
    planned = plan(camera.footage, span, "exact", camera.load)
    captured = [item for item in camera.frames if span.contains(item.wall_us)]
    wanted = sorted((item for item in captured if decodable(camera, item)), key=lambda item: item.wall_us)
    covers_start = any(item.start_us <= span.start_us < item.end_us for item in camera.footage)
    if not captured and covers_start:
        before = [item for item in camera.frames if item.wall_us <= span.start_us]
        shown_then = max(before, key=lambda item: item.wall_us)
        wanted = [shown_then] if decodable(camera, shown_then) else []
    found = files(planned)
    assert len(found) == (1 if wanted else 0)
    if not wanted:
        return
    frames, shown, duration = read_back(camera, found[0])
    assert [item.frame for item in shown] == wanted
    assert planned.frames == len(wanted)
    in_file = set(frames)
    for frame in wanted:
        assert set(needs(camera, frame)) <= in_file
    assert frames[0].sync
    last_decoded = [item for item in frames if item.run_id == wanted[-1].run_id][-1]
    assert last_decoded in wanted
    check_times(camera, planned, span, shown, duration)


def check_times(camera: Camera, planned: Plan, span: TimeRange, shown: list[Shown], duration: int) -> None:
    """Frames stand as far apart as they were captured, the last ends at the next one or at `to`; nothing twice."""
    (part,) = planned.parts
    mapped = passages(part)
    assert shown[0].at == 0
    assert mapped[0].start_ticks == 0
    assert mapped[-1].end_ticks == duration
    for before, after in pairwise(mapped):
        assert before.end_ticks == after.start_ticks
        assert before.end_us <= after.start_us
    for item in shown:
        assert abs(wall_at(mapped, item.at) - item.frame.wall_us) <= TICK_US
    for one, other in pairwise(shown):
        if unbroken(one.frame, other.frame):
            assert other.at - one.at == other.frame.pts - one.frame.pts
    assert mapped[-1].end_us <= span.end_us


def unbroken(before: Frame, after: Frame) -> bool:
    """Tell whether no segment lies between those of two frames."""
    numbers = [int(frame.key.rsplit("/", 1)[1]) for frame in (before, after)]
    return before.run_id == after.run_id and numbers[1] - numbers[0] <= 1


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**40))
def test_strict_holds_no_sample_from_outside_and_begins_with_a_key_frame(number: int) -> None:
    seed = random.Random(number)
    camera = random_camera(seed)
    span = pick_span(seed, camera)
    planned = plan(camera.footage, span, "strict", camera.load)
    captured = [item for item in camera.frames if span.contains(item.wall_us)]
    found = files(planned)
    if not found:
        assert not [item for item in captured if item.sync]
        return
    frames, shown, _ = read_back(camera, found[0])
    assert all(span.contains(item.wall_us) for item in frames)
    assert {item.frame for item in shown} == set(frames)
    for run_id in {item.run_id for item in frames}:
        mine = [item for item in frames if item.run_id == run_id]
        assert mine[0].sync
        # Nothing that could be there is left out: all up to the first frame, in decode order, beyond the range.
        run = [item for item in camera.frames if item.run_id == run_id and item.number >= mine[0].number]
        assert mine[0].number == min(f.number for f in captured if f.sync and f.run_id == run_id)
        stop = next((item.number for item in run if item.wall_us >= span.end_us), run[-1].number + 1)
        assert mine == [item for item in run if item.number < stop and item.pts >= mine[0].pts]
    left_out = [item for item in captured if item not in set(frames)]
    assert bool(left_out) == bool(planned.lost)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**40))
def test_keyframe_begins_with_the_key_frame_at_or_before_and_shows_all_from_there(number: int) -> None:
    seed = random.Random(number)
    camera = random_camera(seed)
    span = pick_span(seed, camera)
    planned = plan(camera.footage, span, "keyframe", camera.load)
    covers = [item for item in camera.footage if item.start_us <= span.start_us < item.end_us]
    begin = span.start_us
    if covers:
        same = [f for f in camera.frames if f.run_id == covers[0].run_id and f.sync and f.wall_us <= begin]
        begin = max(f.wall_us for f in same)
    wanted = sorted((f for f in camera.frames if begin <= f.wall_us < span.end_us), key=lambda f: f.wall_us)
    found = files(planned)
    assert len(found) == (1 if wanted else 0)
    if wanted:
        frames, shown, _ = read_back(camera, found[0])
        assert [item.frame for item in shown] == wanted
        assert frames[0] == wanted[0]


@settings(max_examples=800, deadline=None)
@given(st.integers(0, 2**40))
def test_overlapping_streams_show_no_time_twice_and_leave_none_out(number: int) -> None:
    seed = random.Random(number)
    camera = random_camera(seed, streams=seed.randint(2, 3))
    span = pick_span(seed, camera)
    planned = plan(camera.footage, span, "exact", camera.load)
    clipped = [TimeRange(item.start_us, item.end_us).intersection(span) for item in camera.footage]
    recorded = [item for item in clipped if item is not None]
    assert planned.covered == tuple(subtract(span, subtract(span, recorded)))
    assert not planned.lost
    found = files(planned)
    if not found:
        assert not recorded or not any(span.contains(frame.wall_us) for frame in camera.frames)
        return
    frames, shown, duration = read_back(camera, found[0])
    walls = [item.frame.wall_us for item in shown]
    assert walls == sorted(set(walls))
    mapped = passages(planned.parts[0])
    assert mapped[-1].end_ticks == duration
    for before, after in pairwise(mapped):
        assert before.end_us <= after.start_us
    in_file = set(frames)
    for item in shown:
        assert set(needs(camera, item.frame)) <= in_file
    # Between two shown frames of one stream that follow each other there is no other frame of that run.
    for one, other in pairwise(shown):
        if one.frame.run_id == other.frame.run_id:
            run = [f for f in camera.frames if f.run_id == one.frame.run_id]
            assert not [f for f in run if one.frame.wall_us < f.wall_us < other.frame.wall_us]


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**40), st.sampled_from(["exact", "keyframe", "strict"]))
def test_the_segments_that_answered_alone_give_the_same_file(number: int, mode: Mode) -> None:
    seed = random.Random(number)
    camera = random_camera(seed, streams=seed.randint(1, 3))
    span = pick_span(seed, camera)
    planned = plan(camera.footage, span, mode, camera.load)
    again = plan(planned.used, span, mode, camera.load)
    for one, other in zip(files(planned), files(again), strict=True):
        assert one.header == other.header
        assert one.extents == other.extents
