"""A piece of long work."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class JobProblem(BaseModel):
    code: str
    detail: str
    mend: str


class Job(BaseModel):
    id: str
    kind: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    progress: dict[str, Any] = Field(description="what the work reports of itself, such as bytes done and in all")
    result: dict[str, Any] | None = Field(description="once done")
    problem: JobProblem | None = Field(description="once failed")
    created: str = Field(json_schema_extra={"format": "date-time"})
    updated: str = Field(json_schema_extra={"format": "date-time"})
