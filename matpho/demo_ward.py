"""The demonstration ward: 11 khu phố with boundaries and 190 cameras along their streets. Pure, and always the same.

Nobody lives there: streets bear names of flowers, and no owner has a name. It goes into the registry through the same
imports as a real ward.

    4 x 3 blocks without one, their corners moved a little; streets along the sides, alleys (hẻm) into the blocks
"""

import csv
import io
import json
import math
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WARD = "PMP"
CAMERAS = 190
SINCE = "2026-03-01T08:00:00+07:00"
"""When the ward was registered."""
RULES = {"needs_consent": True, "needs_sign": True, "most_retention_days": 30}
"""What it decided before it registered its cameras."""

HEARD = "KP05-03"
"""The one camera that records sound: its owner agreed to that."""

_ORIGIN = (10.7600, 106.6600)
_ACROSS, _DOWN, _LEFT_OUT = 4, 3, 11
_SIDE_M = (340.0, 300.0)
_MOVED_M = 45.0
_METRES_PER_DEGREE = 111_320.0
_FLOWERS = ("Hoa Lan", "Hoa Mai", "Hoa Sứ", "Hoa Cúc", "Hoa Đào", "Hoa Sữa", "Hoa Phượng", "Hoa Giấy", "Hoa Hồng")
_ALLEYS = 4
_UNVERIFIED_EVERY = 12
_COLUMNS = [
    "code",
    "name",
    "unit",
    "lat",
    "lon",
    "bearing_deg",
    "hfov_deg",
    "range_m",
    "height_m",
    "source",
    "consent_date",
    "sign_checked_date",
    "sound_agreed",
    "funding_vnd",
    "funding_source",
    "retention_days",
    "status",
]

Point = tuple[float, float]
"""Metres east and north of the ward's corner."""


@dataclass(frozen=True)
class Incident:
    """Where and when the first question is asked: a crash at the mouth of an alley."""

    lat: float
    lon: float
    start: str
    end: str


@dataclass(frozen=True)
class Witness:
    """A camera near the incident, by how it stands to it: metres east and north of it."""

    code: str
    name: str
    east: float
    north: float
    hfov: int
    range_m: int


WITNESSES = (
    Witness("KP05-01", "Đầu hẻm 45 Hoa Phượng", -22.0, 6.0, 92, 40),
    Witness("KP05-02", "Tiệm tạp hóa hẻm 45", 14.0, 17.0, 84, 35),
    Witness("KP05-03", "Ngã ba Hoa Phượng – Hoa Cúc", 34.0, -12.0, 74, 45),
    Witness("KP05-04", "Bãi giữ xe Hoa Cúc", -6.0, -30.0, 96, 45),
    Witness("KP05-05", "Nhà văn hóa khu phố 5", 4.0, 38.0, 80, 50),
)
"""All of them look at the incident."""


def incident() -> Incident:
    lat, lon = _degrees(_incident_m())
    return Incident(lat, lon, "2026-03-07T21:04:00+07:00", "2026-03-07T21:07:00+07:00")


def _incident_m() -> Point:
    ring = _blocks()[4]
    return sum(x for x, _ in ring) / 4 + 18.0, sum(y for _, y in ring) / 4 - 9.0


def _degrees(point: Point) -> tuple[float, float]:
    lat = _ORIGIN[0] + point[1] / _METRES_PER_DEGREE
    return round(lat, 6), round(_ORIGIN[1] + point[0] / (_METRES_PER_DEGREE * math.cos(math.radians(lat))), 6)


def _blocks() -> list[list[Point]]:
    """Return the corners of the khu phố, counter-clockwise; neighbours share theirs."""
    chance = random.Random(11)  # noqa: S311 - where houses stand is no secret
    corners = {
        (column, row): (
            column * _SIDE_M[0] + chance.uniform(-_MOVED_M, _MOVED_M),
            row * _SIDE_M[1] + chance.uniform(-_MOVED_M, _MOVED_M),
        )
        for row in range(_DOWN + 1)
        for column in range(_ACROSS + 1)
    }
    places = [(column, row) for row in range(_DOWN) for column in range(_ACROSS)]
    return [
        [corners[column + east, row + north] for east, north in ((0, 0), (1, 0), (1, 1), (0, 1))]
        for number, (column, row) in enumerate(places)
        if number != _LEFT_OUT
    ]


def units() -> bytes:
    """Return the ward and its khu phố as GeoJSON."""
    blocks = _blocks()
    features = [
        _feature(f"KP{number:02}", f"Khu phố {number}", "neighbourhood", [[*ring, ring[0]]], WARD)
        for number, ring in enumerate(blocks, 1)
    ]
    ward = _feature(WARD, "Phường Mắt Phố (minh họa)", "ward", [_outline(blocks)], None)
    return json.dumps({"type": "FeatureCollection", "features": [ward, *features]}, ensure_ascii=False).encode()


def _feature(code: str, name: str, kind: str, rings: list[list[Point]], parent: str | None) -> dict[str, Any]:
    coordinates = [[[lon, lat] for lat, lon in map(_degrees, ring)] for ring in rings]
    properties = {"code": code, "name": name, "kind": kind, "valid_from": "2025-07-01T00:00:00+07:00"}
    if parent is not None:
        properties["parent"] = parent
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


def _outline(blocks: list[list[Point]]) -> list[Point]:
    """Return the sides that belong to one block only, joined to a ring."""
    sides: dict[tuple[Point, Point], None] = {}
    for ring in blocks:
        for start, end in pairwise([*ring, ring[0]]):
            if (end, start) in sides:
                del sides[end, start]
            else:
                sides[start, end] = None
    following = {start: end for start, end in sides}  # noqa: C416 - the keys are pairs
    first = next(iter(following))
    joined = [first]
    while following[joined[-1]] != first:
        joined.append(following[joined[-1]])
    return [*joined, first]


def cameras() -> bytes:
    """Return the cameras as CSV: the witnesses, and the others along streets and alleys."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(_COLUMNS)
    for witness in WITNESSES:
        table.writerow(_witness_row(witness))
    chance = random.Random(190)  # noqa: S311
    blocks = _blocks()
    numbers = dict.fromkeys(range(1, len(blocks) + 1), 0) | {5: len(WITNESSES)}
    for count in range(CAMERAS - len(WITNESSES)):
        unit = count % len(blocks) + 1
        numbers[unit] += 1
        table.writerow(_row(unit, numbers[unit], blocks[unit - 1], chance))
    return out.getvalue().encode()


def _witness_row(witness: Witness) -> list[str]:
    at = _incident_m()
    lat, lon = _degrees((at[0] + witness.east, at[1] + witness.north))
    bearing = _bearing(-witness.east, -witness.north)
    view = [f"{bearing:.0f}", str(witness.hfov), str(witness.range_m), "4"]
    return [
        witness.code,
        witness.name,
        "KP05",
        str(lat),
        str(lon),
        *view,
        "clips",
        "2026-01-15",
        "2026-01-20",
        "yes" if witness.code == HEARD else "",
        "2500000",
        "Dân đóng góp",
        "30",
        "active",
    ]


def _bearing(east: float, north: float) -> float:
    return math.degrees(math.atan2(east, north)) % 360


def _row(unit: int, number: int, ring: list[Point], chance: random.Random) -> list[str]:
    """Every third camera stands at a street, the others in an alley; they look along it."""
    side = chance.randrange(4)
    start, end = ring[side], ring[(side + 1) % 4]
    street = _FLOWERS[(unit + side * 3) % len(_FLOWERS)]
    along = (chance.randrange(_ALLEYS) + 0.5) / _ALLEYS
    mouth = (start[0] + (end[0] - start[0]) * along, start[1] + (end[1] - start[1]) * along)
    if number % 3 == 0:
        direction = (end[0] - start[0], end[1] - start[1])
        position, name = mouth, f"{street}, số {2 * round(along * 60) + unit}"
    else:
        middle = (sum(x for x, _ in ring) / 4, sum(y for _, y in ring) / 4)
        direction = (middle[0] - mouth[0], middle[1] - mouth[1])
        depth = chance.uniform(0.15, 0.85)
        position = (mouth[0] + direction[0] * depth, mouth[1] + direction[1] * depth)
        name = f"Hẻm {2 * round(along * 60) + unit} {street}, nhà {number}"
    sign = chance.choice((1, -1))
    bearing = (_bearing(sign * direction[0], sign * direction[1]) + chance.uniform(-12, 12)) % 360
    view = [f"{bearing:.0f}", str(chance.choice((72, 84, 90, 96, 108)))]
    if number % _UNVERIFIED_EVERY == 0:
        view = ["", ""]
    lat, lon = _degrees(position)
    reach, height = str(chance.choice((20, 25, 30, 35, 40))), str(chance.choice((3, 4, 5)))
    status = "broken" if number % 9 == 0 else "active"
    paid = [str(chance.choice((1_800_000, 2_500_000, 3_200_000))), chance.choice(("Dân đóng góp", "Xã hội hóa"))]
    code = f"KP{unit:02}-{number:02}"
    return [
        code,
        name,
        f"KP{unit:02}",
        str(lat),
        str(lon),
        *view,
        reach,
        height,
        "clips",
        "2026-01-15",
        "2026-01-20",
        "",
        *paid,
        "30",
        status,
    ]
