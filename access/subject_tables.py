"""The register of what data subjects asked for. Its rows are never deleted; who asked can be erased."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Blob, Text

KINDS = "'access', 'copy', 'correction', 'deletion', 'restriction', 'objection', 'withdrawal', 'complaint'"
OUTCOMES = "'done', 'partly', 'refused', 'nothing_found'"


class SubjectRequest(SQLModel, table=True):
    """What somebody asked about their own data, until when it is due, and what became of it."""

    __tablename__ = "subject_request"
    __table_args__ = (
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        sa.CheckConstraint(f"outcome IS NULL OR outcome IN ({OUTCOMES})", name="outcome"),
        sa.CheckConstraint("(answered_us IS NULL) = (outcome IS NULL)", name="answered_with_outcome"),
        sa.CheckConstraint("(start_us IS NULL) = (end_us IS NULL)", name="whole_window"),
        sa.CheckConstraint("end_us > start_us", name="not_empty"),
        sa.Index("ix_subject_request_answer_by", "answer_by_us"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    unit_id: int | None = Field(
        default=None, foreign_key="unit.id", sa_type=BigInt, index=True, description="who handles it"
    )
    kind: str = Field(sa_type=Text)
    received_us: int = Field(sa_type=BigInt, description="when it came, which may be before it was registered")
    registered_us: int = Field(sa_type=BigInt)
    registered_by: str = Field(sa_type=Text)
    sealed_requester: bytes | None = Field(
        default=None, sa_type=Blob, description="who asked, how to reach them, in their words; null: erased"
    )
    start_us: int | None = Field(default=None, sa_type=BigInt, description="the time that it is about")
    end_us: int | None = Field(default=None, sa_type=BigInt)
    acknowledge_by_us: int = Field(sa_type=BigInt)
    answer_by_us: int = Field(sa_type=BigInt)
    acknowledged_us: int | None = Field(default=None, sa_type=BigInt)
    acknowledged_by: str | None = Field(default=None, sa_type=Text)
    answered_us: int | None = Field(default=None, sa_type=BigInt)
    answered_by: str | None = Field(default=None, sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    erased_us: int | None = Field(default=None, sa_type=BigInt)


class SubjectRequestCamera(SQLModel, table=True):
    """A camera that a request is about."""

    __tablename__ = "subject_request_camera"
    __table_args__ = (STRICT,)

    request_id: str = Field(primary_key=True, foreign_key="subject_request.id", sa_type=Text)
    camera_id: int = Field(primary_key=True, foreign_key="camera.id", sa_type=BigInt, index=True)
