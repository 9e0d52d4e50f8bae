"""Segments without pictures for planning: random runs of frames with B-frames, open groups, uneven rates and skewed clocks.

Each frame keeps what a naive reader needs: where its bytes are, when it was captured and what it leans on.
"""

import random
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from extract.footage import Footage, Look, Media
from foundation.mp4.tables import SampleTable
from foundation.timebase import rescale


@dataclass(frozen=True)
class Frame:
    """`pts`, `dts` count on the run's axis; `wall_us` is the capture time; `group` is the index of its key frame."""

    key: str
    offset: int
    size: int
    pts: int
    dts: int
    wall_us: int
    sync: bool
    stream_id: int
    run_id: int
    number: int
    group: int
    leading: bool


@dataclass
class Camera:
    """All segments in order of time, the samples of each and all frames, in decode order within each run."""

    footage: list[Footage] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)

    def load(self, footage: Footage) -> Media:
        return self.media[footage.key]

    def without(self, gone: set[str]) -> "Camera":
        """Return the camera after some segments were deleted."""
        return Camera(
            [item for item in self.footage if item.key not in gone],
            self.media,
            [frame for frame in self.frames if frame.key not in gone],
        )


def add_run(camera: Camera, seed: random.Random, stream_id: int, run_id: int, start_us: int, frames: int) -> int:
    """Append a run of about `frames` frames that begins at `start_us`; return where it ends."""
    open_groups, between = seed.random() < 0.5, seed.randint(0, 3)
    usual = seed.choice((3600, 3000, 3003, 9000, 6000))
    uneven = seed.random() < 0.4
    anchors, kinds = _pattern(seed, frames, between, open_groups)
    count = len(kinds)
    durations = [seed.randint(300, 3 * usual) if uneven else usual for _ in range(count)]
    pts = [sum(durations[:place]) for place in range(count)]
    order = _decode_order(kinds, anchors)
    delay = max(ordered - pts[shown] for shown, ordered in zip(order, sorted(pts), strict=True))
    dts = [ordered - delay for ordered in sorted(pts)]
    starts = [place for place, shown in enumerate(order) if kinds[shown] == "I"]
    opened = [starts[0], *(at for at in starts[1:] if seed.random() < 0.5)]
    skew = seed.choice((0, 0, 0, 37, -41))  # parts in 100,000 by which the wall clock runs faster than the media's
    groups = [opened[i : i + 2] for i in range(len(opened))]
    bounds = [(g[0], g[1] if len(g) > 1 else count) for g in groups]
    lows = [min(pts[shown] for shown in order[a:b]) for a, b in bounds] + [pts[-1] + durations[-1]]
    walls = [start_us + rescale(low, 1_000_000 * (100_000 + skew), 90_000 * 100_000) for low in lows]
    look = Look("h264", 64, 48)
    for number, (begin, stop) in enumerate(bounds):
        key = f"{stream_id}/{run_id}/{number}"
        item = Footage(
            stream_id,
            walls[number],
            walls[number + 1],
            lows[number + 1] - lows[number],
            run_id,
            key,
            key.encode(),
            look,
            rank=stream_id,
        )
        _fill(camera, item, seed, order[begin:stop], begin, pts, dts, kinds, lows[number], durations)
    return walls[-1]


def _pattern(seed: random.Random, frames: int, between: int, open_groups: bool) -> tuple[list[int], list[str]]:
    """Return the display places of the anchors, and each frame's kind in display order."""
    kinds, anchors = ["I"], [0]
    to_key = seed.randint(1, 6)
    while len(kinds) < frames:
        to_key -= 1
        key = to_key <= 0
        kinds += ["B"] * (between if open_groups or not key else 0)
        anchors.append(len(kinds))
        kinds.append("I" if key else "P")
        to_key = seed.randint(1, 6) if key else to_key
    return anchors, kinds


def _decode_order(kinds: list[str], anchors: list[int]) -> list[int]:
    order = [0]
    for before, anchor in pairwise(anchors):
        order += [anchor, *range(before + 1, anchor)]
    return order


def _fill(
    camera: Camera,
    item: Footage,
    seed: random.Random,
    shown: list[int],
    begin: int,
    pts: list[int],
    dts: list[int],
    kinds: list[str],
    low: int,
    durations: list[int],
) -> None:
    at, group, first = 100, begin, pts[shown[0]]
    offsets, sizes = [], []
    for place, display in enumerate(shown):
        if kinds[display] == "I":
            group, first = begin + place, pts[display]
        size = seed.randint(1, 30)
        at += seed.choice((0, 0, 0, 17))
        offsets.append(at)
        sizes.append(size)
        camera.frames.append(
            Frame(
                item.key,
                at,
                size,
                pts[display],
                dts[begin + place],
                item.wall_us(pts[display] - low),
                kinds[display] == "I",
                item.stream_id,
                item.run_id,
                begin + place,
                group,
                pts[display] < first,
            )
        )
        at += size
    times = np.array([dts[begin + place] - low for place in range(len(shown))], np.int64)
    presented = np.array([pts[display] - low for display in shown], np.int64)
    table = SampleTable(
        np.array(offsets, np.int64),
        np.array(sizes, np.int64),
        times,
        presented - times,
        np.array([kinds[display] == "I" for display in shown]),
        np.zeros(len(shown), np.int32),
        int(times[-1]) + durations[shown[-1]],
    )
    camera.footage.append(item)
    camera.media[item.key] = Media(table, (ENTRY,), 64, 48)


ENTRY = (86).to_bytes(4, "big") + b"avc1" + bytes(6) + b"\0\1" + bytes(16) + b"\0\x40\0\x30" + bytes(50)


def random_camera(seed: random.Random, streams: int = 1) -> Camera:
    """Return a camera of one or more streams, each with a few runs and gaps; streams overlap in time."""
    camera = Camera()
    run_id = 0
    for stream_id in range(1, streams + 1):
        at = 1_700_000_000_000_000 + seed.randint(0, 900_000)
        for _ in range(seed.randint(1, 3)):
            run_id += 1
            at = add_run(camera, seed, stream_id, run_id, at, seed.randint(1, 40))
            at += seed.choice((0, 1, 500_000, seed.randint(2, 2_000_000)))
    camera.footage.sort(key=lambda item: item.start_us)
    return camera
