"""Mutations of good MP4 files, and what must hold of whatever the reader makes of them."""

import struct
import tracemalloc

import numpy as np
from hypothesis import strategies as st

from foundation.mp4.errors import Mp4Unreadable, Mp4Unwritable
from foundation.mp4.header import build_header
from foundation.mp4.movie import Movie, Track
from foundation.mp4.sample_entries import codec_kind, codec_string, dimensions, sound_shape
from tests.support.mp4_build import read_bytes

_WORDS = (0, 1, 2, 7, 8, 15, 16, 255, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF)
_KINDS = (
    b"moov",
    b"trak",
    b"stsz",
    b"stts",
    b"moof",
    b"traf",
    b"trun",
    b"tfhd",
    b"free",
    b"mdat",
    b"co64",
    b"\0\0\0\0",
)


def _interesting(data: bytes) -> list[int]:
    """Return the places of box heads and of what follows them; media bytes say nothing to the reader."""
    known = {b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"stsd", b"elst", b"stts", b"ctts", b"stss", b"stsz", b"stsc", b"stco"}
    known |= {
        b"tfhd",
        b"tfdt",
        b"trun",
        b"trex",
        b"moov",
        b"trak",
        b"mdia",
        b"minf",
        b"stbl",
        b"moof",
        b"traf",
        b"mdat",
    }
    known |= {b"avcC", b"hvcC", b"esds", b"mp4a", b"avc1", b"hvc1", b"mp4v", b"sidx"}
    return [at for at in range(4, len(data) - 4) if data[at : at + 4] in known]


@st.composite
def mutated(draw: st.DrawFn, sources: list[bytes]) -> bytes:
    """Give one of `sources` with one to six faults."""
    data = bytearray(draw(st.sampled_from(sources)))
    heads = _interesting(bytes(data)) or [0]
    for _ in range(draw(st.integers(1, 6))):
        near = draw(st.sampled_from(heads)) + draw(st.integers(-4, 40))
        at = max(0, min(near, len(data) - 8))
        fault = draw(st.sampled_from(("word", "long", "byte", "kind", "cut", "insert", "repeat", "end")))
        if fault == "word":
            data[at : at + 4] = struct.pack(">I", draw(st.sampled_from(_WORDS)))
        elif fault == "long":
            data[at : at + 8] = struct.pack(">Q", draw(st.integers(0, 2**64 - 1)))
        elif fault == "byte":
            data[at : at + 1] = bytes((draw(st.integers(0, 255)),))
        elif fault == "kind":
            data[at : at + 4] = draw(st.sampled_from(_KINDS))
        elif fault == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif fault == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        elif fault == "repeat":
            data[at:at] = data[at : at + draw(st.integers(1, 200))]
        else:
            del data[at:]
    return bytes(data)


def examine(data: bytes) -> str:
    """Read `data` and check all that must hold; return "read" or "refused"."""
    tracemalloc.start()
    try:
        movie: Movie | None
        try:
            movie = read_bytes(data)
        except Mp4Unreadable as error:
            assert str(error).isprintable()  # noqa: PT017 - refusing is one of two right answers
            movie = None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A file of n bytes claims at most n samples, of which each takes 37 bytes, and a few times that while it is read.
    assert peak < 2**20 + 250 * len(data)
    if movie is None:
        return "refused"
    assert movie.whole_bytes <= len(data)
    for track in movie.tracks:
        _examine_track(track, len(data))
    return "read"


def _examine_track(track: Track, file_bytes: int) -> None:
    samples = track.samples
    columns = (samples.offset, samples.size, samples.dts, samples.cts, samples.key, samples.entry)
    assert {len(column) for column in columns} == {len(samples)}
    if len(samples):
        assert int(samples.offset.min()) >= 0
        assert int((samples.offset + samples.size).max()) <= file_bytes
        assert int(samples.size.min()) >= 0
        assert int(samples.durations.min()) >= 0
        assert int(samples.entry.max()) < len(track.sample_entries)
        assert np.array_equal(samples.pts, samples.dts + samples.cts)
    for entry in track.sample_entries:
        for tell in (codec_kind, codec_string, dimensions, sound_shape):
            try:
                assert tell(entry)
            except Mp4Unreadable as error:
                assert error.code == "mp4_unreadable"  # noqa: PT017 - as above
    try:
        assert build_header([track], file_bytes)[4:8] == b"ftyp"
    except Mp4Unwritable as error:
        assert error.fields["why"]  # noqa: PT017 - as above
