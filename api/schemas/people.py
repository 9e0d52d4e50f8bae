"""Who is asking."""

from typing import Literal

from pydantic import BaseModel, Field

RoleName = Literal["head", "officer", "supervisor", "auditor", "administrator"]


class RoleHeld(BaseModel):
    role: RoleName
    unit: str | None = Field(description="code of the unit, with all beneath it; null: everywhere")
    from_: str = Field(alias="from", json_schema_extra={"format": "date-time"})
    to: str | None = Field(description="null: until further notice", json_schema_extra={"format": "date-time"})


class Me(BaseModel):
    name: str
    roles: list[RoleHeld]
    rights: list[str]
