"""Requests, grants, uses, and what the auditor is shown of them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.parameters import Instant, Words

_EXAMPLE: JsonDict = {
    "cameras": ["C001", "C002"],
    "from": "2026-03-07T21:00:00+07:00",
    "to": "2026-03-07T21:30:00+07:00",
    "purpose": "traffic",
    "case_number": "VA-2026-0142",
    "why": "Hai xe máy va chạm",
}


class PlaceAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)


class RequestAsked(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    cameras: list[Words] = Field(min_length=1, max_length=500, description="codes, from a lookup")
    from_: Instant = Field(alias="from")
    to: Instant = Field(description="itself not part of it")
    purpose: Words = Field(max_length=40, description="one of the closed list, docs/ref/requests.md")
    case_number: Words = Field(min_length=1, max_length=40)
    why: Words = Field(default="", max_length=500)
    place: PlaceAsked | None = Field(default=None, description="where it happened")
    place_words: Words = Field(default="", max_length=200, description="what that place is called")
    submit: bool = Field(default=True, description="false: only drafted")
    break_glass: bool = Field(default=False, description="see it now, to be reviewed afterwards; needs `why`")


class Approval(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Words = Field(default="", max_length=500)
    without_unanswered: bool = Field(
        default=False, description="grant the cameras whose owners are not asked or agreed, and not the others"
    )


class Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Words = Field(min_length=1, max_length=500)
    expected: Literal["submitted", "approved"] | None = Field(
        default=None, description="only when the request is in this state: 409 tells since when it is in another"
    )


class Review(BaseModel):
    model_config = ConfigDict(extra="forbid")

    justified: bool
    note: Words = Field(min_length=1, max_length=500)


class Release(BaseModel):
    model_config = ConfigDict(extra="forbid")

    outcome: Words = Field(max_length=40, description="what came of it: evidence, lead, nothing_seen, not_needed")


class Grant(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str
    request: str
    cameras: list[str]
    from_: str = Field(alias="from")
    to: str
    purpose: str
    until: str
    ended: str | None
    downloads: int
    used: int
    pre_roll: bool


class Request(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str
    bundle: str = Field(description="what was asked for at once and went to several units shares it")
    unit: str | None
    state: str
    purpose: str
    case_number: str
    cameras: list[dict[str, Any]]
    grant: Grant | None


class Requests(BaseModel):
    requests: list[Request]


class Grants(BaseModel):
    grants: list[Grant]


class OwnerLinks(BaseModel):
    links: list[dict[str, Any]] = Field(description="`address` opens once; `from`, `to`, `purpose`, `expires`")


class Uses(BaseModel):
    camera: str
    uses: list[dict[str, Any]] = Field(description="`at`, `kind` (clip or frame), `count`, `purpose`")


class Oversight(BaseModel):
    findings: list[dict[str, Any]] = Field(description="`pattern`, `text`, `who`, `requests`")
    reviews_overdue: int
