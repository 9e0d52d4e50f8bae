"""What those who answer for a camera say about a request whose footage is not there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "footage_answer",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("answered_us", BIG, nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["footage_request.id"], name=op.f("fk_footage_answer_request_id_footage_request")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_footage_answer_camera_id_camera")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_footage_answer_answered_by_person")),
        sa.PrimaryKeyConstraint("request_id", "camera_id", name=op.f("pk_footage_answer")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
