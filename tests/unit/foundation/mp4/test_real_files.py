"""Files that ffmpeg wrote are read as PyAV reads them, and files that we write play as they should."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from foundation.mp4.header import build_header
from foundation.mp4.hybrid import fragment, init_segment
from foundation.mp4.movie import Edit, Track, read_movie
from foundation.mp4.sample_entries import codec_kind, codec_string, dimensions
from foundation.mp4.tables import SampleTable
from tests.support.mp4_build import seal, write_hybrid
from tests.support.mp4_media import Packet, packets, probe


def movie_tracks(path: Path) -> tuple[Track, ...]:
    data = path.read_bytes()
    return read_movie(lambda at, count: data[at : at + count], len(data)).tracks


def rows(samples: SampleTable) -> list[Packet]:
    columns = (samples.offset, samples.size, samples.pts, samples.dts, samples.key)
    return [Packet(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def test_samples_are_those_that_pyav_finds(real_file: Path) -> None:
    expected = packets(real_file)
    tracks = movie_tracks(real_file)

    assert len(tracks) == len(expected)
    for track, wanted in zip(tracks, expected, strict=True):
        found = rows(track.samples)
        # Where offsets are negative ffmpeg moves times so that no frame is decoded after it is shown: of a plain file
        # the decode times to earlier, of a fragmented one the presentation times to later.
        moved = max(0, -int(track.samples.cts.min()))
        shown, decoded = (moved, 0) if real_file.name.startswith("fragment") else (0, -moved)
        assert [(*row[:2], row.pts + shown, row.dts + decoded, row.key) for row in found] == wanted


def test_the_sample_entry_tells_the_codec(real_file: Path) -> None:
    track = movie_tracks(real_file)[0]
    kind = real_file.name.partition("_")[0].partition(".")[0]

    wanted = {"hevc": "h265", "fragmented": "h264", "fragment": "h264"}.get(kind, kind)
    assert codec_kind(track.sample_entries[0]) == wanted
    assert dimensions(track.sample_entries[0]) == (192, 144) == (track.width, track.height)


def test_the_codec_string_is_the_browsers(real_file: Path) -> None:
    expected = {
        "h264": "avc1.6400",
        "h265": "hvc1.1.6.L",
        "mpeg4": "mp4v.20.",
        "mjpeg": "mp4v.6C" if real_file.suffix == ".mp4" else "jpeg",
        "aac": "mp4a.40.2",
    }
    for track in movie_tracks(real_file):
        entry = track.sample_entries[0]
        found, wanted = codec_string(entry), expected[codec_kind(entry)]
        assert found.startswith(wanted)


def test_a_virtual_file_plays_from_the_first_frame_shown(b_frames: Path, tmp_path: Path) -> None:
    seen, heard = movie_tracks(b_frames)
    payload = b_frames.read_bytes()
    samples = seen.samples.take(slice(10, 40))
    shown = np.sort(samples.pts)[3]  # three frames are pre-roll
    duration = 20 * 512
    clip = replace(seen, samples=samples, edits=(Edit(duration * 90_000 // seen.timescale, int(shown)),))
    path = tmp_path / "clip.mp4"
    path.write_bytes(build_header([clip, replace(heard, edits=())], len(payload)) + payload)

    with av.open(str(b_frames)) as container:
        original = [frame.to_ndarray() for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        played = [(frame.pts, frame.to_ndarray()) for frame in container.decode(video=0)]
    first = next(index for index, picture in enumerate(original) if np.array_equal(picture, played[0][1]))

    assert [pts for pts, _ in played] == [number * 512 for number in range(20)]
    assert all(np.array_equal(picture, original[first + number]) for number, (_, picture) in enumerate(played))
    assert first == 13
    times = probe(path, "-select_streams", "v", "-show_frames", "-show_entries", "frame=pts")
    assert [frame["pts"] for frame in times["frames"]] == [number * 512 for number in range(20)]


def hybrid_of(path: Path) -> tuple[bytes, list[Track], bytes]:
    """Write the file anew as a segment file with a fragment for each group of pictures; return it before and after."""
    data = path.read_bytes()
    tracks = [replace(track, edits=(Edit(0, int(track.samples.pts.min())),)) for track in movie_tracks(path)]
    keys = np.flatnonzero(tracks[0].samples.key).tolist()
    ends = [[*keys[1:], len(tracks[0].samples)]]
    ends += [[len(track.samples) * number // len(keys) for number in range(1, len(keys) + 1)] for track in tracks[1:]]
    unsealed, placed, end = write_hybrid(tracks, ends)
    filled = bytearray(unsealed)
    for track, place in zip(tracks, placed, strict=True):
        spans = zip(
            track.samples.offset.tolist(), place.samples.offset.tolist(), track.samples.size.tolist(), strict=True
        )
        for source, target, size in spans:
            filled[target : target + size] = data[source : source + size]
    return bytes(filled), placed, seal(bytes(filled), end)


def test_a_segment_file_plays_at_every_moment(b_frames: Path, tmp_path: Path) -> None:
    unsealed, placed, sealed = hybrid_of(b_frames)
    with av.open(str(b_frames)) as container:
        original = [frame.to_ndarray() for frame in container.decode(video=0)]
    for name, data in (("growing.mp4", unsealed), ("sealed.mp4", sealed)):
        path = tmp_path / name
        path.write_bytes(data)
        with av.open(str(path)) as container:
            played = [(frame.pts, frame.to_ndarray()) for frame in container.decode(video=0)]
        assert [pts for pts, _ in played] == [number * 512 for number in range(50)]
        assert all(np.array_equal(a, b) for a, (_, b) in zip(original, played, strict=True))
        found = packets(path)
        for track, stream in zip(placed, found, strict=True):
            assert [(row.at, row.size, row.pts, row.key) for row in stream] == [
                (row.at, row.size, row.pts, row.key) for row in rows(track.samples)
            ]
    told = probe(tmp_path / "sealed.mp4", "-show_format", "-show_streams")
    assert told["streams"][0]["duration"] == "2.000000"
    assert [stream["codec_name"] for stream in told["streams"]] == ["h264", "aac"]


def test_an_initialisation_segment_and_its_fragments_play(b_frames: Path, tmp_path: Path) -> None:
    data = b_frames.read_bytes()
    track = replace(movie_tracks(b_frames)[0], edits=())
    samples = track.samples.take(slice(20, 30))
    media = b"".join(
        data[at : at + size] for at, size in zip(samples.offset.tolist(), samples.size.tolist(), strict=True)
    )
    path = tmp_path / "hls.mp4"
    path.write_bytes(init_segment([track]) + fragment(1, [(track, samples)]) + media)

    with av.open(str(path)) as container:
        played = [frame.pts or 0 for frame in container.decode(video=0)]

    assert sorted(played) == sorted(samples.pts.tolist())
