"""Every frame accounted for: what the cameras sent against what lies in the files, by the mark that each frame carries.

What a receiver cannot help is left out: frames sent before its first and after its last. How far the last is from the end is
told beside.
"""

import itertools
import mmap
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from foundation.database import create_engine
from foundation.mp4.movie import read_movie
from sample_clips import live_mark
from sample_clips.live_mark import Mark

HEAD_BYTES = 256
"""Enough of a sample to hold its mark behind parameter sets."""
Numbers = npt.NDArray[np.int64]
Runs = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Found:
    """What the files of one camera hold, in the order of the files: the camera and number of each frame, and how many have no mark."""

    cameras: Numbers
    numbers: Numbers
    unmarked: int = 0

    @classmethod
    def of(cls, marks: Iterable[Mark | None]) -> "Found":
        all_marks = list(marks)
        good = [mark for mark in all_marks if mark is not None]
        cameras = np.array([mark.camera for mark in good], np.int64)
        return cls(cameras, np.array([mark.number for mark in good], np.int64), len(all_marks) - len(good))


class Account(NamedTuple):
    """Frames, summed over cameras, but for `silent` (cameras of which nothing was recorded) and `tail` (frames from the end, at most).

    `sent` counts between the first and the last recorded frame of each camera, both included; `refused` those among the
    lost which the camera itself dropped, because its reader was too slow.
    """

    sent: int = 0
    recorded: int = 0
    lost: int = 0
    refused: int = 0
    doubled: int = 0
    mixed_up: int = 0
    out_of_order: int = 0
    unmarked: int = 0
    silent: int = 0
    tail: int = 0

    def told(self) -> str:
        faults = (
            f"lost {self.lost} (of which {self.refused} dropped by the camera), doubled {self.doubled}, "
            f"mixed up {self.mixed_up}, out of order {self.out_of_order}, unmarked {self.unmarked}"
        )
        silent = f", {self.silent} CAMERAS WITHOUT A FRAME" if self.silent else ""
        return (
            f"sent {self.sent:,}, recorded {self.recorded:,}: {faults}{silent}; last is {self.tail} frames from the end"
        )


def account(found: Mapping[int, Found], runs: Mapping[int, Runs]) -> Account:
    """Compare what was recorded of each camera with the stretches of frame numbers that it sent."""
    each = [_of_camera(camera, found.get(camera), sent) for camera, sent in runs.items()]
    total = [sum(values) for values in zip(*each, strict=True)]
    return Account(*total)._replace(tail=max((one.tail for one in each), default=0))


def _of_camera(camera: int, found: Found | None, runs: Runs) -> Account:
    if found is None or not len(found.numbers):
        return Account(silent=1, unmarked=0 if found is None else found.unmarked)
    own = found.numbers[found.cameras == camera]
    foreign = len(found.numbers) - len(own)
    if not len(own):
        return Account(silent=1, mixed_up=foreign, unmarked=found.unmarked)
    distinct = np.unique(own)
    first, last = int(distinct[0]), int(distinct[-1])
    due = np.arange(first, last + 1)
    sent = np.unique(np.concatenate([np.arange(a, b + 1) for a, b in runs])) if runs else due[:0]
    within = sent[(sent >= first) & (sent <= last)]
    connected = [(a, b) for a, b in runs if a <= last and b >= first]
    holes = sum(max(0, min(b[0], last) - max(a[1], first) - 1) for a, b in itertools.pairwise(connected))
    return Account(
        sent=len(within),
        recorded=len(distinct),
        lost=len(np.setdiff1d(within, distinct, assume_unique=True)) + holes,
        refused=holes,
        doubled=len(own) - len(distinct),
        mixed_up=foreign,
        out_of_order=int((np.diff(own) < 0).sum()),
        unmarked=found.unmarked,
        tail=max((int(b) for _, b in runs), default=last) - last,
    )


def marks_of_ours(path: Path, size: int | None = None, *, skip: int = 0) -> list[Mark | None]:
    """Return the marks in a segment file, sealed or still being written, of which `size` bytes count; without the first `skip`."""
    with path.open("rb") as file:
        whole = os.fstat(file.fileno()).st_size if size is None else size
        movie = read_movie(lambda start, length: os.pread(file.fileno(), length, start), whole)
        pictures = next(track for track in movie.tracks if track.media == "video").samples
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            places = zip(pictures.offset[skip:].tolist(), pictures.size[skip:].tolist(), strict=True)
            return [live_mark.find(data[at : at + min(HEAD_BYTES, length)]) for at, length in places]


def marks_of_any(path: Path) -> list[Mark | None]:
    """Return the marks in a file of any container, as libav reads it."""
    with av.open(str(path), "r") as file:
        return [live_mark.find(bytes(memoryview(packet)[:HEAD_BYTES])) for packet in file.demux(video=0) if packet.size]


def found_by_files(folder: Path, cameras: Iterable[int]) -> dict[int, Found]:
    """Account for `folder/<camera>/NNNNN.mp4`, as the other receivers write them."""
    found = {}
    for camera in cameras:
        paths = sorted((folder / str(camera)).glob("*.mp4"))
        found[camera] = Found.of(mark for path in paths if path.stat().st_size for mark in marks_of_any(path))
    return found


def found_in_catalogue(data: Path) -> tuple[dict[int, Found], int]:
    """Account for a data folder of ours, by its catalogue; return as well how many files there are that no row tells of."""
    question = (
        "SELECT camera.code, part.key FROM (SELECT stream_id, start_us, key FROM segment "
        "UNION ALL SELECT stream_id, start_us, key FROM open_segment) AS part "
        "JOIN stream ON stream.id = part.stream_id JOIN camera ON camera.id = stream.camera_id "
        "ORDER BY camera.code, part.start_us"
    )
    engine = create_engine(f"sqlite:///{data / 'catalogue.sqlite'}")
    with engine.connect() as connection:
        rows = connection.execute(sa.text(question)).all()
    engine.dispose()
    marks: dict[int, list[Mark | None]] = {}
    for code, key in rows:
        marks.setdefault(int(code[1:]), []).extend(marks_of_ours(file_of(data, key)))
    known = {key for _, key in rows}
    folders = (data / "footage", data / "recording")
    stray = sum(
        path.relative_to(folder).as_posix() not in known for folder in folders for path in folder.rglob("*.mp4")
    )
    return {camera: Found.of(some) for camera, some in marks.items()}, stray


def file_of(data: Path, key: str) -> Path:
    """Return where the object lies: with the recorder, or in the store."""
    spooled = data / "recording" / key
    return spooled if spooled.exists() else data / "footage" / key
