"""Place and time as officers type them into a form whose address is its state: read in one way by all pages that ask so."""

from dataclasses import asdict, dataclass, replace
from datetime import tzinfo
from typing import Annotated

from fastapi import Depends, Query

from api.web.frame.places import PositionUnreadable, read_position
from api.web.frame.words import fields_told, is_dated, read_fields, read_span
from foundation.errors import MatPhoError
from foundation.timebase import TimeRange

_Place = Annotated[str, Query(max_length=200)]
_Number = Annotated[str, Query(max_length=30)]
_When = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class Typed:
    """What was typed, unread: a form shows it again as it was.

    `lat`, `lon` and `unit` are of the place that is called `of`: when somebody types another place, they are not meant any more.
    """

    place: str
    lat: str
    lon: str
    of: str
    unit: str
    day: str
    begin: str
    end: str
    end_day: str

    @property
    def fields(self) -> dict[str, str]:
        return asdict(self)

    @property
    def query(self) -> dict[str, str]:
        """Return the fields that say something, for an address."""
        return {name: text for name, text in self.fields.items() if text}

    @property
    def chosen(self) -> bool:
        """Whether `lat` and `lon` are of the place that is meant."""
        return bool(self.lat and self.lon) and self.of.strip() == self.place.strip()

    @property
    def unit_id(self) -> int | None:
        """The unit that was chosen, all of which is meant; None for a point."""
        return int(self.unit) if self.chosen and self.unit.isdecimal() else None

    @property
    def name(self) -> str:
        """What the place is called; its position where it has no name."""
        return self.place or f"{self.lat}, {self.lon}"

    def span(self, zone: tzinfo, now_us: int) -> TimeRange:
        """Return the time that is meant. Raises `DayUnreadable`, `TimeUnreadable`, `SpanBackwards`."""
        return read_span(self.day, self.begin, self.end, zone, now_us, end_day=self.end_day)

    def read(self, zone: tzinfo, now_us: int) -> tuple[TimeRange | None, dict[str, MatPhoError]]:
        """Return the time that is meant, or None and what is wrong with each field."""
        return read_fields(self.day, self.begin, self.end, zone, now_us, end_day=self.end_day, overnight=True)

    def lasting(self, span: TimeRange, zone: tzinfo) -> "Typed | None":
        """Return it with days that mean the same tomorrow, that of the end among them; None when they do already."""
        if is_dated(self.day) and (is_dated(self.end_day) if self.end_day else self._says_its_end(zone, span)):
            return None
        return replace(self, **fields_told(span, zone))

    def _says_its_end(self, zone: tzinfo, span: TimeRange) -> bool:
        """Whether all pages read it so without a day of the end, also those that take no night for granted."""
        return read_fields(self.day, self.begin, self.end, zone, span.start_us)[0] == span

    def position(self) -> tuple[float, float]:
        """Return latitude and longitude of what was chosen, or typed as numbers. Raises `PositionUnreadable`."""
        given = read_position(f"{self.lat}, {self.lon}" if self.chosen else self.place)
        return float(given["lat"]), float(given["lon"])

    def position_or_words(self) -> tuple[float, float] | None:
        """Return the position, or None for a place that was said in words. Raises `PositionUnreadable`."""
        try:
            return self.position()
        except PositionUnreadable:
            if not self.chosen and any(letter.isalpha() for letter in self.place):
                return None
            raise


def typed(
    place: _Place = "",
    lat: _Number = "",
    lon: _Number = "",
    of: _Place = "",
    unit: _Number = "",
    day: _When = "",
    begin: _When = "",
    end: _When = "",
    end_day: _When = "",
) -> Typed:
    return Typed(place, lat, lon, of, unit[:12], day, begin, end, end_day)


Asked = Annotated[Typed, Depends(typed)]
