"""Requests of data subjects."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from access.subject_kinds import Late, SubjectKind, SubjectOutcome
from api.parameters import Instant, Words

_TIME: JsonDict = {"format": "date-time"}


class RequesterTold(BaseModel):
    """Personal data: sealed when it is stored, and erased when somebody says so."""

    model_config = ConfigDict(extra="forbid")

    name: Words = Field(default="", max_length=200)
    contact: Words = Field(min_length=1, max_length=200, description="how to reach who asks")
    about: Words = Field(default="", max_length=2000, description="what is asked, in their own words")


class SubjectAskedIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: SubjectKind
    requester: RequesterTold
    unit: Words | None = Field(
        default=None, max_length=100, description="code of the unit that handles it; null for who may everywhere"
    )
    cameras: list[Words] = Field(default=[], max_length=50, description="codes of the cameras that it is about")
    from_: Instant | None = Field(default=None, alias="from", description="the time that it is about, with `to`")
    to: Instant | None = None
    received: Instant | None = Field(default=None, description="when it came; now when left out")


class SubjectAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    outcome: SubjectOutcome
    reason: Words = Field(default="", max_length=500, description="needed for all but `done`; without names")


class SubjectRequestTold(BaseModel):
    """`acknowledge_by` and `answer_by` are themselves too late: the midnight that ends the last day."""

    id: str
    kind: SubjectKind
    unit: str | None
    cameras: list[str]
    from_: str | None = Field(alias="from", json_schema_extra=_TIME)
    to: str | None = Field(json_schema_extra=_TIME)
    received: str = Field(json_schema_extra=_TIME)
    registered: str = Field(json_schema_extra=_TIME)
    registered_by: str
    acknowledge_by: str = Field(json_schema_extra=_TIME)
    acknowledged: str | None = Field(json_schema_extra=_TIME)
    acknowledged_by: str | None
    answer_by: str = Field(json_schema_extra=_TIME)
    answered: str | None = Field(json_schema_extra=_TIME)
    answered_by: str | None
    outcome: SubjectOutcome | None
    reason: str
    overdue: Late | None
    erased: str | None = Field(description="when who asked was erased", json_schema_extra=_TIME)
    requester: RequesterTold | None = Field(
        default=None, description="only of one request, and only for who handles it; null when erased"
    )


class SubjectRequests(BaseModel):
    subject_requests: list[SubjectRequestTold]
