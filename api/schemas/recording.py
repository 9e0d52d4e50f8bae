"""What the recorder does at the moment."""

from typing import Any

from pydantic import BaseModel, Field

from ingest.index.records import GapReason
from ingest.index.status import CameraState

_INSTANT: dict[str, Any] = {"format": "date-time"}


class NotRecording(BaseModel):
    """Cameras that do not record for the same reason."""

    state: CameraState
    reason: GapReason | None
    text: str = Field(description="the reason in words")
    count: int


class RecordingSummary(BaseModel):
    """Of all live cameras, whatever `state` was asked for."""

    cameras: int = Field(description="active cameras with a live source")
    recording: int
    bits_per_s: int
    not_recording: list[NotRecording] = Field(description="the most frequent reason first")


class CameraRecording(BaseModel):
    """One live camera; null where no recorder says it at the moment."""

    code: str
    name: str
    state: CameraState
    reason: GapReason | None = Field(description="why it does not record, as in gaps")
    text: str = Field(description="why it does not record, else what it does")
    detail: str = Field(description="for who mends it")
    source: str = Field(description="who receives it, and why")
    since: str | None = Field(json_schema_extra=_INSTANT, description="when the state began")
    updated: str | None = Field(json_schema_extra=_INSTANT, description="when the recorder last said something")
    frames_per_s: float | None
    bits_per_s: int | None
    last_frame: str | None = Field(json_schema_extra=_INSTANT)
    lag_us: int | None = Field(description="from arrival to being retrievable")
    reconnects: int = Field(description="since the recorder started")
    bytes_today: int | None = Field(description="since midnight in the service's time zone")
    lost_packets: int
    damaged_frames: int


class Recording(BaseModel):
    at: str = Field(json_schema_extra=_INSTANT)
    summary: RecordingSummary
    cameras: list[CameraRecording]
