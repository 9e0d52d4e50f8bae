"""Cameras of `tests.support.gstreamer` in a data folder, recorded and asked by the command line alone."""

import csv
import io
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame

from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS, format_instant, parse_instant
from sample_clips import barcode
from tests.support.command_line import ROOT, Told, matpho_on
from tests.support.gstreamer_footage import LOOP_US
from tests.support.luma import luma

_HEAD = ("code", "name", "unit", "lat", "lon", "source", "sound_agreed")
_PATIENCE_S = 60
_LOUD, _WINDOW_S = 3000, 0.01


@dataclass(frozen=True)
class Frame:
    """A decoded frame of a clip: the wall time that the receipt gives it, and that of its bar code, which counts loops."""

    wall_us: int
    code_us: int | None

    @property
    def late_us(self) -> int:
        """How much later than it was taken this frame is dated."""
        assert self.code_us is not None
        return (self.wall_us - self.code_us + LOOP_US // 2) % LOOP_US - LOOP_US // 2


@dataclass(frozen=True)
class Clip:
    """What is in the parts of a clip. `loud_us` is when the sound grew loud, on the wall clock."""

    receipt: dict[str, Any]
    parts: list[list[Frame]]
    codecs: list[list[str]]
    sound_s: float
    loud_us: list[int]


class Ward:
    """`cameras` are code to (address, whether sound is agreed to)."""

    def __init__(self, data: Path, cameras: Mapping[str, tuple[str, bool]], **settings: str) -> None:
        self.data = data
        self._settings = settings = {"MATPHO_CAMERA_NETWORKS": "127.0.0.0/8"} | settings
        self.matpho = matpho_on(data, **settings)
        units, table = data.with_name("units.csv"), data.with_name("cameras.csv")
        units.write_text("code,name,kind\nKP1,Khu pho 1,neighbourhood\n")
        rows = io.StringIO()
        writer = csv.writer(rows)
        writer.writerow(_HEAD)
        for code, (address, sound) in cameras.items():
            writer.writerow([code, code, "KP1", "10.77", "106.7", address, int(sound)])
        table.write_text(rows.getvalue())
        for command in (("units", "import", units), ("cameras", "import", table)):
            done = self.matpho(*command)
            assert done.code == 0, done.err

    def recording(self) -> "Recording":
        return Recording(self.data, self._settings)

    def rows(self, question: str, *values: object) -> list[Any]:
        """Ask the catalogue, which the recorder may be writing."""
        with sqlite3.connect(f"file:{self.data / 'catalogue.sqlite'}?mode=ro", uri=True, timeout=30) as connection:
            found = connection.execute(question, values).fetchall()
        connection.close()
        return found

    def state(self, code: str) -> dict[str, Any]:
        names = ("state", "reason", "detail", "source", "reconnects", "lost_packets", "damaged_frames")
        question = (
            f"SELECT {', '.join(names)} FROM recorder_camera r JOIN camera c ON c.id = r.camera_id WHERE c.code = ?"
        )
        found = self.rows(question, code)
        return dict(zip(names, found[0], strict=True)) if found else {}

    def runs(self, code: str) -> list[tuple[int, int, str | None]]:
        """Return (start, end, why it ended) of a camera's runs."""
        question = (
            "SELECT r.start_us, r.end_us, r.end_reason FROM run r JOIN stream s ON s.id = r.stream_id "
            "JOIN camera c ON c.id = s.camera_id WHERE c.code = ? ORDER BY r.start_us"
        )
        return [(row[0], row[1], row[2]) for row in self.rows(question, code)]

    def clip(self, code: str, span: tuple[int, int], *options: str) -> Clip:
        out = self.data.with_name(f"{code}{''.join(options)}.mp4")
        done = self.matpho(
            *("clip", "--camera", code, *between(span), "--out", out, "--json", "--force", *options),
        )
        assert done.code in {0, 4}, done.err
        receipt: dict[str, Any] = done.json["receipt"]
        parts = receipt["parts"]
        files = [
            out if number == 1 else out.with_name(f"{out.stem}-{number}.mp4") for number in range(1, len(parts) + 1)
        ]
        heard = [_sound(path, part["timeline"]) for path, part in zip(files, parts, strict=True)]
        return Clip(
            receipt,
            [_frames(path, part["timeline"]) for path, part in zip(files, parts, strict=True)],
            [_codecs(path) for path in files],
            sum(seconds for seconds, _ in heard),
            [at for _, loud in heard for at in loud],
        )


class Recording:
    """`matpho record` in a process of its own, with what it says in files."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        self.out, self.err = data.with_suffix(".out"), data.with_suffix(".err")
        known = {name: value for name, value in os.environ.items() if not name.startswith("MATPHO_")}
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "matpho", "record"],
                cwd=ROOT,
                env=known | {"MATPHO_DATA": str(data), "MATPHO_LANGUAGE": "en", **settings},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def until(self, so: Callable[[], bool]) -> None:
        """Wait for what the recorder will write into the catalogue."""
        pause, limit = threading.Event(), time.monotonic() + _PATIENCE_S
        while not so():
            if self._process.poll() is not None or time.monotonic() > limit:
                raise AssertionError(f"it does not come about: {self.err.read_text()[-3000:]}")
            pause.wait(0.1)

    def stop(self) -> Told:
        """Ask it to end, as a service manager does."""
        self._process.terminate()
        code = self._process.wait(_PATIENCE_S)
        return Told(code, self.out.read_text(), self.err.read_text())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def between(span: tuple[int, int]) -> tuple[str, ...]:
    return ("--from", format_instant(span[0]), "--to", format_instant(span[1]))


def _wall_us(ticks: Fraction, timeline: Sequence[Mapping[str, Any]]) -> int:
    """Return the wall time of a media time by the passages of a receipt."""
    passage = next((one for one in timeline if ticks < one["ticks"][1]), timeline[-1])
    begin, end = passage["ticks"]
    start_us, end_us = parse_instant(passage["from"]), parse_instant(passage["to"])
    return start_us + int((ticks - int(begin)) * (end_us - start_us) / int(end - begin))


def _frames(path: Path, timeline: Sequence[Mapping[str, Any]]) -> list[Frame]:
    found = []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            picture: Any = luma(frame)
            code_ms = barcode.read(picture)
            wall_us = _wall_us(frame.pts * frame.time_base * MEDIA_TIMESCALE, timeline)
            found.append(Frame(wall_us, None if code_ms is None else code_ms * 1000))
    return found


def _codecs(path: Path) -> list[str]:
    with av.open(str(path)) as file:
        return [stream.codec_context.name for stream in file.streams]


def _sound(path: Path, timeline: Sequence[Mapping[str, Any]]) -> tuple[float, list[int]]:
    """Return how many seconds of sound there are, and when it grew loud after it was not."""
    seconds, loud, was_loud = 0.0, [], True
    resampler = av.AudioResampler("s16", "mono")
    with av.open(str(path)) as file:
        if not file.streams.audio:
            return 0.0, []
        for decoded in file.decode(audio=0):
            for frame in resampler.resample(decoded):
                seconds += frame.samples / frame.sample_rate
                for at_s, is_loud in _windows(frame):
                    if is_loud and not was_loud:
                        loud.append(_wall_us(Fraction(at_s) * MEDIA_TIMESCALE, timeline))
                    was_loud = is_loud
    return seconds, loud


def _windows(frame: AudioFrame) -> list[tuple[float, bool]]:
    assert frame.pts is not None
    assert frame.time_base is not None
    samples = np.abs(frame.to_ndarray()[0].astype(np.int32))
    size, begin = max(1, int(frame.sample_rate * _WINDOW_S)), float(frame.pts * frame.time_base)
    return [
        (begin + at / frame.sample_rate, bool(samples[at : at + size].max() > _LOUD))
        for at in range(0, len(samples), size)
    ]


def said(told: Told, data: Path) -> bytes:
    """Return all that a recording left for others to read: its output, its logs, and every file of the data folder."""
    files = [path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()]
    return b"\n".join([told.out.encode(), told.err.encode(), *files])


def seconds_of(span: tuple[int, int]) -> float:
    return (span[1] - span[0]) / MICROSECONDS
