"""The playlist and its files, played by ffmpeg as a player would: every frame, in order, dated by its bar code."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from extract.delivery import read_chunks
from extract.hls import HlsUnknown, named, playlist
from extract.plan import Plan, plan
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, parse_instant
from tests.support.coded_footage import HEIGHT, WIDTH, Recipe, Recording, encode, number_of, record

START = 1_772_000_000_000_000
OPEN = "keyint=12:min-keyint=12:scenecut=0:bframes=2:b-adapt=0:open-gop=1"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("hls")
    found, at = Recording(folder / "store"), START
    found.folder.mkdir()
    recipes = (Recipe(params=OPEN, frames=400, sound=True), Recipe(params=OPEN, frames=60, sound=True, first=1000))
    for number, recipe in enumerate(recipes):
        encode(folder / f"{number}.mp4", recipe)
        at = record(found, folder / f"{number}.mp4", recipe, number + 1, at, 400_000) + 2_000_000
    return found


def published(planned: Plan, recording: Recording, folder: Path) -> str:
    text = playlist(planned)
    (folder / "hls").mkdir()
    (folder / "index.m3u8").write_text(text)
    store = LocalFiles(recording.folder)
    for name in re.findall(r"hls/([0-9a-z.-]+)", text):
        file = named(planned, name, "tag")
        (folder / "hls" / name).write_bytes(b"".join(read_chunks(file, store, 0, file.size)))
        assert (folder / "hls" / name).stat().st_size == file.size
    return text


def played(folder: Path) -> list[int]:
    command = ["ffmpeg", "-v", "error", "-i", str(folder / "index.m3u8"), "-map", "0:v", "-fps_mode", "passthrough"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True).stdout
    return [number_of(one) for one in np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH)]


@pytest.mark.parametrize("audio", [False, True])
def test_a_player_shows_all_frames_from_the_key_frame_on(recording: Recording, tmp_path: Path, audio: bool) -> None:
    times = sorted(recording.captured.values())
    span = TimeRange(times[30], times[-10])
    planned = plan(recording.footage, span, "exact", recording.load, audio=audio)
    text = published(planned, recording, tmp_path)
    shown = played(tmp_path)
    assert shown == sorted(set(shown))
    wanted = [number for number, at in sorted(recording.captured.items()) if span.contains(at)]
    first = shown.index(wanted[0])
    assert [number for number in shown if number >= wanted[0] and number <= wanted[-1]] == wanted
    assert re.findall(r"START:TIME-OFFSET=([0-9.]+)", text) == [f"{first * 0.04:.6f}"]
    assert text.count("#EXT-X-DISCONTINUITY") == 1  # the gap between the two runs
    assert text.endswith("#EXT-X-ENDLIST\n")
    dates = [parse_instant(date) for date in re.findall(r"DATE-TIME:(\S+)", text)]
    assert set(dates) <= set(times)
    assert dates[0] == recording.captured[shown[0]]


def test_segments_last_as_long_as_the_playlist_says(recording: Recording, tmp_path: Path) -> None:
    times = sorted(recording.captured.values())
    planned = plan(recording.footage, TimeRange(times[0], times[399]), "exact", recording.load)
    text = published(planned, recording, tmp_path)
    lengths = [float(length) for length in re.findall(r"#EXTINF:([0-9.]+)", text)]
    assert sum(lengths) == pytest.approx(399 * 0.04)
    (target,) = re.findall(r"TARGETDURATION:(\d+)", text)
    assert max(lengths) <= int(target) <= 8


@pytest.mark.parametrize("name", ["2-init.mp4", "1-99.m4s", "1-0.m4s", "../1-init.mp4", "1-init.mp4x", "0-1.m4s", ""])
def test_other_names_are_unknown(recording: Recording, name: str) -> None:
    times = sorted(recording.captured.values())
    planned = plan(recording.footage, TimeRange(times[0], times[50]), "exact", recording.load)
    with pytest.raises(HlsUnknown):
        named(planned, name, "tag")
