"""Place and time as officers type them into a form whose address is its state: read in one way by all pages that ask so."""

from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Annotated

from fastapi import Depends, Query

from api.web.frame.places import PositionUnreadable, read_position
from api.web.frame.words import read_span
from foundation.timebase import TimeRange

_Place = Annotated[str, Query(max_length=200)]
_Number = Annotated[str, Query(max_length=30)]
_When = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class Typed:
    """What was typed, unread: a form shows it again as it was."""

    place: str
    lat: str
    lon: str
    day: str
    begin: str
    end: str
    end_day: str

    @property
    def fields(self) -> dict[str, str]:
        return asdict(self)

    def span(self, zone: tzinfo, now_us: int) -> TimeRange:
        """Return the time that is meant. Raises `DayUnreadable`, `TimeUnreadable`, `SpanBackwards`."""
        return read_span(self.day, self.begin, self.end, zone, now_us, end_day=self.end_day)

    def position(self) -> tuple[float, float]:
        """Return latitude and longitude of what was chosen, or typed as numbers. Raises `PositionUnreadable`."""
        given = read_position(f"{self.lat}, {self.lon}" if self.lat and self.lon else self.place)
        return float(given["lat"]), float(given["lon"])

    def position_or_words(self) -> tuple[float, float] | None:
        """Return the position, or None for a place that was said in words. Raises `PositionUnreadable`."""
        try:
            return self.position()
        except PositionUnreadable:
            if not (self.lat and self.lon) and any(letter.isalpha() for letter in self.place):
                return None
            raise


def typed(
    place: _Place = "",
    lat: _Number = "",
    lon: _Number = "",
    day: _When = "",
    begin: _When = "",
    end: _When = "",
    end_day: _When = "",
) -> Typed:
    return Typed(place, lat, lon, day, begin, end, end_day)


Asked = Annotated[Typed, Depends(typed)]
