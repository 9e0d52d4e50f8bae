"""The table of jobs. A row is the job: nothing about it lives anywhere else."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Text


class Job(SQLModel, table=True):
    __tablename__ = "job"
    __table_args__ = (
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
        sa.Index("ix_job_state_created", "state", "created_us"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text, description="JSON object")
    state: str = Field(sa_type=Text)
    progress: str = Field(default="{}", sa_type=Text, description="JSON object, written by the handler")
    result: str | None = Field(default=None, sa_type=Text, description="JSON object")
    problem: str | None = Field(default=None, sa_type=Text, description="JSON: code, message, mend, fields")
    attempts: int = Field(default=0, sa_type=BigInt)
    cancel_asked: int = Field(default=0, sa_type=BigInt)
    owner: str | None = Field(default=None, sa_type=Text, description="the runner that holds the lease")
    lease_us: int | None = Field(default=None, sa_type=BigInt, description="until when; later anybody may take it up")
    created_us: int = Field(sa_type=BigInt)
    updated_us: int = Field(sa_type=BigInt)


class JobStep(SQLModel, table=True):
    """A step that is done, as long as its job is not: written in the transaction of what the step changed."""

    __tablename__ = "job_step"
    __table_args__ = (STRICT,)

    job_id: str = Field(primary_key=True, sa_type=Text, foreign_key="job.id")
    name: str = Field(primary_key=True, sa_type=Text)
    result: str = Field(sa_type=Text, description="JSON object")
