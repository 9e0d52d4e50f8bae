"""Places as people give them: a pair of numbers in any of the usual ways, a compass word, a unit of theirs."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from sqlmodel import Session

from api.asking import Asker
from camera_registry.units import boundary_of, get_unit, units_at
from foundation.errors import N_, BadInput
from people.rights import Right

DIRECTIONS: Sequence[tuple[int, str]] = (
    (0, N_("North")),
    (45, N_("North-east")),
    (90, N_("East")),
    (135, N_("South-east")),
    (180, N_("South")),
    (225, N_("South-west")),
    (270, N_("West")),
    (315, N_("North-west")),
)
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_COMMAS = re.compile(r"\s*(-?\d{1,3},\d+)\s*[;\s]\s*(-?\d{1,3},\d+)\s*")
_ANGLE = r"(\d{1,3}(?:[.,]\d+)?)°?(?:(\d{1,2}(?:[.,]\d+)?)['′])?(?:(\d{1,2}(?:[.,]\d+)?)(?:[\"″]|''))?([NSEW])"
_NAMED = re.compile(rf"{_ANGLE}[,;]?{_ANGLE}")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "”": '"', "“": '"', "º": "°"})
_LONGEST = 100
DEFAULT_MIDDLE = (10.7769, 106.7009)


class PositionUnreadable(BadInput):
    code = "position_unreadable"
    message = N_("“{value}” is not a position")
    mend = N_(
        "Write latitude and longitude, such as 10.7769, 106.7009; a map on the phone shows them when you press long"
    )


class PositionSwapped(PositionUnreadable):
    code = "position_swapped"
    message = N_("“{value}” is not a position: no latitude is above 90")
    mend = N_("Maybe it is the wrong way round: latitude first, then longitude, such as 10.7769, 106.7009")


def read_position(text: str) -> dict[str, str]:
    """Return `lat` and `lon` as maps tell them: 10.7769, 106.7009; (10,7769; 106,7009); 10°46'37"N 106°42'3"E.

    Raises `PositionUnreadable`, `PositionSwapped`.
    """
    parts = _pair(text) if len(text) <= _LONGEST else None
    if parts is None:
        raise PositionUnreadable(value=text[:60])
    lat, lon = abs(float(parts[0])), abs(float(parts[1]))
    if lat > 90 and lat <= 180 and lon <= 90:
        raise PositionSwapped(value=text[:60])
    if lat > 90 or lon > 180:
        raise PositionUnreadable(value=text[:60])
    return {"lat": parts[0], "lon": parts[1]}


def _pair(text: str) -> tuple[str, str] | None:
    plain = text.strip().strip("()[]")
    if found := _PAIR.fullmatch(plain):
        return found[1], found[2]
    if found := _COMMAS.fullmatch(plain):
        return found[1].replace(",", "."), found[2].replace(",", ".")
    named = _NAMED.fullmatch("".join(plain.translate(_QUOTES).upper().split()))
    if named is None:
        return None
    first, second = named.groups()[:4], named.groups()[4:]
    if first[3] in "EW":
        first, second = second, first
    if first[3] not in "NS" or second[3] not in "EW":
        return None
    return _degrees(first), _degrees(second)


def _degrees(angle: tuple[str, ...]) -> str:
    degrees, minutes, seconds = (float((part or "0").replace(",", ".")) for part in angle[:3])
    value = degrees + minutes / 60 + seconds / 3600
    return f"{-value if angle[3] in 'SW' else value:.7f}".rstrip("0").rstrip(".")


def units_within(session: Session, asker: Asker, right: Right) -> list[tuple[str, str]]:
    """Return code and name of the units of now for which the right is held."""
    reach = asker.reach(right)
    found = units_at(session, asker.now_us)
    return sorted((unit.code, unit.name) for unit in found if reach is None or unit.id in reach)


def around(session: Session, code: str | None, at_us: int) -> tuple[tuple[float, float], dict[str, Any] | None]:
    """Return a point inside the unit, to begin a map at, and its outline as GeoJSON, where it is known."""
    if code is not None:
        unit = get_unit(session, code, at_us)
        boundary = boundary_of(unit)
        if boundary is not None:
            return inside(boundary), outline(boundary, code, unit.name)
    return DEFAULT_MIDDLE, None


def outline(boundary: shapely.Geometry, code: str, name: str) -> dict[str, Any]:
    """Return a boundary as GeoJSON, with what is written into it on a map."""
    geometry = json.loads(shapely.to_geojson(boundary))
    return {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": geometry}


def outlines(session: Session, codes: Iterable[str], at_us: int) -> dict[str, Any]:
    """Return the boundaries of these units as GeoJSON, for a map to be read by."""
    features = [feature for code in sorted(set(codes)) if (feature := around(session, code, at_us)[1]) is not None]
    return {"type": "FeatureCollection", "features": features}


def inside(boundary: shapely.Geometry) -> tuple[float, float]:
    """Return latitude and longitude of a point that is within the boundary, whatever its shape."""
    point = shapely.point_on_surface(boundary)
    return float(shapely.get_y(point)), float(shapely.get_x(point))
