"""The clips whose bytes are held: footage made by hand, so that neither an encoder nor a generator has a say in it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from extract.footage import Footage, Look, Media, Sound
from extract.plan import Mode, plan
from extract.virtual_file import VirtualFile, build, identity
from foundation.mp4.boxes import box
from foundation.mp4.entry_writer import audio_entry, esds, visual_entry
from foundation.mp4.tables import SampleTable
from foundation.timebase import TimeRange

START = 1_772_892_300_000_000
AVC, OTHER = (visual_entry(b"avc1", 64, 48, box(b"avcC", bytes((1, 100, 0, level)))) for level in (30, 40))
MP4A = audio_entry(b"mp4a", 1, 16, 8000, esds(0x40, 5, b"\x15\x88"))
_ORDER = (0, 3, 1, 2, 6, 4, 5, 9, 7, 8)  # I P B B P B B ...: decode order of ten frames in order of display
_TICKS = 9000


def _media(entry: bytes, seed: int) -> Media:
    count = 20
    shown = np.array([order + 10 * group for group in range(2) for order in _ORDER], np.int64)
    size = (np.arange(count, dtype=np.int64) * 7 + seed) % 11 + 1
    dts = (np.arange(count, dtype=np.int64) - 2) * _TICKS
    key = np.arange(count) % 10 == 0
    video = SampleTable(
        100 + np.cumsum(size) - size, size, dts, shown * _TICKS - dts, key, np.zeros(count, np.int32), 18 * _TICKS
    )
    frames = 16
    sizes = np.full(frames, 5, np.int64)
    times = np.arange(frames, dtype=np.int64) * 1024 - 512
    none = np.zeros(frames, np.int64)
    heard = SampleTable(
        1000 + none + np.cumsum(sizes), sizes, times, none, np.ones(frames, np.bool_), none.astype(np.int32), 15872
    )
    return Media(video, (entry,), 64, 48, sound=Sound(heard, 8000, (MP4A,)))


def footage() -> tuple[list[Footage], dict[str, Media]]:
    """Two segments of one run, a gap of 300 ms, and one of another run with another configuration."""
    look, sound = Look("h264 avc1", 64, 48), Look("aac mp4a", rate=8000)
    places = [(1, 0), (1, 2_000_000), (2, 4_300_000)]
    made, media = [], {}
    for number, (run, at) in enumerate(places):
        key = f"segments/{number}.mp4"
        made.append(
            Footage(1, START + at, START + at + 2_000_000, 20 * _TICKS, run, key, bytes([number]) * 32, look, sound)
        )
        media[key] = _media(AVC if run == 1 else OTHER, number)
    return made, media


@dataclass(frozen=True)
class Case:
    """A clip of the footage, times counted from `START`."""

    begin_us: int
    end_us: int
    mode: Mode = "exact"
    audio: bool = False
    zone: str | None = None


CASES = {
    "exact": Case(1_150_000, 3_050_000),
    "exact over a gap, with sound and times": Case(1_150_000, 5_250_000, audio=True, zone="Asia/Ho_Chi_Minh"),
    "keyframe": Case(1_650_000, 5_000_000, "keyframe"),
    "strict, with sound": Case(500_000, 4_900_000, "strict", audio=True),
    "one frame": Case(1_210_000, 1_210_001),
}


def clip(case: Case) -> VirtualFile:
    made, media = footage()
    span = TimeRange(START + case.begin_us, START + case.end_us)
    planned = plan(made, span, case.mode, lambda item: media[item.key], audio=case.audio)
    tag = identity(planned.used, 1, mode=case.mode, audio=case.audio, times=case.zone)
    return build(planned.parts[0], case.mode, tag, ZoneInfo(case.zone) if case.zone else None)


def whole(virtual: VirtualFile) -> bytes:
    """Return the file's bytes, with stored bytes that tell of their place: the low byte of their offset."""
    pieces = virtual.pieces(0, virtual.size)
    return b"".join(
        piece if isinstance(piece, bytes) else bytes((piece.offset + at) % 256 for at in range(piece.length))
        for piece in pieces
    )
