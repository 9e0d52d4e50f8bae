"""The head of a plain file: chunks, key frames, edits, 64-bit offsets, refusals."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.header import build_header
from foundation.mp4.movie import Edit, Track, read_movie
from foundation.mp4.sample_entries import codec_string
from foundation.mp4.tables import SampleTable
from tests.support.mp4_build import audio, read_bytes, table, video
from tests.support.mp4_media import packets, probe
from tests.support.mp4_museum import find


def words(data: bytes, path: str) -> list[int]:
    """Return the 32-bit fields of a box after version and flags."""
    place = find(data, path)
    return [int(value) for value in np.frombuffer(data[place.start + 12 : place.end], ">u4")]


STBL = "moov/trak/mdia/minf/stbl/"


def test_samples_that_touch_and_share_an_entry_are_one_chunk() -> None:
    samples = table([10] * 9, offsets=[0, 10, 20, 50, 60, 70, 80, 90, 100], entries=[0] * 6 + [1] * 3)
    header = build_header([video(samples)], 110)

    assert words(header, STBL + "stsc") == [2, 1, 3, 1, 3, 3, 2]
    assert words(header, STBL + "stco") == [3, len(header), len(header) + 50, len(header) + 80]
    assert words(header, STBL + "stsz") == [10, 9]
    assert words(header, STBL + "stts") == [1, 9, 3600]


def test_what_need_not_be_said_is_not_said() -> None:
    header = build_header([video(table([10, 20]))], 30)
    assert all(kind not in header for kind in (b"ctts", b"stss", b"edts", b"co64"))


def test_offsets_of_64_bits_when_32_do_not_hold_them(tmp_path: Path) -> None:
    far = 5 * 2**30
    path = tmp_path / "far.mp4"
    tracks = [video(table([7, 9], offsets=[3, far]))]
    header = build_header(tracks, far + 9)
    path.write_bytes(header)
    os.truncate(path, len(header) + far + 9)  # a hole, not bytes

    with path.open("rb") as file:

        def read(at: int, count: int) -> bytes:
            file.seek(at)
            return file.read(count)

        movie = read_movie(read, path.stat().st_size)
    assert movie.tracks[0].samples.offset.tolist() == [len(header) + 3, len(header) + far]
    assert movie.whole_bytes == path.stat().st_size
    assert [row.at for row in packets(path)[0]] == [len(header) + 3, len(header) + far]


def test_64_bits_begin_at_the_last_byte_that_32_cannot_tell() -> None:
    header = build_header([video(table([1]))], 1)
    last = 2**32 - 1 - len(header)
    assert b"stco" in build_header([video(table([1], offsets=[last - 1]))], last)
    assert b"co64" in build_header([video(table([1], offsets=[last]))], last + 1)
    assert build_header([video(table([1], offsets=[last]))], 2**32)[-16:-8] == b"\0\0\0\x01mdat"


def test_durations_beyond_32_bits() -> None:
    samples = table([1] * 3, duration=2**31)
    edits = (Edit(2**33, -1), Edit(3 * 2**31, 0))
    movie = read_bytes(build_header([video(samples, edits)], 3) + bytes(3))
    assert movie.tracks[0].samples.end_dts == 3 * 2**31
    assert movie.tracks[0].edits == edits


def test_an_edit_without_duration_lasts_until_the_last_frame_ends() -> None:
    samples = table([1] * 3, cts=[3600, 7200, 0])
    header = build_header([video(samples, (Edit(0, 3600),))], 3, movie_timescale=1000)
    assert read_bytes(header + bytes(3)).tracks[0].edits == (Edit(120, 3600),)


def test_several_edits_play_in_order(b_frames: Path, tmp_path: Path) -> None:
    data = b_frames.read_bytes()
    track = read_bytes(data).tracks[0]
    first = int(track.samples.pts.min())
    tick = 90_000 // 25
    edits = (Edit(5 * tick, first + 10 * 512), Edit(5 * tick, first + 30 * 512))
    path = tmp_path / "two.mp4"
    path.write_bytes(build_header([replace(track, edits=edits)], len(data)) + data)

    with av.open(str(b_frames)) as container:
        wanted = [frame.to_ndarray() for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        played = [(frame.pts, frame.to_ndarray()) for frame in container.decode(video=0)]

    shown = {pts // 512: picture for pts, picture in played if pts is not None}
    assert all(np.array_equal(shown[number], wanted[10 + number]) for number in range(5))
    assert all(np.array_equal(shown[5 + number], wanted[30 + number]) for number in range(5))


def test_the_tracks_of_a_file_are_told_to_players(tmp_path: Path) -> None:
    path = tmp_path / "told.mp4"
    sound = replace(audio(table([160] * 50, duration=160)), language="vie")
    sound = replace(sound, samples=replace(sound.samples, offset=sound.samples.offset + 100))
    path.write_bytes(build_header([video(table([50, 50])), sound], 9000) + bytes(9000))

    streams = probe(path, "-show_streams")["streams"]

    assert [stream["codec_tag_string"] for stream in streams] == ["avc1", "alaw"]
    assert (streams[0]["width"], streams[0]["height"], streams[0]["time_base"]) == (320, 240, "1/90000")
    assert (streams[1]["sample_rate"], streams[1]["tags"]["language"], streams[1]["duration_ts"]) == (
        "8000",
        "vie",
        8000,
    )
    assert codec_string(sound.sample_entries[0]) == "alaw"


def samples_of(name: str, values: list[int]) -> SampleTable:
    changed: dict[str, Any] = {name: np.array(values)}
    return replace(table([1, 1]), **changed)


@pytest.mark.parametrize(
    "track",
    [
        video(samples_of("dts", [5, 0])),
        video(samples_of("dts", [0, 2**33])),
        video(samples_of("cts", [0, 2**31])),
        video(samples_of("cts", [-(2**31) - 1, 0])),
        video(samples_of("size", [1, -1])),
        video(samples_of("size", [1, 2**32])),
        video(samples_of("offset", [-1, 0])),
        video(samples_of("offset", [0, 100])),
        video(samples_of("entry", [0, 3])),
        video(samples_of("entry", [-1, 0])),
        video(table([1], start=100), (Edit(5, 99),)),
        video(table([1]), (Edit(-5, 0),)),
        video(table([1]), (Edit(2**62, 0),)),
        video(table([1]), track_id=0),
        replace(video(table([1])), timescale=0),
        replace(video(table([1])), media="other"),
        replace(video(table([1])), language="vi"),
        replace(video(table([1])), language="VIE"),
        replace(video(table([1])), width=65_536),
        replace(video(table([1])), matrix=b""),
    ],
)
def test_what_the_format_cannot_say_is_refused(track: Track) -> None:
    with pytest.raises(Mp4Unwritable):
        build_header([track], 100)


def test_two_tracks_with_one_id_are_refused() -> None:
    with pytest.raises(Mp4Unwritable, match="one id"):
        build_header([video(table([1])), video(table([1]))], 100)


def test_an_hour_is_built_in_milliseconds() -> None:
    count = np.arange(90_000, dtype=np.int64)
    size = 5000 + count * 7919 % 4001
    offset = np.cumsum(size) - size + count // 1500 * 40_000
    cts = np.array([3600, 10_800, 3600, 0, 0] * 18_000, np.int64)
    hour = SampleTable(offset, size, count * 3600, cts, count % 50 == 0, (count * 0).astype(np.int32), 90_000 * 3600)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        header = build_header([video(hour, (Edit(0, 0),))], 2**32)
        taken.append(time.perf_counter() - start)
    assert len(header) < 1_300_000
    assert min(taken) < 0.1  # about 5 ms; the bound leaves room for a busy machine
