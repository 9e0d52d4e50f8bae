"""The soft track with the time on the wall: its table, and what ffmpeg shows of it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.header import build_header
from foundation.mp4.text import text_sample, wall_clock_track
from tests.support.mp4_build import read_bytes, table, video
from tests.support.mp4_media import probe, run

LINES = [(0, 90_000, "21:05:00 +07"), (90_000, 90_000, "21:05:01 +07"), (270_000, 45_000, "Mắt Phố 21:05:03")]


def test_samples_are_a_length_and_the_text() -> None:
    assert text_sample("ố") == b"\0\x03\xe1\xbb\x91"
    assert text_sample("") == b"\0\0"
    with pytest.raises(Mp4Unwritable):
        text_sample("x" * 65_536)


def test_time_without_text_shows_nothing() -> None:
    track, payload = wall_clock_track([(500, 100, "a"), (700, 100, "b")], track_id=3, payload_at=1000)
    texts = [
        payload[at - 1000 : at - 1000 + size]
        for at, size in zip(track.samples.offset.tolist(), track.samples.size.tolist(), strict=True)
    ]
    assert texts == [b"\0\0", b"\0\1a", b"\0\0", b"\0\1b"]
    assert track.samples.dts.tolist() == [0, 500, 600, 700]
    assert track.samples.end_dts == 800


def test_no_lines_give_an_empty_track() -> None:
    track, payload = wall_clock_track([], track_id=3)
    assert (len(track.samples), payload) == (0, b"")


@pytest.mark.parametrize("lines", [[(0, 10, "a"), (5, 10, "b")], [(0, 0, "a")], [(-5, 10, "a")]])
def test_lines_out_of_order_are_refused(lines: list[tuple[int, int, str]]) -> None:
    with pytest.raises(Mp4Unwritable):
        wall_clock_track(lines, track_id=3)


def test_a_player_shows_the_time(tmp_path: Path) -> None:
    seen = video(table([50] * 100))
    text, payload = wall_clock_track(LINES, track_id=3, payload_at=5000, width=320, height=240, language="vie")
    path = tmp_path / "clock.mp4"
    path.write_bytes(build_header([seen, text], 5000 + len(payload)) + bytes(5000) + payload)

    subtitles = run("ffmpeg", "-v", "fatal", "-i", str(path), "-map", "0:s", "-f", "srt", "-")
    shown = re.sub("<[^>]+>", "", subtitles).split("\n\n")  # the style that the sample entry gives is not compared
    stream = probe(path, "-select_streams", "s", "-show_streams")["streams"][0]

    assert [block.split("\n")[1:] for block in shown if block.strip()] == [
        ["00:00:00,000 --> 00:00:01,000", "21:05:00 +07"],
        ["00:00:01,000 --> 00:00:02,000", "21:05:01 +07"],
        ["00:00:03,000 --> 00:00:03,500", "Mắt Phố 21:05:03"],
    ]
    assert (stream["codec_name"], stream["tags"]["language"]) == ("mov_text", "vie")
    track = read_bytes(path.read_bytes()).tracks[1]
    assert (track.media, track.width, track.height) == ("text", 320, 24)
    assert replace(track, samples=text.samples) == replace(text, samples=text.samples)
