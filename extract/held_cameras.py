"""Which cameras a hold is for: named by code, by a place or by an area.

Too many rather than too few, within a bound that the refusal names: what is kept in vain expires, what was not kept is
gone.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from camera_registry.areas import area_of
from camera_registry.cameras import ids_by_code
from camera_registry.sight import Place, who_may_see, who_sees
from foundation.errors import N_, BadInput, NotFound
from foundation.timebase import TimeRange

MOST_CAMERAS = 200
_MOST_TOLD = 20
"""Of the codes of a refused hold: an event is for ever, and what is refused may be any number of codes."""


class TooManyCameras(BadInput):
    code = "too_many_cameras"
    message = N_("This is about {count} cameras, and one hold is for at most {limit}")
    mend = N_("Name a smaller place or area, or place several holds")


class NothingToHold(NotFound):
    code = "nothing_to_hold"
    message = N_("No camera may have seen this at that time, so nothing is held")
    mend = N_("Name the cameras, or a larger place")


@dataclass(frozen=True)
class Cameras:
    """Cameras by their codes, also of units out of reach: a hold reveals nothing but what is there to ask for.

    Of each kind `as_dict` is how it was asked for, and `named` what an event tells of it when it is refused.
    """

    codes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"cameras": sorted(set(self.codes))}

    def named(self) -> dict[str, Any]:
        return {"cameras": sorted(set(self.codes))[:_MOST_TOLD]}

    def ids(self, session: Session, _span: TimeRange) -> frozenset[int]:
        at_most(len(set(self.codes)))
        return frozenset(ids_by_code(session, self.codes).values())


@dataclass(frozen=True)
class Around:
    """Cameras that could see the place then, and those within whose range it lies and of which nobody knows where they look.

    With `blind` also all others near it, as a lookup has them.
    """

    place: Place
    blind: bool = False

    def as_dict(self) -> dict[str, Any]:
        place = self.place
        return {"place": {"lat": place.lat, "lon": place.lon, "radius_m": place.radius_m, "include_blind": self.blind}}

    def named(self) -> dict[str, Any]:
        return self.as_dict()

    def ids(self, session: Session, span: TimeRange) -> frozenset[int]:
        found = [sight for sight in who_sees(session, self.place, span) if sight.valid is not None]
        return frozenset(
            sight.camera.id
            for sight in found
            if sight.sees
            or self.blind
            or (not sight.placement.verified and sight.distance_m <= self.place.radius_m + sight.placement.range_m)
        )


@dataclass(frozen=True)
class Area:
    """Cameras that stand in a GeoJSON Polygon or MultiPolygon, see some of it, or may do so for all that is known."""

    geometry: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"area": self.geometry}

    def named(self) -> dict[str, Any]:
        return {"area": self.geometry["type"]}

    def ids(self, session: Session, span: TimeRange) -> frozenset[int]:
        return who_may_see(session, area_of(self.geometry), span)


Where = Cameras | Around | Area


def chosen(session: Session, where: Where, span: TimeRange) -> frozenset[int]:
    """Return the ids. Raises `NothingToHold`, `TooManyCameras`, `CameraUnknown`, `AreaNotUsable`."""
    found = where.ids(session, span)
    if not found:
        raise NothingToHold
    at_most(len(found))
    return found


def at_most(count: int) -> None:
    if count > MOST_CAMERAS:
        raise TooManyCameras(count=count, limit=MOST_CAMERAS)
