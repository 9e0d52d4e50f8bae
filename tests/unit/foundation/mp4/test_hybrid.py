"""Segment files: what each call writes, and what it refuses. Round trips are in tests/property."""

from dataclasses import replace

import numpy as np
import pytest

from foundation.mp4.boxes import walk
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.hybrid import closing, fragment, init_segment, opening
from foundation.mp4.movie import Edit, read_movie
from foundation.mp4.tables import SampleTable
from tests.support.mp4_build import audio, read_bytes, seal, table, video, write_hybrid

FRAMES = table([50, 60] * 6, keys=[0, 6], cts=[3600, 0] * 6)


def kinds(data: bytes) -> list[bytes]:
    return [item.kind for item in walk(data)]


def test_a_segment_file_is_fragmented_until_it_is_sealed() -> None:
    unsealed, _, end = write_hybrid([video(FRAMES)], [[6, 12]])
    assert kinds(unsealed) == [b"ftyp", b"free", b"moov", b"moof", b"mdat", b"moof", b"mdat"]
    assert kinds(seal(unsealed, end)) == [b"ftyp", b"mdat", b"moov"]
    assert len(end.patch) == 16
    assert unsealed[end.patch_at : end.patch_at + 8] == b"\0\0\0\x10free"


def test_sealing_in_two_steps_is_readable_after_each_torn_write() -> None:
    unsealed, placed, end = write_hybrid([video(FRAMES)], [[6, 12]])
    for cut in range(len(end.moov) + 1):
        movie = read_bytes(unsealed + end.moov[:cut])
        assert movie.tracks[0].samples.offset.tolist() == placed[0].samples.offset.tolist()
        assert movie.whole_bytes == len(unsealed) + (cut if cut == len(end.moov) else 0)


def test_the_index_alone_is_fetched_from_a_sealed_file() -> None:
    unsealed, _, end = write_hybrid([video(FRAMES)], [[6, 12]])
    data = seal(unsealed, end)
    asked = []

    def read(at: int, count: int) -> bytes:
        asked.append(count)
        return data[at : at + count]

    assert len(read_movie(read, len(data)).tracks[0].samples) == 12
    assert sum(asked) == len(end.moov) + 3 * 16


def test_edits_count_until_the_end_while_it_is_not_known() -> None:
    tracks = [video(FRAMES, (Edit(500, -1), Edit(700, 3600)))]
    for data in (opening(tracks), init_segment(tracks)):
        movie = read_bytes(data)
        assert movie.tracks[0].edits == (Edit(500, -1), Edit(0, 3600))
        assert len(movie.tracks[0].samples) == 0


def test_a_change_of_entry_begins_another_track_fragment() -> None:
    samples = replace(FRAMES, entry=np.array([0] * 4 + [2] * 2 + [1] * 6, np.int32))
    unsealed, placed, _ = write_hybrid([video(samples), audio(table([9] * 3))], [[12], [3]])
    assert unsealed.count(b"traf") == 4
    assert read_bytes(unsealed).tracks[0].samples.entry.tolist() == placed[0].samples.entry.tolist()


def test_what_all_samples_share_is_written_once() -> None:
    track = video(FRAMES)
    plain = table([50] * 100)
    assert len(fragment(1, [(track, plain)])) < 8 + 8 + 200 + 4 * 100


@pytest.mark.parametrize(
    "samples",
    [
        table([1, 1], start=-5),
        replace(table([1, 1]), dts=np.array([9, 0])),
        replace(table([1, 1]), cts=np.array([0, 2**31])),
        replace(table([1, 1]), size=np.array([2**31 - 10, 10])),
        replace(table([1, 1]), entry=np.array([0, 5], np.int32)),
        replace(table([1, 1]), entry=np.array([-1, 0], np.int32)),
    ],
)
def test_a_fragment_that_cannot_be_said_is_refused(samples: SampleTable) -> None:
    with pytest.raises(Mp4Unwritable):
        fragment(1, [(video(samples), samples)])


def test_sealing_before_the_bytes_are_there_is_refused() -> None:
    with pytest.raises(Mp4Unwritable, match="up to byte 660"):
        closing([video(FRAMES)], 659)


def test_a_file_beyond_4_gibibytes_has_wide_offsets() -> None:
    far = table([5], offsets=[2**32])
    assert b"co64" in closing([video(far)], 2**32 + 5).moov
