"""What an officer has selected, as it travels in addresses and forms: cameras, and the time as it was typed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from urllib.parse import urlencode

from api.web.frame.words import fields_told, is_dated
from foundation.errors import N_, BadInput
from foundation.timebase import TimeRange


@dataclass(frozen=True)
class Selection:
    cameras: tuple[str, ...]
    day: str
    begin: str
    end: str
    end_day: str
    lat: str
    lon: str
    where: str = ""
    """What the place is called."""
    unit: str = ""

    @property
    def place(self) -> tuple[float, float] | None:
        try:
            lat, lon = float(self.lat), float(self.lon)
        except ValueError:
            return None
        return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None

    @property
    def dated(self) -> bool:
        """Whether its days mean the same whenever it is read."""
        return is_dated(self.day) and (not self.end_day or is_dated(self.end_day))

    def at(self, span: TimeRange, zone: tzinfo) -> "Selection":
        """Return it with a time that means the same whenever it is read."""
        told = fields_told(span, zone)
        return replace(self, day=told["day"], begin=told["begin"], end=told["end"], end_day=told["end_day"])

    @property
    def query(self) -> str:
        """Return it as the part of an address behind the question mark."""
        names = ("day", "begin", "end", "end_day", "lat", "lon")
        pairs = [(name, getattr(self, name)) for name in names if getattr(self, name)]
        if self.where:
            pairs += [("place", self.where), ("of", self.where)]
        if self.unit:
            pairs.append(("unit", self.unit))
        return urlencode([*pairs, *(("camera", code) for code in self.cameras)])


def selection_of(given: Mapping[str, str], cameras: Sequence[str]) -> Selection:
    def text(name: str) -> str:
        return given.get(name, "").strip()[:60]

    codes = tuple(dict.fromkeys(code for code in cameras if code))
    when = (text("day"), text("begin"), text("end"), text("end_day"))
    where = given.get("place", "").strip()[:200]
    return Selection(codes, *when, text("lat"), text("lon"), where, text("unit")[:12])


class NoneTicked(BadInput):
    code = "none_ticked"
    message = N_("You have not ticked any camera")
    mend = N_("Tick at least one in the list")


def back_to_result(form: Mapping[str, str]) -> str:
    """Return the address of the page with the list that was sent without a tick, which says so then (`wrong`)."""
    place = form.get("back", "")
    if not place.startswith("/investigate") or len(place) > 2000 or "\n" in place:
        place = "/investigate"
    return f"{place}{'&' if '?' in place else '?'}wrong={NoneTicked.code}"
