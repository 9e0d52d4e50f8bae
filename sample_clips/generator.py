"""Draw and code a clip whose every frame carries the time at which it was captured. The same recipe gives the same bytes."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS, datetime_from_us, rescale
from sample_clips.barcode import Picture
from sample_clips.scene import Scene, zone_of

VIETNAM_MINUTES = 7 * 60
_ENCODERS = {"h264": "libx264", "h265": "libx265", "mpeg4": "mpeg4", "mjpeg": "mjpeg"}
_FORMATS = {
    "mp4": ("mp4", "mp4"),
    "fmp4": ("mp4", "mp4"),
    "mov": ("mov", "mov"),
    "mkv": ("matroska", "mkv"),
    "avi": ("avi", "avi"),
    "ts": ("mpegts", "ts"),
}
_SOUNDS = {"aac": 48_000, "pcm_alaw": 8_000}
_CANNOT = {("h265", "avi"), ("mjpeg", "ts")}
"""Codings that the container does not hold, or that libav does not read back from it."""
_SOUND_CANNOT = {*(("pcm_alaw", name) for name in ("mp4", "fmp4", "mkv", "ts")), ("aac", "avi")}


@dataclass(frozen=True)
class Recipe:
    """What to draw and how to code it. `start_us` is the capture time of the first frame, microseconds UTC.

    `rate` is frames per second, at most 25 with `uneven`, where frames come one to three frame times apart; `sound` is
    aac or pcm_alaw, a tone of `tone_hz` that beeps at each full second; `dated` writes the start into the file's metadata. Raises `ValueError` for what no file can hold.
    """

    camera: str
    start_us: int
    seconds: int
    codec: str = "h264"
    container: str = "mp4"
    width: int = 640
    height: int = 360
    rate: int = 25
    key_every: int = 50
    b_frames: int = 0
    uneven: bool = False
    sound: str | None = None
    tone_hz: int = 880
    dated: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.codec not in _ENCODERS or self.container not in _FORMATS or self.sound not in {None, *_SOUNDS}:
            raise ValueError(f"{self.codec} with {self.sound} in {self.container} is not known here")
        if (self.codec, self.container) in _CANNOT or (self.sound, self.container) in _SOUND_CANNOT:
            raise ValueError(f"{self.container} does not hold {self.codec} with {self.sound}")
        if self.container == "avi" and (self.uneven or self.b_frames):
            raise ValueError("AVI counts frames: neither uneven times nor B-frames")
        if MEDIA_TIMESCALE % self.rate or self.seconds < 1:
            raise ValueError(f"{self.rate} frames a second for {self.seconds} s")

    @property
    def suffix(self) -> str:
        return _FORMATS[self.container][1]

    def ticks(self) -> list[int]:
        """Return the capture times of all frames in 1/90000 s after the start."""
        step, total = MEDIA_TIMESCALE // self.rate, self.seconds * MEDIA_TIMESCALE
        if not self.uneven:
            return list(range(0, total, step))
        dice, at, times = random.Random(self.seed), 0, []  # noqa: S311 - a sample, not a secret
        while at < total:
            times.append(at)
            at += dice.randint(1, 3) * step
        return times

    def captured_us(self) -> list[int]:
        """Return the capture times of all frames, microseconds UTC."""
        return [self.start_us + rescale(at, MICROSECONDS, MEDIA_TIMESCALE) for at in self.ticks()]


@dataclass(frozen=True)
class Made:
    """What was written: capture times in the order of display, bytes, and their SHA-256."""

    captured_us: list[int]
    size: int
    sha256: str


def make(path: Path, recipe: Recipe) -> Made:
    """Write the clip of `recipe` to `path`."""
    scene = Scene(recipe.width, recipe.height, recipe.camera, recipe.seed, zone_of(VIETNAM_MINUTES))
    options = {"fflags": "+bitexact"}
    if recipe.container == "fmp4":
        options["movflags"] = "frag_keyframe+delay_moov+default_base_moof"
    if recipe.container in {"mp4", "mov"}:
        options["video_track_timescale"] = str(MEDIA_TIMESCALE)
    with av.open(str(path), "w", format=_FORMATS[recipe.container][0], options=options) as out:
        if recipe.dated:
            moment = datetime_from_us(recipe.start_us).isoformat(timespec="microseconds")
            out.metadata["creation_time"] = moment.replace("+00:00", "Z")
        video = _video(out, recipe)
        sound = _sound(out, recipe)
        _write(out, video, sound, scene, recipe)
    data = path.read_bytes()
    return Made(recipe.captured_us(), len(data), hashlib.sha256(data).hexdigest())


def _video(out: Any, recipe: Recipe) -> VideoStream:
    video = out.add_stream(_ENCODERS[recipe.codec], rate=recipe.rate)
    assert isinstance(video, VideoStream)
    video.width, video.height = recipe.width, recipe.height
    video.pix_fmt = "yuvj420p" if recipe.codec == "mjpeg" else "yuv420p"
    base = _time_base(recipe)
    video.codec_context.time_base = video.time_base = base
    video.codec_context.gop_size = recipe.key_every
    video.codec_context.thread_count = 1
    video.options = _coder_options(recipe)
    return video


def _time_base(recipe: Recipe) -> Fraction:
    if recipe.codec == "mpeg4" or recipe.container == "avi":
        return Fraction(1, recipe.rate)
    return Fraction(1, MEDIA_TIMESCALE)


def _coder_options(recipe: Recipe) -> dict[str, object]:
    options: dict[str, object] = {"flags": "+bitexact", "bf": str(recipe.b_frames)}
    keys = f"keyint={recipe.key_every}:min-keyint={recipe.key_every}:scenecut=0:bframes={recipe.b_frames}"
    if recipe.codec == "h264":
        return options | {"preset": "ultrafast", "crf": "26", "x264-params": keys}
    if recipe.codec == "h265":
        return {"preset": "ultrafast", "crf": "28", "x265-params": f"{keys}:log-level=none:pools=1:frame-threads=1"}
    return options | {"qmin": "2", "qmax": "6" if recipe.codec == "mpeg4" else "4"}


def _sound(out: Any, recipe: Recipe) -> AudioStream | None:
    if recipe.sound is None:
        return None
    sound = out.add_stream(recipe.sound, rate=_SOUNDS[recipe.sound], layout="mono")
    assert isinstance(sound, AudioStream)
    return sound


def _write(out: Any, video: VideoStream, sound: AudioStream | None, scene: Scene, recipe: Recipe) -> None:
    """Code pictures and sound side by side, so that the file is interleaved as a recorder's is."""
    base = _time_base(recipe)
    waves = _waves(recipe)
    wave = next(waves, None)
    for at, captured in zip(recipe.ticks(), recipe.captured_us(), strict=True):
        frame = _frame(scene.frame(captured), video)
        frame.pts, frame.time_base = rescale(at, base.denominator, base.numerator * MEDIA_TIMESCALE), base
        out.mux(video.encode(frame))
        while sound is not None and wave is not None and (wave.pts or 0) * MEDIA_TIMESCALE <= at * wave.sample_rate:
            out.mux(sound.encode(wave))
            wave = next(waves, None)
    out.mux(video.encode(None))
    if sound is not None:
        while wave is not None:
            out.mux(sound.encode(wave))
            wave = next(waves, None)
        out.mux(sound.encode(None))


def _frame(picture: Picture, video: VideoStream) -> av.VideoFrame:
    if video.pix_fmt == "yuv420p":  # OpenCV takes a third of the time of libav to get there
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
        return av.VideoFrame.from_ndarray(planes, format="yuv420p")
    return av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=video.pix_fmt)


def _waves(recipe: Recipe) -> Iterator[av.AudioFrame]:
    """Yield a tone that beeps at each full second of the wall clock."""
    if recipe.sound is None:
        return
    rate, size = _SOUNDS[recipe.sound], 1024
    for start in range(0, recipe.seconds * rate, size):
        at = np.arange(start, start + size)
        into_second = (recipe.start_us % MICROSECONDS * rate // MICROSECONDS + at) % rate
        tone = np.where(into_second < rate // 10, 9000, 600) * np.sin(at * (2 * np.pi * recipe.tone_hz / rate))
        frame = av.AudioFrame.from_ndarray(tone.astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield frame
