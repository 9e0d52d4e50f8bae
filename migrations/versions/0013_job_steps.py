"""Steps of jobs that are done: what a job that is begun again does not do twice."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "job_step",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_step_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", "name", name=op.f("pk_job_step")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
