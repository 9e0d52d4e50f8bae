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
    text: str = Field(description="the reason in words")


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
    """Why a camera does or does not see the place; beside code and text the values the text was made of."""

    model_config = ConfigDict(extra="allow")

    code: str
    text: str


class SeenBy(BaseModel):
    code: str
    name: str
    unit: str | None
    unit_name: str | None
    status: str


class Covered(BaseModel):
    state: Literal["complete", "partial", "none"]
    recorded_us: int
    intervals: list[Span]


class ClockTold(BaseModel):
    sources: list[str]
    offset_us: int | None = Field(
        description="device minus true time: of the recorder that was compared for the newest import in it, else as the camera last "
        "said before `to`; null when never compared"
    )
    offset_observed_at: str | None = Field(description="when it was compared")
    uncertainty_us: int | None = Field(description="how far the times may be off; null when nobody knows")


class Sighting(Span):
    """One camera's answer for the part of the range in which it stood like that."""

    camera: SeenBy
    sees: bool
    reasons: list[Reason]
    distance_m: float
    bearing_deg: float
    coverage: Covered
    gaps: list[Gap]
    clock: ClockTold
    overwritten_at: str | None = Field(
        json_schema_extra=_INSTANT,
        description="when the first of it may go by age, once no hold keeps it; null: only for space, or held without an end",
    )


class Lookup(Span):
    """The question as understood, and the sightings, best first."""

    lat: float
    lon: float
    radius_m: float
    sightings: list[Sighting]
