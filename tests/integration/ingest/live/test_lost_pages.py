"""A page of an open segment that a power cut took, wherever in the file it is: all before it is kept, and nothing broken."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foundation.mp4.errors import Mp4Unreadable
from foundation.timebase import MEDIA_TIMESCALE
from ingest.coding import Coding, coding_from_units
from ingest.live.remains import _sealed
from ingest.segment_writer import SegmentWriter
from ingest.segmenter import Opening
from sample_clips.live_footage import Coded, coded
from tests.support.live_ward import samples_of, whole_fragments
from tests.support.power_cut import PAGE
from tests.support.quick_street import LOOP, RATE

FRAMES = 60
FRAGMENT = 20
_FILLER = 12  # a NAL unit that decoders pass over (ITU-T H.264, 7.3.2.7)


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Coded:
    return coded(tmp_path_factory.mktemp("loop"), LOOP)


@pytest.fixture(scope="module")
def coding(loop: Coded) -> Coding:
    return coding_from_units("h264", b"".join(b"\0\0\0\1" + unit for unit in (loop.sps, loop.pps, loop.frames[0][0])))


def frames_of(loop: Coded, padding: int) -> list[bytes]:
    """Return frames as samples, the first longer by a filler of so many bytes."""
    frames = [b"".join(len(unit).to_bytes(4, "big") + unit for unit in units) for units in loop.frames[:FRAMES]]
    filler = bytes([_FILLER]) + b"\xff" * padding
    return [frames[0] + len(filler).to_bytes(4, "big") + filler, *frames[1:]]


def written(path: Path, loop: Coded, coding: Coding, padding: int = 0) -> bytes:
    """Write an open segment of three fragments; return its bytes."""
    writer = SegmentWriter(path, Opening(0, 0, coding, None, True))
    frames, step = frames_of(loop, padding), MEDIA_TIMESCALE // RATE
    for begin in range(0, FRAMES, FRAGMENT):
        pts = np.arange(begin, begin + FRAGMENT, dtype=np.int64) * step
        writer.add(pts, np.arange(FRAGMENT) == 0, frames[begin : begin + FRAGMENT], (begin + FRAGMENT) * step, [])
    writer.abandon()
    return path.read_bytes()


def heads(data: bytes) -> Iterator[int]:
    """Yield where fragments begin."""
    at = data.find(b"moof") - 4
    while at >= 0:
        yield at
        at = data.find(b"moof", at + 8) - 4


def after_losing(path: Path, data: bytes, at: int) -> list[bytes]:
    """Return the frames that are left once the page at `at` is lost; nothing where the file is to be set aside."""
    path.write_bytes(data[:at] + bytes(len(data[at : at + PAGE])) + data[at + PAGE :])
    try:
        return [] if _sealed(path, lambda _name: None) is None else list(samples_of(path.read_bytes()))
    except Mp4Unreadable:
        return []


def test_whatever_page_is_lost(loop: Coded, coding: Coding, tmp_path: Path) -> None:
    data, frames = written(tmp_path / "open.mp4", loop, coding), frames_of(loop, 0)
    assert len(data) > 20 * PAGE
    for at in range(0, len(data), PAGE):
        found = after_losing(tmp_path / "lost.mp4", data, at)
        assert found == frames[: len(found)]
        assert len(found) >= len(list(samples_of(whole_fragments(data[:at]))))


def test_wherever_in_pictures_and_heads_a_lost_page_begins(loop: Coded, coding: Coding, tmp_path: Path) -> None:
    """Shifted by a few bytes each time, the page begins within the head of the last fragment, and within pictures before it."""
    begun = set()
    for padding in range(0, PAGE, 12):
        path = tmp_path / f"{padding}.mp4"
        data, frames = written(path, loop, coding, padding), frames_of(loop, padding)
        *_, head = heads(data)
        for at in (head // PAGE * PAGE, head // PAGE * PAGE + PAGE):
            begun.add(at - head)
            found = after_losing(path, data, at)
            assert found == frames[: len(found)]
            assert len(found) >= FRAMES - FRAGMENT - (FRAGMENT if at < head else 0)
    assert len([at for at in begun if 8 <= at < 64]) >= 4
