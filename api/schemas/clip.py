"""A clip as asked for, and its receipt. docs/ref/receipt.md explains the receipt's fields."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.parameters import Instant, Words

_EXAMPLE: JsonDict = {
    "camera": "C001",
    "from": "2026-03-07T21:05:00+07:00",
    "to": "2026-03-07T21:06:00+07:00",
    "mode": "exact",
}


class ClipAsked(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    camera: Words = Field(min_length=1, max_length=100, description="code of the camera")
    from_: Instant = Field(alias="from")
    to: Instant = Field(description="itself not part of the clip")
    mode: Literal["exact", "keyframe", "strict"] = Field(
        default="exact",
        description="exact: plays [from, to) exactly, with hidden pre-roll back to the key frame; keyframe: starts "
        "visibly at the key frame at or before `from`; strict: no sample outside [from, to)",
    )
    audio: bool = Field(default=False, description="with sound, where the owner agreed to it and it was recorded")
    grant: Words | None = Field(
        default=None, max_length=40, description="the grant to use; without it the first one that covers all of it"
    )
    times: bool = Field(default=False, description="with a text track of the wall-clock time, for any player")


class ClipLinks(BaseModel):
    self: str
    media: list[str] = Field(description="the file of each part; mostly one")
    viewing: list[str] = Field(
        description="what a browser plays of each part: the file itself when it is H.264, else a viewing copy"
    )
    playlist: str
    times: str


class Clip(BaseModel):
    """The receipt, with the clip's `id` and `links`."""

    model_config = ConfigDict(extra="allow")

    id: str
    links: ClipLinks
    complete: bool = Field(description="false: something of [from, to) is not in it; `gaps` says what and why")
    gaps: list[dict[str, Any]]
    parts: list[dict[str, Any]]
