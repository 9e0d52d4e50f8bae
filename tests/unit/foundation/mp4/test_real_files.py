"""Files that ffmpeg wrote are read as PyAV reads them, and files that we write play as they should."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np

from foundation.mp4.header import build_header
from foundation.mp4.hybrid import fragment, init_segment
from foundation.mp4.movie import Edit, Track, read_movie
from foundation.mp4.sample_entries import codec_kind, codec_string, dimensions
from foundation.mp4.tables import SampleTable, concat
from tests.support.mp4_build import seal, write_hybrid
from tests.support.mp4_media import Packet, make, packets, probe


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


def test_the_codec_string_has_the_profile_and_level_that_ffprobe_finds(real_file: Path) -> None:
    streams = probe(real_file, "-show_streams")["streams"]
    profiles = {"Constrained Baseline": "42C0", "High": "6400", "Main": "1.6"}
    for track, stream in zip(movie_tracks(real_file), streams, strict=True):
        profile, level = profiles.get(stream.get("profile", ""), ""), stream.get("level", 0)
        wanted = {
            "h264": f"avc1.{profile}{level:02X}",
            "hevc": f"hvc1.{profile}.L{level}.90",
            "mpeg4": f"mp4v.20.{_mpeg4_profile(track.sample_entries[0])}",
            "mjpeg": "mp4v.6C" if real_file.suffix == ".mp4" else "jpeg",
            "aac": "mp4a.40.2",
        }[stream["codec_name"]]
        assert codec_string(track.sample_entries[0]) == wanted


def _mpeg4_profile(entry: bytes) -> int:
    """Return the byte after the start code of the visual object sequence, which ffprobe does not tell."""
    return int.from_bytes(entry.partition(bytes.fromhex("000001b0"))[2][:1], "big")


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


def pictures(path: Path) -> list[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def test_a_track_of_two_configurations_plays(b_frames: Path, tmp_path: Path) -> None:
    other = make(tmp_path, "h264_baseline.mp4")
    first, second = movie_tracks(b_frames)[0], movie_tracks(other)[0]
    assert first.sample_entries != second.sample_entries
    moved = second.samples
    moved = replace(
        moved,
        offset=moved.offset + b_frames.stat().st_size,
        dts=moved.dts + first.samples.end_dts,
        cts=moved.cts + int(first.samples.pts.min()),
        entry=moved.entry + 1,
        end_dts=moved.end_dts + first.samples.end_dts,
    )
    track = replace(
        first,
        sample_entries=first.sample_entries + second.sample_entries,
        samples=concat([first.samples, moved]),
        edits=(Edit(0, int(first.samples.pts.min())),),
    )
    payload = b_frames.read_bytes() + other.read_bytes()
    path = tmp_path / "both.mp4"
    path.write_bytes(build_header([track], len(payload)) + payload)

    played, expected = pictures(path), pictures(b_frames) + pictures(other)

    assert len(played) == len(expected) == 100
    assert all(np.array_equal(a, b) for a, b in zip(played, expected, strict=True))
    times = probe(path, "-select_streams", "v", "-show_frames", "-show_entries", "frame=pts")
    assert [frame["pts"] for frame in times["frames"]] == [number * 512 for number in range(100)]


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
