"""Real media made by ffmpeg, and what independent readers (PyAV, ffprobe) say of a file."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import av

_PICTURE = "testsrc2=size=192x144:rate=25,format=yuv420p"
_SOUND = "sine=frequency=440:sample_rate=44100"
RECIPES: Mapping[str, tuple[str, ...]] = {
    "h264_b_frames.mp4": ("-c:v", "libx264", "-bf", "2", "-g", "10", "-c:a", "aac"),
    "h264_open_gop.mp4": ("-c:v", "libx264", "-x264-params", "open-gop=1:keyint=12:bframes=3", "-an"),
    "h264_faststart.mp4": ("-c:v", "libx264", "-g", "10", "-c:a", "aac", "-movflags", "faststart"),
    "h264_signed_offsets.mp4": ("-c:v", "libx264", "-bf", "2", "-an", "-movflags", "negative_cts_offsets"),
    "h264_baseline.mp4": ("-c:v", "libx264", "-profile:v", "baseline", "-g", "10", "-an"),
    "h264.mov": ("-c:v", "libx264", "-bf", "2", "-c:a", "aac"),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=none:keyint=10", "-tag:v", "hvc1", "-an"),
    "mpeg4.mp4": ("-c:v", "mpeg4", "-bf", "2", "-g", "10", "-c:a", "aac"),
    "mjpeg.mov": ("-c:v", "mjpeg", "-an"),
    "mjpeg.mp4": ("-c:v", "mjpeg", "-an"),
    "fragmented.mp4": (
        "-c:v",
        "libx264",
        "-bf",
        "2",
        "-g",
        "10",
        "-c:a",
        "aac",
        "-movflags",
        "frag_keyframe+empty_moov",
    ),
    "fragmented_after_samples.mp4": ("-c:v", "libx264", "-g", "10", "-c:a", "aac", "-movflags", "frag_keyframe"),
    "fragmented_base_is_moof.mp4": (
        *("-c:v", "libx264", "-bf", "2", "-g", "10", "-c:a", "aac"),
        *("-movflags", "frag_keyframe+empty_moov+default_base_moof+separate_moof+negative_cts_offsets"),
    ),
    "fragmented_without_base.mp4": (
        *("-c:v", "libx264", "-g", "10", "-c:a", "aac"),
        *("-movflags", "frag_keyframe+omit_tfhd_offset+global_sidx"),
    ),
    "fragment_per_frame.mp4": ("-c:v", "libx264", "-bf", "2", "-an", "-movflags", "frag_every_frame+empty_moov"),
}


class Packet(NamedTuple):
    at: int
    size: int
    pts: int
    dts: int
    key: bool


def make(folder: Path, name: str) -> Path:
    """Let ffmpeg write 2 s of moving picture, and sound where the recipe has it."""
    path = folder / name
    sources = ("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND)
    run("ffmpeg", "-v", "error", "-threads", "1", *sources, "-t", "2", *RECIPES[name], str(path))
    return path


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def packets(path: Path, options: dict[str, str] | None = None) -> list[list[Packet]]:
    """Return what PyAV finds in each stream; by default with edit lists ignored, so times are those of the tables."""
    with av.open(str(path), options=options or {"ignore_editlist": "1"}) as container:
        found: list[list[Packet]] = [[] for _ in container.streams]
        for packet in container.demux():
            if packet.size and packet.pos is not None and packet.pts is not None and packet.dts is not None:
                row = Packet(packet.pos, packet.size, packet.pts, packet.dts, packet.is_keyframe)
                found[packet.stream_index].append(row)
    return found


def probe(path: Path, *what: str) -> dict[str, Any]:
    """Return ffprobe's JSON about a file."""
    answer: dict[str, Any] = json.loads(run("ffprobe", "-v", "error", "-of", "json", *what, str(path)))
    return answer
