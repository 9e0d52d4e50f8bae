"""Who saw it, and what one camera recorded."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_INSTANT: dict[str, Any] = {"format": "date-time"}


class Span(BaseModel):
    """Half-open: `to` is not part of it."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    from_: str = Field(alias="from", json_schema_extra=_INSTANT)
    to: str = Field(json_schema_extra=_INSTANT)


class Gap(Span):
    reason: str = Field(description="stable name of why there is no footage")


class Run(Span):
    """An unbroken stretch of recording of one stream."""

    stream: int
    clock_source: str | None
    uncertainty_us: int | None = Field(description="how far its times may be off; null when nobody knows")


class Timeline(BaseModel):
    camera: str
    from_: str = Field(alias="from", json_schema_extra=_INSTANT)
    to: str = Field(json_schema_extra=_INSTANT)
    recorded_us: int = Field(description="microseconds of the range with footage")
    runs: list[Run]
    recorded: list[Span] = Field(description="ranges with footage of any stream, merged")
    gaps: list[Gap]


class Reason(BaseModel):
    model_config = ConfigDict(extra="allow")

    code: str


class Sighting(BaseModel):
    """One camera's answer."""

    model_config = ConfigDict(extra="allow")

    camera: Any
    sees: bool
    coverage: Any


class Lookup(BaseModel):
    model_config = ConfigDict(extra="allow")

    sightings: list[Sighting]


Format = Literal["json", "csv", "geojson", "svg"]
