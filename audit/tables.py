"""The audit log's tables. They have no foreign keys, so that live data and the log never hold each other.

`audit_event` has what an act was, and can be erased; what stays of it, its place in the tree, checkpoints, keys and erasures
are kept for ever, and triggers see to that (migration 0003). `audit_witness` says who was told; what counts is what they keep.
"""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Blob, Text


class AuditEvent(SQLModel, table=True):
    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("uq_audit_event_commitment", "commitment", unique=True),
        sa.Index("ix_audit_event_object", "object_id", "id"),  # what was done to a camera or a request
        STRICT,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    at_us: int = Field(sa_type=BigInt, index=True)
    actor: str = Field(sa_type=Text)
    actor_kind: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text, description="subject:verb, for example camera:import")
    object_kind: str = Field(sa_type=Text)
    object_id: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text, description="canonical JSON; never a credential")
    role: str | None = Field(default=None, sa_type=Text, description="in which the actor acted")
    unit: str | None = Field(default=None, sa_type=Text, description="for which the actor has that role")
    purpose: str | None = Field(default=None, sa_type=Text)
    grant_id: str | None = Field(default=None, sa_type=Text)
    address: str | None = Field(default=None, sa_type=Text, description="from which the actor asked")
    salt: bytes = Field(sa_type=Blob, description="32 random bytes")
    commitment: bytes = Field(sa_type=Blob, description="SHA-256 over salt and content")


class AuditLeaf(SQLModel, table=True):
    """What stays of an event whatever happens to its content; written with it."""

    __tablename__ = "audit_leaf"
    __table_args__ = (STRICT,)

    commitment: bytes = Field(primary_key=True, sa_type=Blob)
    at_us: int = Field(sa_type=BigInt)
    action: str = Field(sa_type=Text)


class AuditPending(SQLModel, table=True):
    """A leaf that has no number yet; by its key the oldest are found without looking at all that wait."""

    __tablename__ = "audit_pending"
    __table_args__ = (STRICT,)

    at_us: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    commitment: bytes = Field(primary_key=True, sa_type=Blob)


class AuditPlace(SQLModel, table=True):
    """The number of a leaf in the tree, given once the act is committed."""

    __tablename__ = "audit_place"
    __table_args__ = (STRICT,)

    number: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    commitment: bytes = Field(sa_type=Blob, unique=True)


class AuditTile(SQLModel, table=True):
    """256 hashes of whole subtrees side by side, fewer at the right edge; computed from the leaves."""

    __tablename__ = "audit_tile"
    __table_args__ = (STRICT,)

    level: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    hashes: bytes = Field(sa_type=Blob)


class AuditCheckpoint(SQLModel, table=True):
    __tablename__ = "audit_checkpoint"
    __table_args__ = (STRICT,)

    size: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    at_us: int = Field(sa_type=BigInt)
    note: str = Field(sa_type=Text, description="C2SP signed note")


class AuditKey(SQLModel, table=True):
    """Who has signed checkpoints since when, as a C2SP verifier key."""

    __tablename__ = "audit_key"
    __table_args__ = (STRICT,)

    verifier: str = Field(primary_key=True, sa_type=Text)
    since_us: int = Field(sa_type=BigInt)


class AuditStamp(SQLModel, table=True):
    """What a time-stamp authority signed over a checkpoint (RFC 3161). `at_us` is the authority's time."""

    __tablename__ = "audit_stamp"
    __table_args__ = (STRICT,)

    size: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    authority: str = Field(primary_key=True, sa_type=Text)
    at_us: int = Field(sa_type=BigInt)
    stamp: bytes = Field(sa_type=Blob)


class AuditErasure(SQLModel, table=True):
    """The content of an event was erased on purpose; without such a row it cannot be deleted."""

    __tablename__ = "audit_erasure"
    __table_args__ = (STRICT,)

    commitment: bytes = Field(primary_key=True, sa_type=Blob)
    at_us: int = Field(sa_type=BigInt)
    why: str = Field(sa_type=Text)


class AuditWitness(SQLModel, table=True):
    """What a witness was told last, and why it could not be told since; changes with every telling."""

    __tablename__ = "audit_witness"
    __table_args__ = (STRICT,)

    name: str = Field(primary_key=True, sa_type=Text, description="its address without user, password and query")
    since_us: int = Field(sa_type=BigInt, description="when it was named first")
    next_us: int = Field(sa_type=BigInt, description="not told before; put off by whoever is about to tell")
    told_size: int | None = Field(default=None, sa_type=BigInt, description="leaves under the checkpoint it was told")
    told_us: int | None = Field(default=None, sa_type=BigInt)
    receipt: str | None = Field(default=None, sa_type=Text, description="what it answered, or where it keeps it")
    failures: int = Field(default=0, sa_type=BigInt, description="in a row, since it was told last")
    failed_us: int | None = Field(default=None, sa_type=BigInt)
    problem: str | None = Field(default=None, sa_type=Text, description="JSON: message and fields of an error")
