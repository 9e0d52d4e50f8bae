"""What is written is read again: plain files, fragments, sealed and unsealed segment files."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from foundation.mp4.header import build_header
from foundation.mp4.movie import Edit, Track, parse_moov
from foundation.mp4.tables import SampleTable
from tests.support.mp4_build import (
    audio,
    difference,
    read_bytes,
    sample_tables,
    seal,
    track_difference,
    video,
    write_hybrid,
)

edit_lists = st.lists(
    st.builds(Edit, st.integers(1, 2**40), st.one_of(st.just(-1), st.integers(0, 2**40))), max_size=4
).map(tuple)


def _span(*tables: SampleTable) -> int:
    return max((int((table.offset + table.size).max()) for table in tables if len(table)), default=0)


def _moved(track: Track, base: int) -> Track:
    return replace(track, samples=replace(track.samples, offset=track.samples.offset + base))


@given(sample_tables(entries=3), sample_tables(), edit_lists)
def test_a_plain_file_reads_as_it_was_written(seen: SampleTable, heard: SampleTable, edits: tuple[Edit, ...]) -> None:
    tracks = [video(seen, edits), audio(heard)]
    payload = _span(seen, heard)
    header = build_header(tracks, payload)

    movie = read_bytes(header + bytes(payload))

    assert movie.timescale == 90_000
    assert [track_difference(a, _moved(b, len(header))) for a, b in zip(movie.tracks, tracks, strict=True)] == ["", ""]
    assert build_header(tracks, payload) == header


@given(sample_tables(entries=3, start=500, smallest=1), st.integers(0, 10_000))
def test_decoding_begins_at_zero_and_edits_move_along(samples: SampleTable, later: int) -> None:
    payload = _span(samples)
    header = build_header([video(samples, (Edit(90, 500 + later),))], payload)

    track = read_bytes(header + bytes(payload)).tracks[0]

    assert track.edits == (Edit(90, later),)
    assert int(track.samples.dts[0]) == 0
    assert (track.samples.pts == samples.pts - 500).all()


@st.composite
def fragmented(draw: st.DrawFn) -> tuple[list[Track], list[list[int]]]:
    start = draw(st.sampled_from((0, 7, 2**33)))
    tracks = [video(draw(sample_tables(entries=3, start=start)), (Edit(0, start),)), audio(draw(sample_tables()))]
    count = draw(st.integers(1, 4))
    cuts = []
    for track in tracks:
        ends = sorted(draw(st.lists(st.integers(0, len(track.samples)), min_size=count - 1, max_size=count - 1)))
        cuts.append([*ends, len(track.samples)])
    return tracks, cuts


@given(fragmented())
def test_a_segment_file_reads_the_same_before_and_after_sealing(made: tuple[list[Track], list[list[int]]]) -> None:
    tracks, cuts = made
    unsealed, placed, end = write_hybrid(tracks, cuts)
    sealed = seal(unsealed, end)

    growing = read_bytes(unsealed)
    assert [difference(a.samples, b.samples) for a, b in zip(growing.tracks, placed, strict=True)] == ["", ""]
    assert growing.whole_bytes == len(unsealed)
    assert [track.edits for track in growing.tracks] == [track.edits for track in tracks]

    final, crashed = read_bytes(sealed), read_bytes(unsealed + end.moov)
    for index, track in enumerate(placed):
        begin = int(track.samples.dts[0]) if len(track.samples) else 0
        moved = replace(track.samples, dts=track.samples.dts - begin, end_dts=track.samples.end_dts - begin)
        assert difference(final.tracks[index].samples, moved) == ""
        assert track_difference(final.tracks[index], crashed.tracks[index]) == ""
        assert track_difference(final.tracks[index], parse_moov(end.moov).tracks[index]) == ""


@given(fragmented(), st.data())
def test_a_file_cut_anywhere_reads_to_its_last_whole_fragment(
    made: tuple[list[Track], list[list[int]]], data: st.DataObject
) -> None:
    tracks, cuts = made
    unsealed, placed, _ = write_hybrid(tracks, cuts)
    ends = [len(write_hybrid(tracks, [ends[:count] for ends in cuts])[0]) for count in range(len(cuts[0]) + 1)]
    cut = data.draw(st.integers(ends[0], len(unsealed)))
    fragments = sum(end <= cut for end in ends[1:])

    movie = read_bytes(unsealed[:cut])

    assert movie.whole_bytes == ends[fragments]
    for track, expected, stops in zip(movie.tracks, placed, cuts, strict=True):
        kept = expected.samples.take(slice(0, stops[fragments - 1] if fragments else 0))
        assert difference(track.samples, kept) == ""
