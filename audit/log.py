"""Record one act in the transaction of the act, with a commitment to what it was that outlives its content."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from audit.tables import AuditEvent, AuditLeaf, AuditPending
from foundation.clock import Clock
from foundation.identity import Actor

SALT_BYTES = 32
ERASE = "audit:erase"
CONTENT = (
    "at_us",
    "actor",
    "actor_kind",
    "action",
    "object_kind",
    "object_id",
    "detail",
    "role",
    "unit",
    "purpose",
    "grant_id",
    "address",
)
"""Columns of `audit_event` that the commitment is over."""


def canonical(value: Any) -> str:
    """Return JSON with sorted keys and no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def commitment_to(salt: bytes, content: Mapping[str, Any]) -> bytes:
    """Return what binds us to `content` without telling it: SHA-256 over the salt and its canonical JSON in UTF-8."""
    return hashlib.sha256(salt + canonical({name: content[name] for name in CONTENT}).encode()).digest()


def leaf_of(at_us: int, action: str, commitment: bytes) -> bytes:
    """Return the bytes that are a leaf of the tree; docs/design/audit-record.md."""
    return f"matpho audit 1\n{at_us}\n{action}\n{commitment.hex()}\n".encode()


def record(
    session: Session, clock: Clock, actor: Actor, action: str, object_kind: str, object_id: str, **detail: Any
) -> None:
    """Add one event to the session; it is stored exactly when the act is.

    `action` is `subject:verb`; every action is listed in docs/ref/audit-events.md. `detail` is kept as canonical JSON
    (sorted keys, no blanks) and must not carry credentials.
    """
    at_us = clock.now_us()
    content: dict[str, Any] = {
        "at_us": at_us,
        "actor": actor.name,
        "actor_kind": actor.kind,
        "action": action,
        "object_kind": object_kind,
        "object_id": object_id,
        "detail": canonical(detail),
        "role": actor.role,
        "unit": actor.unit,
        "purpose": actor.purpose,
        "grant_id": actor.grant_id,
        "address": actor.address,
    }
    salt = secrets.token_bytes(SALT_BYTES)
    commitment = commitment_to(salt, content)
    session.add(AuditEvent(**content, salt=salt, commitment=commitment))
    session.add(AuditLeaf(commitment=commitment, at_us=at_us, action=action))
    session.add(AuditPending(at_us=at_us, commitment=commitment))
