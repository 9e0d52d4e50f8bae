"""Every exhibit of the museum is refused with one kind of error, and without much memory."""

import struct
import tracemalloc

import pytest

from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unreadable
from foundation.mp4.movie import Limits, Movie, read_movie
from tests.support.mp4_build import read_bytes
from tests.support.mp4_museum import SAMPLES, find, fragmented_file, hostile, patched, plain_file, replaced

EXHIBITS = hostile()
MEBIBYTE = 2**20


def read_with_peak(data: bytes, limits: Limits | None = None) -> tuple[Movie | Mp4Unreadable, int]:
    """Return what reading gives, and the most memory it held at once beyond the data, in bytes."""
    tracemalloc.start()
    try:
        try:
            return read_movie(lambda at, count: data[at : at + count], len(data), limits or Limits()), _peak()
        except Mp4Unreadable as error:
            return error, _peak()
    finally:
        tracemalloc.stop()


def _peak() -> int:
    return tracemalloc.get_traced_memory()[1]


@pytest.mark.parametrize("name", EXHIBITS)
def test_a_hostile_file_is_refused_within_bounds(name: str) -> None:
    data = EXHIBITS[name]

    answer, peak = read_with_peak(data)

    assert isinstance(answer, Mp4Unreadable)
    assert answer.code == "mp4_unreadable"
    assert str(answer).isprintable()
    assert peak < MEBIBYTE + 40 * len(data)


def test_the_files_the_museum_starts_from_are_sound() -> None:
    assert [len(track.samples) for track in read_bytes(plain_file()).tracks] == [SAMPLES, 4]
    assert [len(track.samples) for track in read_bytes(fragmented_file()).tracks] == [SAMPLES, 4]


def test_many_runs_of_one_sample_cost_what_their_samples_cost() -> None:
    data = fragmented_file()
    moof = find(data, "moof")
    run = full_box(b"trun", 0, 0, (1).to_bytes(4, "big"))
    head = full_box(b"tfhd", 0, 0x020010, struct.pack(">II", 1, 0))  # samples of 0 bytes
    bomb = box(b"moof", *[box(b"traf", head, run * 1000)] * 20)

    answer, peak = read_with_peak(data[: moof.start] + bomb)

    assert isinstance(answer, Movie)
    assert len(answer.tracks[0].samples) == 20_000
    assert peak < 6 * MEBIBYTE  # a table for each run would take 22 MiB


def test_many_small_fragments_cost_what_their_samples_cost() -> None:
    data = fragmented_file()
    first = find(data, "moof")
    second = data[first.start :]
    one = second[: find(second, "mdat").end]
    still = patched(one, "moof/traf/tfdt", 4, bytes(8))
    many = data[: first.start] + still * 2_000

    answer, peak = read_with_peak(patched_times(many, first.start, len(still), 2_000))

    assert isinstance(answer, Movie)
    assert len(answer.tracks[0].samples) == 12_000
    assert peak < 6 * MEBIBYTE


def patched_times(data: bytes, start: int, length: int, count: int) -> bytes:
    """Let each of `count` equal fragments begin where the one before it ends."""
    changed = bytearray(data)
    video_at = find(data[start:], "moof/traf/tfdt")
    for number in range(count):
        struct.pack_into(">Q", changed, start + number * length + video_at.start + 12, number * 6 * 3600)
    audio_at = data.index(b"tfdt", start + video_at.end) - 4 - start
    for number in range(count):
        struct.pack_into(">Q", changed, start + number * length + audio_at + 12, number * 2 * 160)
    return bytes(changed)


def test_bounds_are_the_callers_to_set() -> None:
    plain, whole = plain_file(), fragmented_file()
    for data, limits in (
        (plain, Limits(samples=SAMPLES + 3)),
        (whole, Limits(samples=SAMPLES + 3)),
        (whole, Limits(runs=3)),
        (plain, Limits(moov_bytes=500)),
        (whole, Limits(moof_bytes=100)),
        (plain, Limits(tracks=1)),
        (plain, Limits(top_boxes=2)),
        (plain, Limits(sample_entries=2)),
        (plain, Limits(edits=0)),
    ):
        assert isinstance(read_with_peak(data, limits)[0], Mp4Unreadable)


def test_extreme_offsets_of_composition_are_read_as_they_are() -> None:
    data = patched(plain_file(), "moov/trak/mdia/minf/stbl/ctts", 12, struct.pack(">i", -(2**31)))
    assert int(read_bytes(data).tracks[0].samples.pts.min()) == -(2**31)


def test_a_fragment_whose_bytes_lie_outside_is_a_torn_tail() -> None:
    data = fragmented_file()
    outside = full_box(b"tfhd", 0, 0x1 | 0x10, struct.pack(">IQI", 1, 2**40, 5))
    second = find(data, "moof").start

    movie = read_bytes(replaced(data, "moof/traf/tfhd", outside)[: find(data, "mdat").start])

    assert [len(track.samples) for track in movie.tracks] == [0, 0]
    assert movie.whole_bytes == second


def test_a_fragment_after_one_whose_bytes_lie_outside_is_refused() -> None:
    data = fragmented_file()
    outside = full_box(b"tfhd", 0, 0x1 | 0x10, struct.pack(">IQI", 1, 2**40, 5))
    with pytest.raises(Mp4Unreadable, match="lies beyond the file"):
        read_bytes(replaced(data, "moof/traf/tfhd", outside))


def test_a_file_that_shrinks_while_it_is_read_is_refused() -> None:
    data = plain_file()
    with pytest.raises(Mp4Unreadable, match="bytes wanted"):
        read_movie(lambda at, count: data[at : min(at + count, 700)], len(data))
