"""What the map of coverage is drawn with: its paper, colours, legend and scale bar."""

import math
import re
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely

from foundation.errors import N_
from foundation.language import Language, translate

COLOURS = ("#e5d8b8", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#0c2c84")
"""Nothing recorded, then fifths: lightness falls evenly (ColorBrewer YlGnBu), so the order is read in grey, too."""
UNSEEN = "#f1efea"
_WIDTH, _TOP, _BOTTOM, _EDGE = 1000.0, 100.0, 104.0, 24.0
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def class_of(share: float) -> int:
    """Return the shade of a share: 0 for nothing, else 1 to 5."""
    return 0 if share <= 0 else min(5, math.ceil(share * 5))


@dataclass(frozen=True)
class Paper:
    """Metres east and north to pixels right and down."""

    left: float
    north: float
    scale: float
    width: float
    height: float
    top: float = _TOP

    @classmethod
    def fitting(cls, bounds: tuple[float, float, float, float]) -> "Paper":
        """Return paper on which the bounds (west, south, east, north in metres) are as large as there is room for."""
        west, south, east, north = bounds
        scale = min((_WIDTH - 2 * _EDGE) / (east - west), 1100 / (north - south))
        left = west - (_WIDTH / scale - (east - west)) / 2
        return cls(left, north, scale, _WIDTH, _TOP + (north - south) * scale + _BOTTOM)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) * self.scale, (self.north - y) * self.scale + self.top

    @property
    def map_box(self) -> str:
        """Return the part of the paper that is map, as attributes of a rectangle."""
        return f'x="0" y="{self.top - 8:.0f}" width="{self.width:.0f}" height="{self.height - self.top - _BOTTOM + 16:.0f}"'

    def path(self, geometry: shapely.Geometry) -> str:
        """Return the rings of polygons as the data of a path, to a tenth of a pixel."""
        # A boundary of a hundred thousand points would be drawn within a pixel over and over.
        drawn = shapely.simplify(geometry, 0.2 / self.scale)
        rings = []
        for ring in shapely.get_rings(shapely.get_parts(drawn)):
            points = shapely.get_coordinates(ring)[:-1]
            pixels = np.round((points - [self.left, self.north]) * [self.scale, -self.scale] + [0, self.top], 1)
            rings.append("M" + "L".join(f"{x:g} {y:g}" for x, y in pixels) + "Z")
        return "".join(rings)


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 13,
    weight: int = 400,
    colour: str = "#1a1a1a",
    anchor: str = "start",
    halo: bool = False,
) -> str:
    """Return a line of text; what XML cannot carry is left out, the rest is escaped, and what would run out is cut."""
    room = int(1800 / size)
    words = words if len(words) <= room else words[: room - 1] + "…"
    around = ' stroke="#fff" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}"{around}>{escape(_NOT_XML.sub("", words))}</text>'
    )


def legend(paper: Paper, language: Language) -> list[str]:
    """Return what the shades and marks mean, below the map."""
    y = paper.height - _BOTTOM + 34
    drawn = [
        text(_EDGE, y, translate(language, N_("Share of the cell and of the time that a camera recorded")), weight=600)
    ]
    names = [N_("not in view"), N_("in view, nothing recorded"), "0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %"]
    x = _EDGE
    for colour, name in zip((UNSEEN, *COLOURS), names, strict=True):
        words = translate(language, name)
        drawn.append(
            f'<rect x="{x:.1f}" y="{y + 12:.1f}" width="16" height="16" fill="{colour}" stroke="#8a8578" stroke-width="0.7"/>'
        )
        drawn.append(text(x + 22, y + 25, words))
        x += 40 + 7.2 * len(words)
    x, y = _EDGE, y + 48
    for colour, fill, turned, name in (
        ("#1a1a1a", "#1a1a1a", True, N_("camera with footage")),
        ("#d55e00", "#fff", True, N_("camera without footage")),
        ("#777", "#fff", False, N_("no stroke: nobody has entered where it looks")),
    ):
        words = translate(language, name)
        if turned:
            drawn.append(
                f'<path d="M{x + 7:.1f} {y:.1f}l9 -7" stroke="{colour}" stroke-width="2" stroke-linecap="round"/>'
            )
        drawn.append(
            f'<circle cx="{x + 7:.1f}" cy="{y:.1f}" r="3.6" fill="{fill}" stroke="{colour}" stroke-width="1.8"/>'
        )
        drawn.append(text(x + 22, y + 4, words))
        x += 44 + 7.2 * len(words)
    return drawn


def scale_bar(paper: Paper) -> list[str]:
    """Return a bar of a round length, about an eighth of the width, and where north is."""
    room = paper.width / 8 / paper.scale
    unit = 10.0 ** math.floor(math.log10(room))
    metres = next(step * unit for step in (5, 2, 1) if step * unit <= room)
    words = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    right, y = paper.width - _EDGE, paper.height - _BOTTOM + 38
    left = right - metres * paper.scale
    north = right - 8
    return [
        f'<path d="M{left:.1f} {y - 5:.1f}v5h{right - left:.1f}v-5" fill="none" stroke="#1a1a1a" stroke-width="1.5"/>',
        text((left + right) / 2, y - 8, words, anchor="middle", size=12),
        f'<path d="M{north:.1f} 30l7 20l-7 -5l-7 5z" fill="#1a1a1a"/>',
        text(north, 66, "N", anchor="middle", size=12, weight=600),
    ]
