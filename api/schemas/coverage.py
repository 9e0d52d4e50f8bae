"""The audit of coverage."""

from pydantic import BaseModel, Field

from api.schemas.search import Gap, Span


class CoveredGap(Gap):
    duration_us: int


class CameraCovered(BaseModel):
    """A camera that belonged to the units asked for within the period."""

    unit: str
    code: str
    name: str
    status: str = Field(description="as entered now; it has no history")
    verified: bool = Field(description="it is known where it looked")
    with_footage: bool
    member_us: int = Field(description="microseconds of the period in which it belonged to the units")
    recorded_us: int
    recorded: float = Field(ge=0, le=1, description="recorded_us of member_us")
    longest_gap: CoveredGap | None


class UnitCovered(BaseModel):
    """A unit with all within it; null where nothing is known, such as the area without a boundary."""

    code: str | None
    name: str | None
    kind: str | None
    registered: int
    verified: int
    with_footage: int
    recorded_time: float | None = Field(description="share of the time of all its cameras")
    area_m2: float | None
    area_in_view: float | None = Field(description="share of the area that a verified view covered, mean over the time")
    area_recorded: float | None = Field(description="the same, while the camera recorded")


class HourCovered(Span):
    """A whole hour of the service's time zone; the first and the last may be shorter."""

    cells: int = Field(description="cells that some camera saw and recorded")
    cameras: float = Field(description="cameras that saw and recorded, mean over the area and the hour")


class CoverageTold(Span):
    """`counted_from` and `counted_to` are the part of the period in which the unit was valid and that is past."""

    unit: str | None
    counted_from: str = Field(json_schema_extra={"format": "date-time"})
    counted_to: str = Field(json_schema_extra={"format": "date-time"})
    cell_m: float
    total: UnitCovered
    units: list[UnitCovered]
    cameras: list[CameraCovered]
    unassigned: int = Field(description="cameras that belong to no unit")
    cells: int
    hours: list[HourCovered] = Field(description="empty when no boundary is known")
