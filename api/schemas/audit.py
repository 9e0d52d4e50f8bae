"""Proofs of the audit log."""

from typing import Any

from pydantic import BaseModel, Field

_HASH: dict[str, Any] = {"pattern": "^[0-9a-f]{64}$"}


class Keys(BaseModel):
    keys: list[str] = Field(description="C2SP verifier keys of who has signed checkpoints, the first one first")


class Leaf(BaseModel):
    """What a leaf says; its bytes are `matpho audit 1` and these, a line each."""

    at_us: int = Field(description="microseconds since 1970, UTC")
    action: str
    commitment: str = Field(json_schema_extra=_HASH)


class Inclusion(BaseModel):
    number: int
    size: int
    leaf: Leaf
    proof: list[str] = Field(description="hashes in hex, from the leaf up (RFC 6962, section 2.1.1)")


class Consistency(BaseModel):
    before: int
    size: int
    proof: list[str] = Field(description="hashes in hex (RFC 6962, section 2.1.2)")
