"""Is it well?"""

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    status: Literal["ok"]
    version: str


class Ready(BaseModel):
    status: Literal["ready"]
    catalogue: Literal["ok"]
    store: Literal["ok"]
