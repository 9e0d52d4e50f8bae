"""The places that words may mean, and the one that they do mean; and what is told of a place that no camera is near."""

from dataclasses import dataclass
from typing import Any

import shapely
from sqlmodel import Session

from api.web.frame.places import inside
from api.web.frame.words import Telling
from camera_registry.place_words import Hit, find_places
from camera_registry.sight import nearest_camera
from camera_registry.units import boundary_of, units_at
from foundation.errors import N_
from foundation.language import translate
from foundation.timebase import TimeRange

MOST = 12
WIDER_HELPS_M = 1000.0
"""Up to this far from a camera a wider circle is worth trying."""


@dataclass(frozen=True)
class Found:
    """A place that words may mean: a unit, old or new, or where a camera hangs."""

    text: str
    kind: str
    lat: float | None
    lon: float | None
    unit: int | None = None
    when: str = ""
    """Since when or until when there is the unit, where that is not now."""

    @property
    def query(self) -> dict[str, str]:
        """Return it as fields of an address; empty for a unit whose boundary is not known."""
        if self.lat is None:
            return {}
        told = {"place": self.text, "of": self.text, "lat": str(self.lat), "lon": str(self.lon)}
        return told | ({"unit": str(self.unit)} if self.unit is not None else {})


@dataclass(frozen=True)
class Offer:
    """`close`: names have more than single words of what was typed. `meant`: the one that it can only be."""

    places: list[Found]
    more: int
    whole: bool
    close: bool
    meant: Found | None


def offer(session: Session, typed: str, tell: Telling, now_us: int) -> Offer:
    found = find_places(session, typed, now_us, MOST)
    places = [_place_of(hit, tell, now_us) for hit in found.best]
    meant = None if found.meant is None else _place_of(found.meant, tell, now_us)
    return Offer(places, found.more, found.whole, found.close, meant if meant and meant.query else None)


def _place_of(hit: Hit, tell: Telling, now_us: int) -> Found:
    unit = hit.unit
    if unit is None:
        assert hit.camera is not None
        assert hit.camera.placement is not None
        name = f"{hit.camera.name} ({hit.camera.code})"
        return Found(name, N_("where a camera hangs"), hit.camera.placement.lat, hit.camera.placement.lon)
    boundary = boundary_of(unit)
    lat, lon = (None, None) if boundary is None else inside(boundary)
    kind = N_("neighbourhood or ward") if boundary is not None else N_("its boundary is not known: tap on the map")
    when = ""
    if unit.valid_from_us > now_us:
        when = translate(tell.language, N_("from {day} on"), day=tell.day(unit.valid_from_us))
    elif unit.valid_to_us is not None and unit.valid_to_us <= now_us:
        when = translate(tell.language, N_("until {day}"), day=tell.day(unit.valid_to_us - 1))
    return Found(f"{unit.name} ({unit.code})", kind, lat, lon, unit.id, when)


@dataclass(frozen=True)
class Apart:
    """Of a place that no camera looks at: whether it is outside of all units, and the nearest camera, and how far that is."""

    outside: bool
    nearest: Found | None
    away: str = ""
    near: bool = False
    """A wider circle may do."""


def apart_from_all(session: Session, at: tuple[float, float], span: TimeRange, tell: Telling) -> Apart:
    point = shapely.Point(at[1], at[0])
    drawn = [boundary for unit in units_at(session, span.start_us) if (boundary := boundary_of(unit)) is not None]
    outside = bool(drawn) and not any(shapely.intersects(boundary, point) for boundary in drawn)
    found = nearest_camera(session, *at, span)
    if found is None:
        return Apart(outside, None)
    camera, placement, metres = found
    name = f"{camera.name} ({camera.code})"
    there = Found(name, N_("where a camera hangs"), placement.lat, placement.lon)
    return Apart(outside, there, _away(metres, tell), metres <= WIDER_HELPS_M)


def _away(metres: float, tell: Telling) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{tell.number(metres / 1000, 1 if metres < 100_000 else 0)} km"


def words_of(found: Offer) -> dict[str, Any]:
    """Return what the page shows of an offer."""
    return {
        "places": found.places,
        "more_places": found.more,
        "whole": found.whole,
        "close": found.close,
        "none_found": not found.places,
    }
