"""A museum of hostile MP4 files, made by code: each exhibit is a good small file with one fault, and named for it."""

import struct
from collections.abc import Callable, Iterator

from foundation.mp4.boxes import Box, box, full_box, walk
from foundation.mp4.header import build_header
from foundation.mp4.movie import Edit
from tests.support.mp4_build import audio, seal, table, video, write_hybrid

_U32, _U64 = struct.Struct(">I"), struct.Struct(">Q")
_STBL = "moov/trak/mdia/minf/stbl/"
SAMPLES = 12


def plain_file() -> bytes:
    samples = table([100] * 5 + [90] * 7, keys=[0, 6], cts=[3600, 0] * 6, entries=[0] * 6 + [1] * 6)
    tracks = [video(samples, (Edit(0, 3600),)), audio(table([8] * 4, offsets=[1130, 1138, 1150, 1158]))]
    payload = 1166 + 2048  # room at the end, so that an exhibit of another length has its samples within the file
    return build_header(tracks, payload) + bytes(payload)


def fragmented_file() -> bytes:
    samples = table([50, 60] * 6, keys=[0, 6], cts=[3600, 0] * 6)
    tracks = [video(samples, (Edit(0, 3600),)), audio(table([8] * 4, duration=160))]
    return write_hybrid(tracks, [[6, 12], [2, 4]])[0]


def sealed_file() -> bytes:
    unsealed, _, end = write_hybrid([video(table([50, 60] * 6, keys=[0, 6], cts=[3600, 0] * 6))], [[6, 12]])
    return seal(unsealed, end)


def find(data: bytes, path: str) -> Box:
    """Return the first box at `path`, such as moov/trak/tkhd, with its place in `data`."""
    start, end = 0, len(data)
    found = None
    for kind in path.encode().split(b"/"):
        found = next(item for item in walk(data, start, end) if item.kind == kind)
        start, end = found.start + found.header, found.end
    assert found is not None
    return found


def patched(data: bytes, path: str, at: int, value: bytes) -> bytes:
    """Write `value` over the bytes `at` bytes into the payload of the box at `path`."""
    place = find(data, path)
    first = place.start + place.header + at
    assert first + len(value) <= place.end
    return data[:first] + value + data[first + len(value) :]


def without(data: bytes, path: str) -> bytes:
    """Rename the box at `path` to `free`, which leaves all places as they are."""
    start = find(data, path).start
    return data[: start + 4] + b"free" + data[start + 8 :]


def replaced(data: bytes, path: str, new: bytes) -> bytes:
    """Put other bytes in the place of the box at `path`, and mend the sizes of the boxes around it."""
    place = find(data, path)
    grown = len(new) - (place.end - place.start)
    changed = bytearray(data[: place.start] + new + data[place.end :])
    parts = path.split("/")
    for depth in range(1, len(parts)):
        outer = find(data, "/".join(parts[:depth]))
        _U32.pack_into(changed, outer.start, outer.end - outer.start + grown)
    return bytes(changed)


def _sized(data: bytes, path: str, size: int) -> bytes:
    start = find(data, path).start
    return data[:start] + _U32.pack(size) + data[start + 4 :]


def _sizes(plain: bytes) -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "seven_bytes", b"\0\0\0\x08moo"
    yield "a_photo", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
    yield "no_moov", box(b"ftyp", b"isom") + box(b"mdat", bytes(100))
    yield "truncated_moov", plain[: find(plain, "moov").end - 10]
    yield "size_smaller_than_header", _sized(plain, "moov", 7)
    yield "first_size_smaller_than_header", _sized(plain, "ftyp", 3)
    yield "inner_size_smaller_than_header", _sized(plain, "moov/trak/mdia", 4)
    yield "inner_size_beyond_its_parent", _sized(plain, "moov/trak/mdia", 0x7FFFFFFF)
    yield "large_size_beyond_64_bits", struct.pack(">I4sQ", 1, b"moov", 2**64 - 1) + plain
    yield "large_size_smaller_than_its_header", struct.pack(">I4sQ", 1, b"moov", 15) + plain
    yield "large_size_cut_off", b"\0\0\0\x01moov\0\0"
    yield "inner_large_size_cut_off", box(b"moov", b"\0\0\0\x01mvhd\0\0")
    yield "empty_moov", box(b"moov")
    nested = b""
    for _ in range(20_000):
        nested = _U32.pack(len(nested) + 8) + b"moov" + nested
    yield "deep_nesting", nested
    yield "deep_nesting_within_a_track", replaced(plain, "moov/trak/mdia", box(b"mdia", nested))
    yield "boxes_without_end", replaced(plain, "moov/mvhd", box(b"free") * 20_000)
    yield (
        "tracks_without_end",
        replaced(plain, "moov/mvhd", plain[slice(*find(plain, "moov/mvhd")[1::2])] + box(b"trak") * 99),
    )


def _tables(plain: bytes) -> Iterator[tuple[str, bytes]]:
    def at(kind: str, offset: int, *words: int) -> bytes:
        return patched(plain, _STBL + kind, offset, b"".join(map(_U32.pack, words)))

    yield "huge_stsz_count", at("stsz", 8, 0xFFFFFFFF)
    yield "huge_uniform_stsz", at("stsz", 4, 1, 0xFFFFFFFF)
    yield "uniform_stsz_of_more_samples_than_bytes", at("stsz", 4, 1, 2_900_000)
    yield "stsz_count_beyond_its_box", at("stsz", 8, SAMPLES + 1)
    yield (
        "stz2_of_five_bits",
        replaced(plain, _STBL + "stsz", full_box(b"stz2", 0, 0, _U32.pack(5), _U32.pack(12), bytes(12))),
    )
    yield "no_stsz", without(plain, _STBL + "stsz")
    yield "no_stts", without(plain, _STBL + "stts")
    yield "no_stsc", without(plain, _STBL + "stsc")
    yield "no_stco", without(plain, _STBL + "stco")
    yield "no_stsd", without(plain, _STBL + "stsd")
    yield "huge_stts_count", at("stts", 4, 0xFFFFFFFF)
    yield "stts_of_too_few_samples", at("stts", 8, SAMPLES - 1)
    yield "stts_of_none", at("stts", 4, 0)
    yield "huge_ctts_count", at("ctts", 4, 0xFFFFFFFF)
    yield "ctts_of_too_few_samples", at("ctts", 4, 1)
    yield "huge_stss_count", at("stss", 4, 0xFFFFFFFF)
    yield "stss_of_frame_zero", at("stss", 8, 0)
    yield "stss_beyond_the_last_frame", at("stss", 12, SAMPLES + 1)
    yield "huge_stsc_count", at("stsc", 4, 0xFFFFFFFF)
    yield "stsc_that_begins_at_zero", at("stsc", 8, 0)
    yield "stsc_that_does_not_rise", at("stsc", 20, 1)
    yield "stsc_of_no_samples", at("stsc", 12, 0)
    yield "stsc_of_too_few_samples", at("stsc", 12, 1)
    yield "stsc_of_entry_zero", at("stsc", 16, 0)
    yield "stsc_of_an_entry_that_is_not_there", at("stsc", 16, 4)
    yield "huge_stco_count", at("stco", 4, 0xFFFFFFFF)
    yield "stco_of_no_chunks", at("stco", 4, 0)
    yield "stco_beyond_the_file", at("stco", 8, len(plain))
    far = full_box(b"co64", 0, 0, _U32.pack(2), _U64.pack(2**63 + 5), _U64.pack(0))
    yield "co64_overflow", replaced(plain, _STBL + "stco", far)
    yield "co64_just_below_overflow", replaced(plain, _STBL + "stco", far[:16] + _U64.pack(2**62 - 1) * 2)
    yield "huge_stsd_count", at("stsd", 4, 0xFFFFFFFF)
    yield "stsd_entry_shorter_than_a_box", at("stsd", 8, 7)


def _heads(plain: bytes) -> Iterator[tuple[str, bytes]]:
    for kind in (
        "mvhd",
        "trak/tkhd",
        "trak/mdia",
        "trak/mdia/mdhd",
        "trak/mdia/hdlr",
        "trak/mdia/minf",
        "trak/mdia/minf/stbl",
    ):
        yield f"no_{kind.rpartition('/')[2]}", without(plain, f"moov/{kind}")
        yield f"empty_{kind.rpartition('/')[2]}", replaced(plain, f"moov/{kind}", box(kind[-4:].encode()))
    yield "movie_timescale_zero", patched(plain, "moov/mvhd", 12, bytes(4))
    yield "media_timescale_zero", patched(plain, "moov/trak/mdia/mdhd", 12, bytes(4))
    yield "two_tracks_with_one_id", patched(plain, "moov/trak/tkhd", 12, _U32.pack(2))
    yield "huge_elst_count", patched(plain, "moov/trak/edts/elst", 4, _U32.pack(0xFFFFFFFF))
    far = full_box(b"elst", 1, 0, _U32.pack(1), _U64.pack(2**64 - 1), _U64.pack(0), _U32.pack(0x10000))
    yield "edit_without_end", replaced(plain, "moov/trak/edts/elst", far)
    early = full_box(b"elst", 1, 0, _U32.pack(1), _U64.pack(1), _U64.pack(2**63), _U32.pack(0x10000))
    yield "edit_before_all_time", replaced(plain, "moov/trak/edts/elst", early)


def _fragments(whole: bytes) -> Iterator[tuple[str, bytes]]:
    yield "huge_trun_count", patched(whole, "moof/traf/trun", 4, _U32.pack(0xFFFFFFFF))
    yield "trun_count_beyond_its_box", patched(whole, "moof/traf/trun", 4, _U32.pack(7))
    bare = full_box(b"trun", 0, 0, _U32.pack(2_900_000))
    yield "trun_without_columns_of_millions", replaced(whole, "moof/traf/trun", bare)
    yield "trun_before_the_file", patched(whole, "moof/traf/trun", 8, _U32.pack(0x80000000))
    yield "fragment_of_a_track_that_is_not_there", patched(whole, "moof/traf/tfhd", 4, _U32.pack(9))
    yield "fragment_of_an_entry_that_is_not_there", patched(whole, "moof/traf/tfhd", 8, _U32.pack(4))
    yield "fragment_of_entry_zero", patched(whole, "moof/traf/tfhd", 8, _U32.pack(0))
    yield "fragment_without_tfhd", without(whole, "moof/traf/tfhd")
    yield "tfdt_beyond_all_time", patched(whole, "moof/traf/tfdt", 4, _U64.pack(2**64 - 1))
    yield "fragments_that_run_backwards", patched(whole, "moof/traf/tfdt", 4, _U64.pack(2**40))
    base = full_box(b"tfhd", 0, 1, _U32.pack(1), _U64.pack(2**64 - 1))
    yield "base_offset_overflow", replaced(whole, "moof/traf/tfhd", base)
    yield "fragments_of_a_track_without_trex", without(whole, "moov/mvex/trex")
    yield "fragment_larger_than_its_parent", _sized(whole, "moof/traf", 0x00FFFFFF)


def hostile() -> dict[str, bytes]:
    """Return the files that must be refused, by the name of their fault."""
    plain, whole = plain_file(), fragmented_file()
    rooms: tuple[tuple[Callable[[bytes], Iterator[tuple[str, bytes]]], bytes], ...] = (
        (_sizes, plain),
        (_tables, plain),
        (_heads, plain),
        (_fragments, whole),
    )
    return {name: data for room, start in rooms for name, data in room(start)}
