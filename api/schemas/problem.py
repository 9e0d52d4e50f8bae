"""Problem details, and the declaration of which ones a call may answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    """One bad field of a request, or one bad field of one row of a file."""

    model_config = ConfigDict(extra="allow")

    field: str
    detail: str
    line: int | None = Field(default=None, description="of a file, counted from 1 with its header")
    pointer: str | None = Field(default=None, description="JSON pointer: /query/from, /body/camera")
    code: str | None = None
    mend: str | None = None


class Problem(BaseModel):
    """RFC 9457 with our extension members."""

    type: str = Field(description="where the problem is explained", examples=["/problems/instant_unreadable"])
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="stable name, for programs")
    mend: str | None = Field(default=None, description="what to do about it")
    fields: dict[str, Any] | None = Field(default=None, description="values the text was made of")
    errors: list[FieldProblem] | None = None


_WHY = {
    401: "Nobody knows who is asking: no token, no session, or one that has ended",
    403: "Not permitted",
    404: "Not found",
    409: "Conflicts with what is stored",
    410: "The footage is no longer kept",
    412: "Changed in the meantime, or not the bytes named",
    413: "Too large",
    415: "A body of another type is needed",
    416: "The range lies beyond the end",
    422: "The input cannot be used; `errors` names the fields",
    423: "Another request holds it",
    429: "Too many",
    460: "The check sum does not fit",
    503: "Not available at the moment",
}
_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare problem answers; 401, 403 and 422 are always among them: access and parameters are always checked."""
    return {status: {"description": _WHY[status], "content": _CONTENT} for status in sorted({401, 403, 422, *statuses})}
