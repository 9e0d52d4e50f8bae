"""Holds: what is to be kept, and what that keeps of each camera."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from api.parameters import Instant, Words
from api.schemas.search import Span

_INSTANT: dict[str, Any] = {"format": "date-time"}
_EXAMPLE: JsonDict = {
    "place": {"lat": 10.7769, "lon": 106.7009, "radius_m": 50},
    "from": "2026-03-07T21:00:00+07:00",
    "to": "2026-03-07T21:30:00+07:00",
    "why": "Two motorbikes collided",
    "case": "2026-117",
}


class PlaceAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    radius_m: float = Field(default=30, ge=0, le=2000, allow_inf_nan=False, description="how well the place is known")
    include_blind: bool = Field(default=False, description="also cameras near it that do not see it")


class AreaAsked(BaseModel):
    """A GeoJSON geometry (RFC 7946), at most 20 km across."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class HoldAsked(BaseModel):
    """Exactly one of `cameras`, `place` and `area`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    cameras: list[Words] | None = Field(default=None, min_length=1, max_length=1000, description="codes, at most 200")
    place: PlaceAsked | None = None
    area: AreaAsked | None = None
    from_: Instant = Field(alias="from")
    to: Instant = Field(description="itself not part of it; may lie in the future. At most 7 days after `from`")
    why: Words = Field(min_length=1, max_length=500)
    case: Words | None = Field(
        default=None, min_length=1, max_length=60, description="number of the case, if there is one"
    )
    until: Instant | None = Field(
        default=None, description="when it expires; 30 days from now when left out, at most 90"
    )

    @model_validator(mode="after")
    def _one_where(self) -> Self:
        if sum(given is not None for given in (self.cameras, self.place, self.area)) != 1:
            raise PydanticCustomError("one_where", "Give exactly one of cameras, place and area")
        return self


class HoldRenewed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    until: Instant | None = Field(default=None, description="30 days from now when left out, at most 90")


class CameraHeld(BaseModel):
    """Of one camera; the four together are the time asked for."""

    camera: str = Field(description="its code, and nothing else of it: it may be out of reach")
    kept: list[Span] = Field(description="recorded, and there; while the hold lasts it stays")
    gone: list[Span] = Field(description="deleted before; may overlap `kept` where another stream or import has it")
    not_recorded: list[Span]
    future: Span | None = Field(description="still to come, or with the recorder; held when it comes")


class HoldTold(Span):
    id: str
    state: Literal["held", "expired", "released"]
    expires: str = Field(json_schema_extra=_INSTANT)
    placed: str = Field(json_schema_extra=_INSTANT)
    placed_by: str
    released: str | None = Field(json_schema_extra=_INSTANT)
    why: str
    case: str | None
    asked: dict[str, Any] = Field(description="the cameras, place or area, as asked")
    count: int = Field(description="of cameras")


class Hold(HoldTold):
    as_of: str = Field(json_schema_extra=_INSTANT)
    cameras: list[CameraHeld]


class Holds(BaseModel):
    """Those that expire first come first."""

    holds: list[HoldTold]
    next: str | None = Field(description="cursor of the next page")
