"""Dated recordings for tiles, and pages that play them: their frames tell when they were captured."""

from pathlib import Path

import cv2
import numpy as np

from foundation.timebase import format_instant
from sample_clips.__main__ import START_US
from sample_clips.generator import Recipe, make
from sample_clips.scene import zone_of
from tests.support import coded_footage
from tests.support import island_samples as samples
from tests.support.island_pages import Island

SECONDS = 14
GAP = (5, 8)
TONE_HZ = 1500
"""Of loud.mp4, the one recording with sound."""
_ZONE = zone_of(420)


def wall(seconds: float) -> str:
    return format_instant(START_US + round(seconds * 1_000_000), _ZONE)


def part(begin: float, end: float, name: str, **more: object) -> dict[str, object]:
    return {"from": wall(begin), "to": wall(end), "url": f"/media/{name}", **more}


def tiles(**more: object) -> Island:
    """Three cameras: a whole one, one with a gap, one of which the browser can decode the viewing copy only."""
    gap = {"from": wall(GAP[0]), "to": wall(GAP[1]), "reason": "no_power", "text": "camera mất điện"}
    data = {
        "offset_minutes": 420,
        "from": wall(0),
        "to": wall(SECONDS + 2),
        "texts": samples.TILE_TEXTS,
        "tiles": [
            {
                "code": "A",
                "name": "Ngõ 12",
                "parts": [part(0, SECONDS, "a.mp4")],
                "ended_text": "Hết phần được cấp quyền",
            },
            {
                "code": "B",
                "name": "Chợ",
                "parts": [part(0, GAP[0], "b1.mp4"), part(GAP[1], SECONDS, "b2.mp4")],
                "gaps": [gap],
            },
            {"code": "C", "name": "Trường", "parts": [part(0, SECONDS, "c.mp4", viewing_url="/media/c-view.mp4")]},
        ],
    }
    return Island(
        '<div id="tiles" data-mp-tiles data-mp-data="tiles-data"></div>', {"tiles-data": data | more}, ("tiles.js",)
    )


def both() -> Island:
    """A timeline and the tiles of its cameras, tied together."""
    lane = {"camera": "A", "name": "Ngõ 12", "runs": [{"from": wall(0), "to": wall(SECONDS), "uncertainty_us": 0}]}
    line = samples.timeline_data([lane], **{"from": wall(-60), "to": wall(60), "at": wall(0)})
    island = tiles()
    body = (
        '<div id="line" data-mp-timeline data-mp-data="line-data" data-linked="tiles"></div>'
        '<div id="tiles" data-mp-tiles data-mp-data="tiles-data" data-linked="line"></div>'
    )
    return Island(body, {**island.data, "line-data": line}, ("timeline.js", "tiles.js"))


# A constant 12 Mbit/s of filler: more than a browser reads ahead.
_HEAVY = "keyint=25:min-keyint=25:scenecut=0:bframes=2:bitrate=12000:vbv-maxrate=12000:vbv-bufsize=12000:nal-hrd=cbr"


def heavy(folder: Path, seconds: int) -> None:
    """Make heavy.mp4, which is as large as a good camera's and quickly decoded."""
    coded_footage.encode(folder / "heavy.mp4", coded_footage.Recipe(params=_HEAVY, frames=seconds * 25))


def record(folder: Path) -> Path:
    """Make what `tiles` plays: c.mp4 is of a coding that Chromium has no decoder for."""
    make(folder / "a.mp4", Recipe("A", START_US, SECONDS))
    make(folder / "b1.mp4", Recipe("B", START_US, GAP[0]))
    make(folder / "b2.mp4", Recipe("B", START_US + GAP[1] * 1_000_000, SECONDS - GAP[1]))
    make(folder / "c.mp4", Recipe("C", START_US, 1, "h265"))
    make(folder / "c-view.mp4", Recipe("C", START_US, SECONDS, b_frames=2))
    make(folder / "loud.mp4", Recipe("L", START_US, 6, rate=10, sound="aac", tone_hz=TONE_HZ))
    heavy(folder, 6)
    cv2.imwrite(str(folder / "ground.png"), np.full((256, 256, 3), (40, 160, 90), np.uint8))
    return folder
