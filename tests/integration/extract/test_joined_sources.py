"""Footage that one file can or cannot hold: other sizes and codings become parts, overlapping streams one picture."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from extract.delivery import write_to
from extract.plan import plan
from extract.virtual_file import build
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange
from tests.support.coded_footage import Recipe, Recording, encode, number_of, record
from tests.support.luma import luma

START = 1_772_000_000_000_000
CLOSED = "keyint=10:min-keyint=10:scenecut=0:bframes=0"
PYRAMID = "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-pyramid=normal:b-adapt=0"


def shown(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [number_of(luma(frame)) for frame in container.decode(video=0)]


def recorded(folder: Path, *runs: tuple[Recipe, int]) -> Recording:
    found = Recording(folder / "store")
    found.folder.mkdir()
    for number, (recipe, begin) in enumerate(runs):
        encode(folder / f"{number}.mp4", recipe)
        record(found, folder / f"{number}.mp4", recipe, number + 1, START + begin, 60_000)
    return found


def test_another_coding_becomes_another_part(tmp_path: Path) -> None:
    recording = recorded(
        tmp_path,
        (Recipe(params=CLOSED, frames=50), 0),
        (Recipe("libx265", CLOSED, frames=50, first=100), 2_000_000),
        (Recipe(params=PYRAMID, frames=50, first=200), 4_000_000),
    )
    planned = plan(recording.footage, TimeRange(START + 500_000, START + 5_000_000), "exact", recording.load)
    assert [part.look.kind for part in planned.parts] == ["libx264", "libx265", "libx264"]
    seen = []
    for number, part in enumerate(planned.parts):
        write_to(build(part, "exact", "tag"), LocalFiles(recording.folder), tmp_path / f"part{number}.mp4")
        seen += shown(tmp_path / f"part{number}.mp4")
    assert seen == [*range(13, 50), *range(100, 150), *range(200, 225)]


@pytest.mark.parametrize(("params", "other"), [(CLOSED, PYRAMID), (PYRAMID, CLOSED), (PYRAMID, PYRAMID)])
@pytest.mark.parametrize("begin", [700_000, 1_230_000, 1_950_000])
def test_where_streams_overlap_each_instant_is_shown_once(tmp_path: Path, params: str, other: str, begin: int) -> None:
    """The second camera stream begins while the first still records; it takes over at a key frame of its own."""
    recording = recorded(
        tmp_path, (Recipe(params=params, frames=50), 0), (Recipe(params=other, frames=50, first=100), begin)
    )
    footage = [replace(item, stream_id=item.run_id, rank=item.run_id) for item in recording.footage]
    planned = plan(footage, TimeRange(START, START + 10_000_000), "exact", recording.load)
    path = tmp_path / "clip.mp4"
    write_to(build(planned.parts[0], "exact", "tag"), LocalFiles(recording.folder), path)
    seen = shown(path)
    times = [recording.captured[number] for number in seen]
    assert times == sorted(set(times))
    assert max(after - before for before, after in pairwise(times)) <= 80_000
    assert seen[0] == 0
    assert seen[-1] == 149
    assert len(planned.covered) == 1


def test_without_a_key_frame_in_the_overlap_the_new_source_hides_what_it_needs(tmp_path: Path) -> None:
    long = "keyint=50:min-keyint=50:scenecut=0:bframes=2:b-adapt=0"
    recording = recorded(
        tmp_path, (Recipe(params=PYRAMID, frames=50), 1_000_000), (Recipe(params=long, frames=100, first=100), 0)
    )
    footage = [replace(item, stream_id=item.run_id, rank=item.run_id) for item in recording.footage]
    span = TimeRange(START + 2_100_000, START + 3_500_000)
    planned = plan(footage, span, "exact", recording.load)
    virtual = build(planned.parts[0], "exact", "tag")
    write_to(virtual, LocalFiles(recording.folder), tmp_path / "clip.mp4")
    seen = shown(tmp_path / "clip.mp4")
    times = [recording.captured[number] for number in seen]
    assert times == sorted(set(times))
    assert max(after - before for before, after in pairwise(times)) <= 80_000
    assert span.contains(times[0])
    assert times[-1] >= span.end_us - 40_001


def test_where_the_beginning_of_a_run_was_deleted_its_undecodable_frames_are_told(tmp_path: Path) -> None:
    opened = "keyint=12:min-keyint=12:scenecut=0:bframes=2:b-adapt=0:open-gop=1"
    recording = recorded(tmp_path, (Recipe(params=opened, frames=60), 0))
    kept = recording.footage[1:]
    planned = plan(kept, TimeRange(START, START + 2_000_000), "exact", recording.load)
    write_to(build(planned.parts[0], "exact", "tag"), LocalFiles(recording.folder), tmp_path / "clip.mp4")
    seen = shown(tmp_path / "clip.mp4")
    first = min(number for number, at in recording.captured.items() if at >= kept[0].start_us)
    (lost,) = planned.lost
    assert lost.reason == "undecodable"
    assert lost.range.start_us == kept[0].start_us
    kept_span = TimeRange(lost.range.end_us, START + 2_000_000)
    assert seen == sorted(number for number, at in recording.captured.items() if kept_span.contains(at))
    assert seen[0] > first
