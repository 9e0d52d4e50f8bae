"""The log of deletions."""

from pydantic import BaseModel, Field


class Deletion(BaseModel):
    """A stretch of footage that is gone."""

    camera: str
    from_: str = Field(alias="from", json_schema_extra={"format": "date-time"})
    to: str = Field(json_schema_extra={"format": "date-time"})
    why: str = Field(description="age or space")
    at: str = Field(description="when the last of it went", json_schema_extra={"format": "date-time"})
    bytes: int | None = Field(description="of its segments; null where nobody counted them")


class Deletions(BaseModel):
    deletions: list[Deletion]
