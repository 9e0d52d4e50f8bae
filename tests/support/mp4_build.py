"""Tracks and files for tests of the MP4 code, and comparisons that name what differs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from foundation.mp4.boxes import box
from foundation.mp4.entry_writer import audio_entry, visual_entry
from foundation.mp4.hybrid import Closing, closing, fragment, opening
from foundation.mp4.movie import Edit, Movie, Track, read_movie
from foundation.mp4.tables import SampleTable, concat

VIDEO_ENTRIES = tuple(
    visual_entry(b"avc1", 320, 240, box(b"avcC", bytes((1, 100, 0, 13, number)))) for number in range(3)
)
AUDIO_ENTRY = audio_entry(b"alaw", 1, 16, 8000)
COLUMNS = ("offset", "size", "dts", "cts", "key", "entry")


def read_bytes(data: bytes) -> Movie:
    return read_movie(lambda at, length: data[at : at + length], len(data))


def table(
    sizes: Sequence[int],
    *,
    offsets: Sequence[int] | None = None,
    duration: int = 3600,
    start: int = 0,
    cts: Sequence[int] | None = None,
    keys: Sequence[int] | None = None,
    entries: Sequence[int] | None = None,
) -> SampleTable:
    """Return samples of one duration; by default one after the other, all key frames, of entry 0."""
    size = np.array(sizes, np.int64)
    count = len(size)
    key = np.ones(count, np.bool_) if keys is None else np.isin(np.arange(count), keys)
    return SampleTable(
        np.cumsum(size) - size if offsets is None else np.array(offsets, np.int64),
        size,
        start + duration * np.arange(count, dtype=np.int64),
        np.zeros(count, np.int64) if cts is None else np.array(cts, np.int64),
        key,
        np.zeros(count, np.int32) if entries is None else np.array(entries, np.int32),
        start + duration * count,
    )


def video(samples: SampleTable, edits: tuple[Edit, ...] = (), track_id: int = 1) -> Track:
    return Track(track_id, "video", 90_000, VIDEO_ENTRIES, samples, edits, 320, 240)


def audio(samples: SampleTable, track_id: int = 2) -> Track:
    return Track(track_id, "audio", 8_000, (AUDIO_ENTRY,), samples)


def difference(left: SampleTable, right: SampleTable) -> str:
    """Return the name of the first property in which two tables differ; "" when they are equal."""
    for name in COLUMNS:
        if not np.array_equal(getattr(left, name), getattr(right, name)):
            return name
    return "" if left.end_dts == right.end_dts else "end_dts"


def track_difference(left: Track, right: Track) -> str:
    for name in ("id", "media", "timescale", "sample_entries", "edits", "width", "height", "language", "matrix"):
        if getattr(left, name) != getattr(right, name):
            return name
    return difference(left.samples, right.samples)


def write_hybrid(tracks: Sequence[Track], cuts: Sequence[Sequence[int]]) -> tuple[bytes, list[Track], Closing]:
    """Return an unsealed segment file, its tracks with offsets into the file, and what would seal it.

    `cuts[n]` are the ends of the fragments in the samples of track n. All sample bytes are 0xA5.
    """
    data = bytearray(opening(tracks))
    parts: list[list[SampleTable]] = [[] for _ in tracks]
    for number in range(len(cuts[0])):
        runs = []
        for track, ends in zip(tracks, cuts, strict=True):
            runs.append((track, track.samples.take(slice(ends[number - 1] if number else 0, ends[number]))))
        data += fragment(number + 1, runs)
        for index, (_, part) in enumerate(runs):
            size = part.size
            parts[index].append(replace(part, offset=len(data) + np.cumsum(size) - size))
            data += b"\xa5" * int(size.sum())
    placed = [replace(track, samples=concat(part)) for track, part in zip(tracks, parts, strict=True)]
    return bytes(data), placed, closing(placed, len(data))


def seal(data: bytes, end: Closing) -> bytes:
    whole = bytearray(data + end.moov)
    whole[end.patch_at : end.patch_at + len(end.patch)] = end.patch
    return bytes(whole)


@st.composite
def sample_tables(draw: st.DrawFn, *, entries: int = 1, start: int = 0, smallest: int = 0) -> SampleTable:
    """Any table that a file can hold: gaps and steps back between offsets, odd durations, offsets of either sign."""
    count = draw(st.integers(smallest, 40))

    def column(values: st.SearchStrategy[int], dtype: type = np.int64) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=count, max_size=count)), dtype)

    size = column(st.one_of(st.integers(0, 300), st.just(160)))
    gaps = column(st.sampled_from((0, 0, 0, 1, 77)))
    durations = column(st.one_of(st.just(3600), st.integers(0, 100_000)))
    cts = column(st.one_of(st.just(0), st.integers(-50_000, 50_000)))
    key = column(st.integers(0, 1)).astype(np.bool_)
    entry = column(st.integers(0, entries - 1), np.int32).astype(np.int32)
    offset = np.cumsum(size + gaps) - size
    if draw(st.booleans()):
        offset = offset[::-1].copy()
    if not count:
        return SampleTable.empty()
    dts = start + np.cumsum(durations) - durations
    return SampleTable(offset, size, dts, cts, key, entry, start + int(durations.sum()))
