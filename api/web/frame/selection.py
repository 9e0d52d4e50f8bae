"""What an officer has selected, as it travels in addresses and forms: cameras, and the time as it was typed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class Selection:
    cameras: tuple[str, ...]
    day: str
    begin: str
    end: str
    end_day: str
    lat: str
    lon: str

    @property
    def place(self) -> tuple[float, float] | None:
        try:
            lat, lon = float(self.lat), float(self.lon)
        except ValueError:
            return None
        return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None

    @property
    def query(self) -> str:
        """Return it as the part of an address behind the question mark."""
        names = ("day", "begin", "end", "end_day", "lat", "lon")
        pairs = [(name, getattr(self, name)) for name in names if getattr(self, name)]
        return urlencode([*pairs, *(("camera", code) for code in self.cameras)])


def selection_of(given: Mapping[str, str], cameras: Sequence[str]) -> Selection:
    def text(name: str) -> str:
        return given.get(name, "").strip()[:60]

    codes = tuple(dict.fromkeys(code for code in cameras if code))
    return Selection(codes, text("day"), text("begin"), text("end"), text("end_day"), text("lat"), text("lon"))
