"""Place and time as officers type them into a form whose address is its state: read in one way by all pages that ask so."""

from dataclasses import asdict, dataclass, replace
from datetime import tzinfo
from typing import Annotated

from fastapi import Depends

from api.web.frame.places import PositionUnreadable, read_position
from api.web.frame.words import fields_told, is_dated, read_fields, read_span
from foundation.errors import N_, BadInput, MatPhoError
from foundation.timebase import TimeRange

MOST_LETTERS = 200
_MOST_OF = {"lat": 30, "lon": 30, "unit": 12, "day": 40, "begin": 40, "end": 40, "end_day": 40}
_SHOWN = ("place", "day", "begin", "end", "end_day")


class PlaceUnwritten(PositionUnreadable):
    code = "place_unwritten"
    message = N_("No place is written here")
    mend = N_("Write an address, a neighbourhood, a landmark, or latitude and longitude such as 10.7769, 106.7009")


class TooLong(BadInput):
    code = "typed_too_long"
    message = N_("What is written here is longer than {most} characters; the rest was cut")
    mend = N_("Write it shorter")


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
    cut: tuple[str, ...] = ()
    """Fields that were longer than anybody means."""

    @property
    def fields(self) -> dict[str, str]:
        return {name: text for name, text in asdict(self).items() if name != "cut"}

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
        """Return the time that is meant, or None and what is wrong with each field; also with that of the place, if it is too long."""
        span, wrong = read_fields(self.day, self.begin, self.end, zone, now_us, end_day=self.end_day, overnight=True)
        return span, {**wrong, **{name: TooLong(most=_MOST_OF.get(name, MOST_LETTERS)) for name in self.cut}}

    def lasting(self, span: TimeRange, zone: tzinfo) -> "Typed | None":
        """Return it with days that mean the same tomorrow, that of the end among them; None when they do already."""
        if is_dated(self.day) and (is_dated(self.end_day) if self.end_day else self._says_its_end(zone, span)):
            return None
        told = fields_told(span, zone)
        return replace(self, day=told["day"], begin=told["begin"], end=told["end"], end_day=told["end_day"])

    def _says_its_end(self, zone: tzinfo, span: TimeRange) -> bool:
        """Whether all pages read it so without a day of the end, also those that take no night for granted."""
        return read_fields(self.day, self.begin, self.end, zone, span.start_us)[0] == span

    def position(self) -> tuple[float, float]:
        """Return latitude and longitude of what was chosen, or typed as numbers. Raises `PositionUnreadable`."""
        given = read_position(f"{self.lat}, {self.lon}" if self.chosen else self.place)
        return float(given["lat"]), float(given["lon"])

    def position_or_words(self) -> tuple[float, float] | None:
        """Return the position, or None for a place that was said in words. Raises `PositionUnreadable`, `PlaceUnwritten`."""
        try:
            return self.position()
        except PositionUnreadable:
            if not self.chosen and any(letter.isalpha() for letter in self.place):
                return None
            if not self.chosen and not any(letter.isalnum() for letter in self.place):
                raise PlaceUnwritten from None
            raise


def typed(
    place: str = "",
    lat: str = "",
    lon: str = "",
    of: str = "",
    unit: str = "",
    day: str = "",
    begin: str = "",
    end: str = "",
    end_day: str = "",
) -> Typed:
    """Take what was typed, cut where it is too long: the page says so at the field, and shows what was kept."""
    given = locals()
    kept = {name: text[: _MOST_OF.get(name, MOST_LETTERS)] for name, text in given.items()}
    return Typed(**kept, cut=tuple(name for name in _SHOWN if kept[name] != given[name]))


Asked = Annotated[Typed, Depends(typed)]
