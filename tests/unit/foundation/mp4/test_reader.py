"""The forms that the standard and QuickTime allow, each read from a file made for it."""

import struct

import numpy as np
import pytest

from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unreadable
from foundation.mp4.movie import Edit, Limits, parse_moov
from tests.support.mp4_build import difference, read_bytes, seal, table, video, write_hybrid
from tests.support.mp4_museum import find, fragmented_file, plain_file, replaced

STBL = "moov/trak/mdia/minf/stbl/"


def words(*values: int) -> bytes:
    return b"".join(struct.pack(">I", value & 0xFFFFFFFF) for value in values)


def first_samples(data: bytes) -> np.ndarray:
    samples = read_bytes(data).tracks[0].samples
    return np.stack((samples.offset, samples.size, samples.dts, samples.cts, samples.key, samples.entry))


@pytest.mark.parametrize(
    ("bits", "sizes"), [(4, bytes.fromhex("123456789abc")), (8, bytes(range(12))), (16, bytes(24))]
)
def test_compact_sample_sizes(bits: int, sizes: bytes) -> None:
    data = replaced(plain_file(), STBL + "stsz", full_box(b"stz2", 0, 0, words(bits, 12), sizes))
    found = read_bytes(data).tracks[0].samples.size.tolist()
    assert found == {4: list(range(1, 13)), 8: list(range(12)), 16: [0] * 12}[bits]


def test_an_odd_count_of_four_bit_sizes() -> None:
    only = table([1, 2, 3])
    unsealed, _, end = write_hybrid([video(only)], [[3]])
    data = seal(unsealed, end)
    compact = full_box(b"stz2", 0, 0, words(4, 3), bytes.fromhex("1230"))
    assert read_bytes(replaced(data, STBL + "stsz", compact)).tracks[0].samples.size.tolist() == [1, 2, 3]


def test_sizes_that_are_all_equal() -> None:
    data = replaced(plain_file(), STBL + "stsz", full_box(b"stsz", 0, 0, words(95, 12)))
    assert read_bytes(data).tracks[0].samples.size.tolist() == [95] * 12


def test_chunk_offsets_of_64_bits() -> None:
    plain = plain_file()
    stco = find(plain, STBL + "stco")
    offsets = np.frombuffer(plain[stco.start + 16 : stco.end], ">u4").astype(">u8")
    wide = full_box(b"co64", 0, 0, words(len(offsets)), offsets.tobytes())
    assert (first_samples(replaced(plain, STBL + "stco", wide)) == first_samples(plain)).all()


def test_chunks_of_several_samples_and_chunks_that_none_is_left_for() -> None:
    plain = plain_file()
    lines = full_box(b"stsc", 0, 0, words(2, 1, 5, 1, 2, 4, 2))
    chunks = full_box(b"stco", 0, 0, words(4, 10, 900, 1500, 1600))
    data = replaced(replaced(plain, STBL + "stsc", lines), STBL + "stco", chunks)
    samples = read_bytes(data).tracks[0].samples
    assert samples.offset.tolist() == [10, 110, 210, 310, 410, 900, 990, 1080, 1170, 1500, 1590, 1680]
    assert samples.entry.tolist() == [0] * 5 + [1] * 7


def test_without_stss_all_are_key_frames_and_with_an_empty_one_none_is() -> None:
    plain = plain_file()
    stss = find(plain, STBL + "stss").start
    every = plain[: stss + 4] + b"free" + plain[stss + 8 :]
    assert read_bytes(every).tracks[0].samples.key.all()
    assert not read_bytes(replaced(plain, STBL + "stss", full_box(b"stss", 0, 0, words(0)))).tracks[0].samples.key.any()


@pytest.mark.parametrize("version", [0, 1])
def test_negative_composition_offsets_of_either_version(version: int) -> None:
    ctts = full_box(b"ctts", version, 0, words(2, 6, -7200, 6, 3600))
    samples = read_bytes(replaced(plain_file(), STBL + "ctts", ctts)).tracks[0].samples
    assert samples.cts.tolist() == [-7200] * 6 + [3600] * 6


def test_tables_that_tell_of_more_samples_than_there_are() -> None:
    data = replaced(plain_file(), STBL + "stts", full_box(b"stts", 0, 0, words(2, 6, 10, 0xFFFFFFFF, 20)))
    samples = read_bytes(data).tracks[0].samples
    assert samples.durations.tolist() == [10] * 6 + [20] * 6
    assert samples.end_dts == 180


def test_headers_of_version_1() -> None:
    plain = plain_file()
    mvhd = full_box(b"mvhd", 1, 0, bytes(16), words(1000), bytes(8), bytes(80))
    mdhd = full_box(b"mdhd", 1, 0, bytes(16), words(12_800), bytes(8), struct.pack(">HH", 22 << 10 | 9 << 5 | 5, 0))
    tkhd = full_box(b"tkhd", 1, 0, bytes(16), words(7, 0), bytes(8), bytes(16), bytes(36), words(640 << 16, 360 << 16))
    elst = full_box(b"elst", 1, 0, words(2), struct.pack(">QqIQqI", 5, -1, 0x10000, 2**40, 2**33, 0x10000))
    data = replaced(plain, "moov/mvhd", mvhd)
    data = replaced(data, "moov/trak/mdia/mdhd", mdhd)
    data = replaced(data, "moov/trak/tkhd", tkhd)
    movie = read_bytes(replaced(data, "moov/trak/edts/elst", elst))
    track = movie.tracks[0]
    assert movie.timescale == 1000
    assert (track.id, track.timescale, track.language, track.width, track.height) == (7, 12_800, "vie", 640, 360)
    assert track.edits == (Edit(5, -1), Edit(2**40, 2**33))


def test_what_quicktime_does_otherwise() -> None:
    plain = plain_file()
    hdlr = box(b"hdlr", bytes(4), b"mhlr", b"vide", b"appl", bytes(8), b"\x0cVideoHandler")
    mdhd = full_box(b"mdhd", 0, 0, bytes(8), words(90_000, 0), struct.pack(">HH", 0, 0))  # a Macintosh language code
    data = replaced(replaced(plain, "moov/trak/mdia/hdlr", hdlr), "moov/trak/mdia/mdhd", mdhd)
    udta = box(b"udta", box(b"\xa9day", b"2026"), bytes(4))  # a 32-bit zero ends it
    meta = box(b"meta", box(b"hdlr", bytes(24)))  # without version and flags
    mvhd = find(data, "moov/mvhd")
    data = replaced(data, "moov/mvhd", data[mvhd.start : mvhd.end] + udta + meta)
    movie = read_bytes(box(b"wide") + data)
    assert (movie.tracks[0].media, movie.tracks[0].language) == ("video", "und")
    assert len(movie.tracks[0].samples) == 12


def test_boxes_of_64_bit_size_and_one_that_reaches_to_the_end() -> None:
    plain = plain_file()
    moov, mdat = find(plain, "moov"), find(plain, "mdat")
    content = plain[moov.start + 8 : moov.end]
    wide = struct.pack(">I4sQ", 1, b"moov", len(content) + 16) + content
    endless = words(0) + plain[mdat.start + 4 :]
    movie = read_bytes(plain[: moov.start] + wide + endless)
    assert movie.whole_bytes == len(plain) + 8
    last = read_bytes(plain[mdat.start :] + plain[: moov.start] + words(0) + b"moov" + content)
    assert len(last.tracks[0].samples) == 12


def test_space_laid_out_ahead_ends_the_file() -> None:
    data = fragmented_file()
    assert read_bytes(data + bytes(4096)).whole_bytes == len(data)


def test_a_torn_tail_is_no_error() -> None:
    data = fragmented_file()
    assert read_bytes(data + b"\0\0\0\x05moof").whole_bytes == len(data)
    assert read_bytes(data + struct.pack(">I4s", 5000, b"moof") + bytes(90)).whole_bytes == len(data)


def test_fragments_without_mvex_are_not_read() -> None:
    data = fragmented_file()
    mvex = find(data, "moov/mvex").start
    movie = read_bytes(data[: mvex + 4] + b"free" + data[mvex + 8 :])
    assert [len(track.samples) for track in movie.tracks] == [0, 0]


def test_one_moov_alone() -> None:
    plain = plain_file()
    moov = plain[slice(*find(plain, "moov")[1::2])]
    assert difference(parse_moov(moov).tracks[0].samples, read_bytes(plain).tracks[0].samples) == ""
    for wrong in (b"", moov[:-1], moov + b"\0" * 8, plain):
        with pytest.raises(Mp4Unreadable):
            parse_moov(wrong)
    with pytest.raises(Mp4Unreadable, match="allowed"):
        parse_moov(moov, Limits(moov_bytes=100))


class TestFragments:
    """One `moof` by hand on the track of a segment file: every way to say where samples are and what they are."""

    def read(self, *trafs: bytes, trex: bytes = b"") -> list[tuple[int, int, int, int, bool]]:
        data = fragmented_file()
        head = data[: find(data, "moof").start]
        if trex:
            head = replaced(head, "moov/mvex/trex", full_box(b"trex", 0, 0, trex))
        self.moof_at = len(head)
        moof = box(b"moof", full_box(b"mfhd", 0, 0, words(1)), *trafs)
        samples = read_bytes(head + moof + box(b"mdat", bytes(2000))).tracks[0].samples
        columns = (samples.offset - self.moof_at, samples.size, samples.dts, samples.cts, samples.key)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def test_all_from_trex(self) -> None:
        found = self.read(
            box(b"traf", full_box(b"tfhd", 0, 0x020000, words(1)), full_box(b"trun", 0, 1, words(2, 100))),
            trex=words(1, 1, 40, 9, 0x10000),
        )
        assert found == [(100, 9, 0, 0, False), (109, 9, 40, 0, False)]

    def test_defaults_of_the_fragment_come_before_those_of_the_track(self) -> None:
        head = full_box(b"tfhd", 0, 0x02003A, words(1, 1, 50, 7, 0))
        found = self.read(box(b"traf", head, full_box(b"trun", 0, 1, words(1, 10))), trex=words(1, 1, 40, 9, 0x10000))
        assert found == [(10, 7, 0, 0, True)]

    def test_all_from_the_run(self) -> None:
        run = full_box(b"trun", 1, 0xF01, words(2, 10, 40, 5, 0, 80, 30, 6, 0x10000, -10))
        found = self.read(box(b"traf", full_box(b"tfhd", 0, 0x020000, words(1)), run))
        assert found == [(10, 5, 0, 80, True), (15, 6, 40, -10, False)]

    def test_flags_of_the_first_sample_only(self) -> None:
        run = full_box(b"trun", 0, 0x205, words(3, 10, 0, 1, 2, 3))
        found = self.read(box(b"traf", full_box(b"tfhd", 0, 0x020020, words(1, 0x10000)), run))
        assert [row[4] for row in found] == [True, False, False]

    def test_several_runs_follow_each_other(self) -> None:
        first, second = full_box(b"trun", 0, 0x201, words(1, 50, 7)), full_box(b"trun", 0, 0x200, words(2, 8, 9))
        tfdt = full_box(b"tfdt", 0, 0, words(1000))
        found = self.read(box(b"traf", full_box(b"tfhd", 0, 0x020008, words(1, 5)), tfdt, first, second))
        assert [row[:3] for row in found] == [(50, 7, 1000), (57, 8, 1005), (65, 9, 1010)]

    def test_the_second_track_fragment_begins_where_the_first_one_ends(self) -> None:
        run = full_box(b"trun", 0, 0x200, words(1, 30))
        moved = full_box(b"trun", 0, 0x201, words(1, 60, 30))
        traf = box(b"traf", full_box(b"tfhd", 0, 0x8, words(1, 5)), run)
        found = self.read(box(b"traf", full_box(b"tfhd", 0, 0x8, words(1, 5)), moved), traf, traf)
        assert [row[:3] for row in found] == [(60, 30, 0), (90, 30, 5), (120, 30, 10)]

    def test_a_base_of_its_own(self) -> None:
        self.read()
        head = full_box(b"tfhd", 0, 0x9, words(1), struct.pack(">Q", self.moof_at + 500), words(5))
        found = self.read(box(b"traf", head, full_box(b"trun", 0, 0x201, words(1, 20, 3))))
        assert [row[:2] for row in found] == [(520, 3)]

    def test_a_run_of_no_samples(self) -> None:
        assert self.read(box(b"traf", full_box(b"tfhd", 0, 0, words(1)), full_box(b"trun", 0, 0, words(0)))) == []
