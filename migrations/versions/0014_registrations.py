"""Registrations that somebody has begun, and photos of cameras; and a way to what was done to one thing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "camera_draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("updated_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_draft")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_camera_draft_person_id"), "camera_draft", ["person_id"], unique=False)
    op.create_index(op.f("ix_camera_draft_updated_us"), "camera_draft", ["updated_us"], unique=False)
    op.create_table(
        "camera_photo",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=True),
        sa.Column("draft_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("added_us", BIG, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(camera_id IS NULL) <> (draft_id IS NULL)", name=op.f("ck_camera_photo_belongs")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_camera_photo_camera_id_camera")),
        sa.ForeignKeyConstraint(["draft_id"], ["camera_draft.id"], name=op.f("fk_camera_photo_draft_id_camera_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_photo")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_camera_photo_camera_id"), "camera_photo", ["camera_id"], unique=False)
    op.create_index(op.f("ix_camera_photo_draft_id"), "camera_photo", ["draft_id"], unique=False)
    op.create_index("ix_audit_event_object", "audit_event", ["object_id", "id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
