"""Real coded pictures and sound in sealed segment files, made without the importer: what clips are decoded from in tests.

Every picture carries its number as a bar code of sixteen cells along the top edge, so each decoded frame names itself.
"""

import random
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from extract.footage import Footage, Look, Media, Sound
from foundation.mp4.hybrid import closing, fragment, opening
from foundation.mp4.model import Edit, Track
from foundation.mp4.movie import read_movie
from foundation.mp4.tables import Int64, SampleTable
from foundation.timebase import rescale

WIDTH, HEIGHT, CELL, BITS = 128, 64, 8, 16
RATE = 48_000
Picture = npt.NDArray[np.uint8]


def picture(number: int) -> Picture:
    """Return a grey picture with `number` in its cells, most significant bit first, and something that moves."""
    data = np.full((HEIGHT, WIDTH), 90, np.uint8)
    for bit in range(BITS):
        data[:CELL, bit * CELL : (bit + 1) * CELL] = 255 if number >> (BITS - 1 - bit) & 1 else 0
    at = number * 3 % (WIDTH - 16)
    data[20:40, at : at + 16] = 200
    return data


def number_of(data: npt.NDArray[Any]) -> int:
    """Read the number back from a decoded grey picture."""
    cells = data[2 : CELL - 2, : BITS * CELL].reshape(CELL - 4, BITS, CELL)[:, :, 2:-2].mean(axis=(0, 2))
    return int("".join("1" if cell > 128 else "0" for cell in cells), 2)


@dataclass(frozen=True)
class Recipe:
    """How a source is coded. `params` go to the encoder; `ticks` is the usual frame duration in 1/90000 s."""

    codec: str = "libx264"
    params: str = "keyint=10:min-keyint=10:scenecut=0:bframes=0"
    frames: int = 60
    ticks: int = 3600
    uneven: bool = False
    sound: bool = False
    first: int = 0  # the number of the first picture


def encode(path: Path, recipe: Recipe, seed: int = 1) -> None:
    """Write a source file with `recipe.frames` pictures."""
    dice = random.Random(seed)
    with av.open(str(path), "w", format="mp4", options={"video_track_timescale": "90000"}) as out:
        video = out.add_stream(recipe.codec, rate=25)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        unit = 3600 if recipe.codec == "mpeg4" else 1  # MPEG-4 part 2 counts in 16 bits
        video.codec_context.time_base = video.time_base = Fraction(unit, 90_000)
        options = {"x264-params": recipe.params, "x265-params": recipe.params + ":log-level=none"}
        video.options = {
            **options,
            "preset": "ultrafast",
            "g": "10",
            "bf": "2" if "bframes=2" in recipe.params else "0",
        }
        sound = out.add_stream("aac", rate=RATE, layout="mono", options={"aac_pns": "0"}) if recipe.sound else None
        at, converter = 0, VideoReformatter()
        for number in range(recipe.frames):
            grey = av.VideoFrame.from_ndarray(picture(recipe.first + number), format="gray")
            frame = converter.reformat(grey, format="yuv420p")
            frame.pts, frame.time_base = at // unit, Fraction(unit, 90_000)
            at += dice.randint(900, 3 * recipe.ticks) if recipe.uneven else recipe.ticks
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if sound is not None:
            _speak(out, sound, at * RATE // 90_000)


def _speak(out: "av.container.OutputContainer", sound: "av.AudioStream", length: int) -> None:
    time = np.arange(length)
    wave = (8000 * np.sin(time * (0.02 + time / length * 0.2))).astype(np.int16)
    for start in range(0, length - 1023, 1024):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, start
        out.mux(sound.encode(frame))
    out.mux(sound.encode(None))


@dataclass(repr=False)
class Recording:
    """Sealed segments in a folder, and of each picture its number and when it was captured."""

    folder: Path
    footage: list[Footage] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    captured: dict[int, int] = field(default_factory=dict)
    samples: dict[tuple[str, int], bytes] = field(default_factory=dict)
    sources: list[Path] = field(default_factory=list)
    sound_zero: dict[int, int] = field(default_factory=dict)  # of each run: source sound ticks at its start

    def load(self, footage: Footage) -> Media:
        return self.media[footage.key]

    def __repr__(self) -> str:
        return f"{len(self.footage)} segments"


def record(recording: Recording, source: Path, recipe: Recipe, run_id: int, start_us: int, each_ticks: int) -> int:
    """Cut `source` into segments of at least `each_ticks` at key frames; return the wall time of the run's end."""
    data = source.read_bytes()
    movie = read_movie(lambda at, length: data[at : at + length], len(data))
    video = next(track for track in movie.tracks if track.media == "video")
    sound = next((track for track in movie.tracks if track.media == "audio"), None)
    assert video.timescale == 90_000
    samples = video.samples
    pts = samples.pts
    keys = np.flatnonzero(samples.key)
    opened = [0]
    for key in keys[1:].tolist():
        if pts[key] - pts[opened[-1]] >= each_ticks:
            opened.append(key)
    bounds = list(zip(opened, [*opened[1:], len(samples)], strict=True))
    lows = [int(pts[a:b].min()) for a, b in bounds]
    lows.append(int((pts + samples.durations).max()))
    ordered = np.sort(pts).tolist()
    zero = _sound_zero(movie.timescale, sound)
    recording.sources.append(source)
    recording.sound_zero[run_id] = zero
    for number, (begin, stop) in enumerate(bounds):
        walls = [start_us + rescale(low - lows[0], 1_000_000, 90_000) for low in lows[number : number + 2]]
        key = f"{run_id}-{number}.mp4"
        heard = None
        if sound is not None:
            times = sound.samples.dts - zero
            low, high = (rescale(lows[number + i] - lows[0], RATE, 90_000) for i in (0, 1))
            first = number == 0
            heard = np.flatnonzero((times >= (low if not first else -(10**9))) & (times < high))
        _seal(recording, key, data, video, samples.take(slice(begin, stop)), sound, heard, zero, lows[number] - lows[0])
        look = Look(recipe.codec, video.width, video.height)
        item = Footage(
            1,
            walls[0],
            walls[1],
            lows[number + 1] - lows[number],
            run_id,
            key,
            key.encode(),
            look,
            Look("mp4a", rate=RATE) if sound is not None else None,
        )
        recording.footage.append(item)
        for at in pts[begin:stop].tolist():
            recording.captured[recipe.first + ordered.index(at)] = item.wall_us(at - lows[number])
    return recording.footage[-1].end_us


def _sound_zero(timescale: int, sound: Track | None) -> int:
    """Return the sound's tick at which the source begins, as its edit list tells."""
    if sound is None:
        return 0
    return next((edit.media_time for edit in sound.edits if edit.media_time >= 0), 0)


def _seal(
    recording: Recording,
    key: str,
    data: bytes,
    video: Track,
    samples: SampleTable,
    sound: Track | None,
    heard: Int64 | None,
    zero: int,
    low: int,
) -> None:
    start = int(samples.dts[0])
    edit = (Edit(0, int(samples.pts.min()) - start),)
    tracks = [Track(1, "video", 90_000, video.sample_entries, SampleTable.empty(), edit, video.width, video.height)]
    parts: list[SampleTable] = [samples]
    if sound is not None and heard is not None and len(heard):
        part = sound.samples.take(heard)
        shift = zero + rescale(low, RATE, 90_000) - int(part.dts[0])
        silence = (Edit(rescale(-shift, 90_000, RATE), -1), Edit(0, 0))
        edits = (Edit(0, shift),) if shift >= 0 else silence
        tracks.append(Track(2, "audio", RATE, sound.sample_entries, SampleTable.empty(), edits))
        parts.append(part)
    file = bytearray(opening(tracks))
    placed: list[list[int]] = [[] for _ in parts]
    payload = b"".join(
        data[o : o + s] for part in parts for o, s in zip(part.offset.tolist(), part.size.tolist(), strict=True)
    )
    runs = [(track, _moved(part, -int(part.dts[0]))) for track, part in zip(tracks, parts, strict=True)]
    file += fragment(1, runs)
    at = len(file)
    for number, part in enumerate(parts):
        for offset, size in zip(part.offset.tolist(), part.size.tolist(), strict=True):
            recording.samples[key, at] = data[offset : offset + size]
            placed[number].append(at)
            at += size
    file += payload
    whole = []
    for (track, part), offsets in zip(runs, placed, strict=True):
        moved = SampleTable(
            np.array(offsets, np.int64), part.size, part.dts, part.cts, part.key, part.entry, part.end_dts
        )
        whole.append(
            Track(
                track.id,
                track.media,
                track.timescale,
                track.sample_entries,
                moved,
                track.edits,
                track.width,
                track.height,
            )
        )
    end = closing(whole, len(file))
    file += end.moov
    file[end.patch_at : end.patch_at + len(end.patch)] = end.patch
    (recording.folder / key).write_bytes(file)
    recording.media[key] = _media(whole)


def _moved(samples: SampleTable, by: int) -> SampleTable:
    return SampleTable(
        samples.offset, samples.size, samples.dts + by, samples.cts, samples.key, samples.entry, samples.end_dts + by
    )


def _media(tracks: list[Track]) -> Media:
    video = tracks[0]
    sound = None
    if len(tracks) == 2:
        heard = tracks[1]
        shift = sum(rescale(edit.duration, RATE, 90_000) for edit in heard.edits if edit.media_time < 0)
        shift -= next(edit.media_time for edit in heard.edits if edit.media_time >= 0)
        sound = Sound(_moved(heard.samples, shift), RATE, heard.sample_entries)
    return Media(
        _moved(video.samples, -int(video.samples.pts.min())),
        video.sample_entries,
        video.width,
        video.height,
        sound=sound,
    )
