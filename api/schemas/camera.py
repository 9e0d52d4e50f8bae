"""Cameras as GeoJSON (RFC 7946), and what may be said of one when it is registered or edited.

A person's data (owner, telephone, consent) goes in and comes out of one call only, `CameraOwner`.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["planned", "active", "paused", "broken", "retired"]


class Point(BaseModel):
    type: Literal["Point"]
    coordinates: list[float] = Field(description="longitude, latitude (WGS 84)", min_length=2, max_length=2)


class CameraProperties(BaseModel):
    code: str
    name: str
    unit: str | None
    unit_name: str | None
    status: Status
    source: Literal["rtsp", "clips"]
    verified: bool = Field(description="bearing and field of view are known; else the camera covers nothing")
    bearing_deg: float | None
    hfov_deg: float | None
    range_m: float | None
    height_m: float | None
    tilt_deg: float | None
    retention_days: int | None
    sign_checked_date: str | None = Field(json_schema_extra={"format": "date"})
    registered: str = Field(json_schema_extra={"format": "date-time"})
    revision: int = Field(description="counts edits; quoted, it is the ETag")


class CameraFeature(BaseModel):
    type: Literal["Feature"]
    id: str
    geometry: Point | None
    properties: CameraProperties


class CameraOwner(BaseModel):
    owner_name: str | None
    owner_phone: str | None
    consent_date: str | None = Field(json_schema_extra={"format": "date"})
    funding_vnd: int | None
    funding_source: str | None
    ask_owner: bool | None


class Link(BaseModel):
    rel: str
    href: str


class CameraCollection(BaseModel):
    type: Literal["FeatureCollection"]
    features: list[CameraFeature]
    links: list[Link]
    next: str | None = Field(description="cursor of the next page, null on the last")


class CameraChanges(BaseModel):
    """What is given is changed, the rest stays; null empties a field. The names are those of the columns of the import."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: str | None = Field(default=None, max_length=200)
    unit: str | None = Field(default=None, max_length=100)
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    bearing_deg: float | None = Field(default=None, ge=0, lt=360)
    hfov_deg: float | None = Field(default=None, gt=0, le=360)
    range_m: float | None = Field(default=None, gt=0, le=2000)
    height_m: float | None = Field(default=None, gt=0, le=200)
    source: str | None = Field(default=None, max_length=500, description="an rtsp:// address, or “clips”")
    owner_name: str | None = Field(default=None, max_length=200)
    owner_phone: str | None = Field(default=None, max_length=40)
    consent_date: str | None = Field(default=None, max_length=10, examples=["2026-01-31"])
    sign_checked_date: str | None = Field(
        default=None, max_length=10, examples=["2026-01-31"], description="when a sign was seen at the camera"
    )
    sound_agreed: bool | None = Field(default=None, description="the consent covers sound")
    ask_owner: bool | None = Field(default=None, description="the owner is asked before each use of footage")
    funding_vnd: int | None = Field(default=None, ge=0, le=10**15)
    funding_source: str | None = Field(default=None, max_length=200)
    retention_days: int | None = Field(default=None, ge=1, le=36500)
    status: Status | None = None

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class CameraNew(CameraChanges):
    code: str = Field(min_length=1, max_length=64, examples=["C001"], description="never used again")
    valid_from: str | None = Field(
        default=None, max_length=40, description="since when it hangs there; from the beginning when left out"
    )


class CamerasImported(BaseModel):
    count: int
    unverified: list[str] = Field(description="codes of cameras whose view is unknown, so they cover nothing yet")
    dry_run: bool


class UnitProperties(BaseModel):
    code: str
    name: str
    kind: str
    parent: str | None
    phone: str | None = Field(description="As dialled within Vietnam, digits only")
    contact: str | None = Field(description="Who answers there")
    valid_from: str = Field(json_schema_extra={"format": "date-time"})
    valid_to: str | None = Field(json_schema_extra={"format": "date-time"})


class UnitFeature(BaseModel):
    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None = Field(description="Polygon or MultiPolygon")
    properties: UnitProperties


class UnitCollection(BaseModel):
    type: Literal["FeatureCollection"]
    features: list[UnitFeature]


class UnitsImported(BaseModel):
    count: int
