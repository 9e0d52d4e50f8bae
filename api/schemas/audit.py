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


class AuditEvent(BaseModel):
    """An event of the log; all of its content but time and action is null once it was erased, and so is the salt."""

    number: int = Field(description="its number in the log, from 0; `inclusion` proves it")
    at_utc: str
    at_local: str = Field(description="in the zone of the street")
    at_us: int = Field(description="microseconds since 1970, UTC")
    action: str
    actor: str | None
    actor_kind: str | None
    object_kind: str | None
    object_id: str | None
    detail: str | None = Field(description="canonical JSON, as the text that the commitment is over")
    role: str | None
    unit: str | None
    purpose: str | None
    grant_id: str | None
    address: str | None
    erased: bool
    salt: str | None = Field(description="32 bytes in hex")
    commitment: str = Field(json_schema_extra=_HASH)


class AuditEvents(BaseModel):
    size: int = Field(description="leaves that have a number; the events are among these")
    events: list[AuditEvent]
    next: int | None = Field(description="`after` of the next page; null: there is none")
