"""A page of an open segment that a power cut took, wherever in the file it is: all before it is kept, and nothing broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.mp4.errors import Mp4Unreadable
from ingest.live.remains import _sealed
from sample_clips.live_footage import Coded, coded
from tests.support.live_ward import samples_of, whole_fragments
from tests.support.open_segment import FRAGMENT, FRAMES, frames_of, open_segment
from tests.support.power_cut import PAGE
from tests.support.quick_street import LOOP


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Coded:
    return coded(tmp_path_factory.mktemp("loop"), LOOP)


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


def test_whatever_page_is_lost(loop: Coded, tmp_path: Path) -> None:
    data, frames = open_segment(tmp_path / "open.mp4", loop), frames_of(loop)
    assert len(data) > 20 * PAGE
    for at in range(0, len(data), PAGE):
        found = after_losing(tmp_path / "lost.mp4", data, at)
        assert found == frames[: len(found)]
        assert len(found) >= len(list(samples_of(whole_fragments(data[:at]))))


def test_wherever_in_pictures_and_heads_a_lost_page_begins(loop: Coded, tmp_path: Path) -> None:
    """Shifted by a few bytes each time, the page begins within the head of the last fragment, and within pictures before it."""
    begun = set()
    for padding in range(0, PAGE, 12):
        path = tmp_path / f"{padding}.mp4"
        data, frames = open_segment(path, loop, padding), frames_of(loop, padding)
        *_, head = heads(data)
        for at in (head // PAGE * PAGE, head // PAGE * PAGE + PAGE):
            begun.add(at - head)
            found = after_losing(path, data, at)
            assert found == frames[: len(found)]
            assert len(found) >= FRAMES - FRAGMENT - (FRAGMENT if at < head else 0)
    assert len([at for at in begun if 8 <= at < 64]) >= 4
