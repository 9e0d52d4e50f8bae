"""The audit log's table. It has no foreign keys, so that live data and the log never hold each other."""

from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Text


class AuditEvent(SQLModel, table=True):
    __tablename__ = "audit_event"
    __table_args__ = (STRICT,)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    at_us: int = Field(sa_type=BigInt, index=True)
    actor: str = Field(sa_type=Text)
    actor_kind: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text, description="subject:verb, for example camera:import")
    object_kind: str = Field(sa_type=Text)
    object_id: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text, description="canonical JSON; never a credential")
