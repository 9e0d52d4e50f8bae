"""What readers get of a camera: plain records as valid at one time, never database objects, never a credential."""

from dataclasses import dataclass
from typing import Literal

from foundation.timebase import TimeRange

Status = Literal["planned", "active", "paused", "broken", "retired"]
STATUSES: tuple[Status, ...] = ("planned", "active", "paused", "broken", "retired")


@dataclass(frozen=True)
class PlacementRecord:
    """Where a camera stood and looked during `valid`. Degrees (WGS 84, clockwise from north) and metres."""

    lat: float
    lon: float
    bearing_deg: float | None
    hfov_deg: float | None
    range_m: float
    height_m: float | None
    tilt_deg: float | None
    valid: TimeRange

    @property
    def verified(self) -> bool:
        """Whether it is known where the camera looks; else it covers nothing."""
        return self.bearing_deg is not None and self.hfov_deg is not None


@dataclass(frozen=True)
class CameraRecord:
    """A camera as it was at one time. Owner data is apart, in `OwnerRecord`, because most readers may not see it."""

    id: int
    code: str
    name: str
    status: str
    unit_code: str | None
    unit_name: str | None
    placement: PlacementRecord | None
    source: Literal["rtsp", "clips"]
    retention_days: int | None
    sound_agreed: bool
    revision: int
    registered_us: int
    sign_checked_date: str | None = None

    @property
    def verified(self) -> bool:
        return self.placement is not None and self.placement.verified


@dataclass(frozen=True)
class OwnerRecord:
    """Personal data: who owns the camera, who agreed, who paid."""

    owner_name: str | None
    owner_phone: str | None
    consent_date: str | None
    funding_vnd: int | None
    funding_source: str | None
    ask_owner: bool = False


@dataclass(frozen=True)
class Page:
    """`next` is the cursor of the following page, None on the last."""

    items: list[CameraRecord]
    next: str | None
