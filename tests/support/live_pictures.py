"""Coded pictures for live cameras of tests: dated by a bar code, numbered by a mark that is read without decoding."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from ingest import nal
from sample_clips import live_mark
from sample_clips.generator import Recipe, make
from tests.support.house import START_US
from tests.support.rtp_cutting import Kind

RATE, KEY_EVERY, SECONDS = 10, 10, 4
STEP = 90_000 // RATE
Units = list[list[bytes]]
_SLICES = {"h264": frozenset(range(1, 6)), "h265": frozenset(range(22))}


@cache
def coded(kind: Kind, width: int = 640, b_frames: int = 0) -> Units:
    """Return 40 pictures as NAL units, of which each tenth is a key frame with parameter sets."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "footage.ts"
        make(path, Recipe("C1", START_US, SECONDS, kind, "ts", width, 360, RATE, KEY_EVERY, b_frames))
        with av.open(str(path)) as container:
            return [nal.split_annex_b(bytes(one)) for one in container.demux(video=0) if one.size]


def number_of(kind: Kind, unit: bytes) -> int:
    return unit[0] & 31 if kind == "h264" else unit[0] >> 1 & 63


def is_key(kind: Kind, units: list[bytes]) -> bool:
    return any(number_of(kind, unit) in ({5} if kind == "h264" else range(16, 22)) for unit in units)


def bare(kind: Kind, units: list[bytes]) -> list[bytes]:
    """Return a picture's slices alone."""
    return [unit for unit in units if number_of(kind, unit) in _SLICES[kind]]


def marked(camera: int, number: int, width: int = 640) -> list[bytes]:
    """Return picture `number` of an endless H.264 camera, with its mark before the first slice."""
    pictures = coded("h264", width)
    units = pictures[number % len(pictures)]
    slices = bare("h264", units)
    before = [unit for unit in units if unit not in slices]
    return [*before, live_mark.unit(camera, number, 0), *slices]


def shown_us(number: int) -> int:
    """Return the time that the bar code of picture `number` tells."""
    return START_US + number % (SECONDS * RATE) * 1_000_000 // RATE
