"""The loop that all live cameras play: dated footage as a street camera codes it, made once and kept in a folder.

A drawn street is too clean for an encoder: its frames would be a fraction of what a real sensor gives. So noise is laid over
it, and rate control then spends the bits that the camera is said to have.
"""

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS
from sample_clips.generator import VIETNAM_MINUTES
from sample_clips.scene import TEXT_HEIGHT, Scene, zone_of

VERSION = 1
"""Of the way the loop is drawn and coded: another one is another file."""

_NOISE_LEVELS, _NOISE_PICTURES = 3.0, 5
_TOP = 8 + TEXT_HEIGHT
_SLICES = frozenset({1, 5})
_KEY = 5


@dataclass(frozen=True)
class Loop:
    """What to make: `seconds` is a multiple of two groups of pictures, so that the end joins the beginning.

    Neighbouring key frames differ in `idr_pic_id` (ITU-T H.264, 7.4.3), which the encoder lets alternate.
    """

    start_us: int
    seconds: int = 60
    width: int = 1920
    height: int = 1080
    rate: int = 25
    key_every: int = 50
    bits_per_s: int = 2_000_000

    def __post_init__(self) -> None:
        if self.seconds < 1 or self.seconds * self.rate % (2 * self.key_every) or MICROSECONDS % self.rate:
            raise ValueError(f"{self.seconds} s of {self.rate} frames do not hold pairs of {self.key_every} frames")

    @property
    def name(self) -> str:
        size = f"{self.width}x{self.height}-{self.rate}-{self.key_every}"
        return f"live-{VERSION}-{self.start_us}-{size}-{self.seconds}s-{self.bits_per_s // 1000}k.mp4"

    def time_us(self, number: int) -> int:
        """Return the time that the bar code of frame `number` tells."""
        return self.start_us + number * MICROSECONDS // self.rate


@dataclass(frozen=True)
class Coded:
    """`frames` holds the slices of each frame as NAL units; `keys` says which are key frames."""

    sps: bytes
    pps: bytes
    frames: list[list[bytes]]
    keys: list[bool]


def coded(folder: Path, loop: Loop) -> Coded:
    """Return the loop, made now if `folder` does not hold it yet."""
    path = folder / loop.name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}.tmp")
        _make(half, loop)
        half.replace(path)
    return _read(path)


def _make(path: Path, loop: Loop) -> None:
    scene = Scene(loop.width, loop.height, "LIVE", 0, zone_of(VIETNAM_MINUTES))
    dice = np.random.default_rng(0)
    below = (loop.height - _TOP, loop.width)
    noise = [dice.normal(0, _NOISE_LEVELS, below).astype(np.int16) for _ in range(_NOISE_PICTURES)]
    options = {"fflags": "+bitexact", "video_track_timescale": str(MEDIA_TIMESCALE)}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        video = out.add_stream("libx264", rate=loop.rate)
        assert isinstance(video, VideoStream)
        _set_up(video, loop)
        converter = VideoReformatter()
        for number in range(loop.seconds * loop.rate):
            picture = av.VideoFrame.from_ndarray(scene.frame(loop.time_us(number)), format="rgb24")
            planes = converter.reformat(picture, format="yuv420p").to_ndarray()
            light = planes[_TOP : loop.height]
            grain = np.roll(noise[number % _NOISE_PICTURES], int(dice.integers(below[0])), axis=0)
            light[:] = np.clip(light + grain, 16, 235).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, loop.rate)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))


def _set_up(video: VideoStream, loop: Loop) -> None:
    video.width, video.height, video.pix_fmt = loop.width, loop.height, "yuv420p"
    video.codec_context.time_base = video.time_base = Fraction(1, loop.rate)
    video.codec_context.gop_size = loop.key_every
    video.codec_context.thread_count = 1  # several would be several slices of a frame
    video.codec_context.bit_rate = loop.bits_per_s
    rate = f"vbv-maxrate={loop.bits_per_s // 1000}:vbv-bufsize={loop.bits_per_s // 1000}"
    keys = f"keyint={loop.key_every}:min-keyint={loop.key_every}:scenecut=0:bframes=0"
    video.options = {"flags": "+bitexact", "preset": "ultrafast", "bf": "0", "x264-params": f"{keys}:{rate}"}


def _read(path: Path) -> Coded:
    """Take the file apart; everything but slices is left out, as parameter sets and marks are put in when a frame is sent."""
    frames, keys = [], []
    with av.open(str(path), "r") as file:
        config = file.streams.video[0].codec_context.extradata or b""
        for packet in file.demux(video=0):
            units = [unit for unit in _units(bytes(packet)) if unit[0] & 31 in _SLICES]
            if units:
                frames.append(units)
                keys.append(units[0][0] & 31 == _KEY)
    sps, pps = _sets(config)
    return Coded(sps, pps, frames, keys)


def _units(sample: bytes) -> list[bytes]:
    units, at = [], 0
    while at + 4 <= len(sample):
        length = int.from_bytes(sample[at : at + 4], "big")
        units.append(sample[at + 4 : at + 4 + length])
        at += 4 + length
    return units


def _sets(config: bytes) -> tuple[bytes, bytes]:
    """Return the one SPS and the one PPS of an avcC (ISO/IEC 14496-15, 5.3.3.1)."""
    length = int.from_bytes(config[6:8], "big")
    sps, rest = config[8 : 8 + length], config[8 + length :]
    return sps, rest[3 : 3 + int.from_bytes(rest[1:3], "big")]
