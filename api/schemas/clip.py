"""A clip as asked for, and its receipt."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.parameters import Instant


class ClipAsked(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "camera": "C001",
                    "from": "2026-03-07T21:05:00+07:00",
                    "to": "2026-03-07T21:06:00+07:00",
                    "mode": "exact",
                }
            ]
        },
    )

    camera: str = Field(min_length=1, max_length=100, description="code of the camera")
    from_: Instant = Field(alias="from")
    to: Instant = Field(description="itself not part of the clip")
    mode: Literal["exact", "keyframe", "strict"] = Field(
        default="exact",
        description="exact: plays [from, to) exactly, with hidden pre-roll back to the key frame; keyframe: starts "
        "visibly at the key frame at or before `from`; strict: no sample outside [from, to)",
    )
    audio: bool = Field(default=False, description="with sound, where the owner agreed to it and it was recorded")
    times: bool = Field(default=False, description="with a text track of the wall-clock time, for any player")


class ClipPart(BaseModel):
    """One file of the clip; there are several only when coding or dimensions changed inside the range."""

    href: str
    size_bytes: int | None = None


class ClipLinks(BaseModel):
    self: str
    media: list[str] = Field(description="the file of each part")
    playlist: str
    times: str


class Clip(BaseModel):
    id: str
    complete: bool = Field(description="false: something of [from, to) is not in it, and the receipt says what and why")
    receipt: dict[str, Any] = Field(description="what the clip truly contains")
    links: ClipLinks
