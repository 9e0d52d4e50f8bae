"""Signs at cameras; how much a deletion deleted; the register of what data subjects asked for, which keeps its rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("ownership", sa.Column("sign_checked_date", sa.Text(), nullable=True))
    op.add_column("deletion", sa.Column("size_bytes", BIG, nullable=True))
    op.create_index("ix_deletion_at", "deletion", ["at_us"], unique=False)
    _register()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER subject_request_delete BEFORE DELETE ON subject_request "
            "BEGIN SELECT RAISE(ABORT, 'subject_request keeps its rows'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION subject_request_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'subject_request keeps its rows'; END $$"
        )
        op.execute(
            "CREATE TRIGGER subject_request_delete BEFORE DELETE OR TRUNCATE ON subject_request "
            "FOR EACH STATEMENT EXECUTE FUNCTION subject_request_kept()"
        )


def _register() -> None:
    op.create_table(
        "subject_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_us", BIG, nullable=False),
        sa.Column("registered_us", BIG, nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("sealed_requester", sa.LargeBinary(), nullable=True),
        sa.Column("start_us", BIG, nullable=True),
        sa.Column("end_us", BIG, nullable=True),
        sa.Column("acknowledge_by_us", BIG, nullable=False),
        sa.Column("answer_by_us", BIG, nullable=False),
        sa.Column("acknowledged_us", BIG, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("answered_us", BIG, nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("erased_us", BIG, nullable=True),
        sa.CheckConstraint(
            "kind IN ('access', 'copy', 'correction', 'deletion', 'restriction', 'objection', 'withdrawal', 'complaint')",
            name=op.f("ck_subject_request_kind"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('done', 'partly', 'refused', 'nothing_found')",
            name=op.f("ck_subject_request_outcome"),
        ),
        sa.CheckConstraint(
            "(answered_us IS NULL) = (outcome IS NULL)", name=op.f("ck_subject_request_answered_with_outcome")
        ),
        sa.CheckConstraint("(start_us IS NULL) = (end_us IS NULL)", name=op.f("ck_subject_request_whole_window")),
        sa.CheckConstraint("end_us > start_us", name=op.f("ck_subject_request_not_empty")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_subject_request_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
        sqlite_strict=True,
    )
    op.create_index("ix_subject_request_answer_by", "subject_request", ["answer_by_us"], unique=False)
    op.create_index(op.f("ix_subject_request_unit_id"), "subject_request", ["unit_id"], unique=False)
    op.create_table(
        "subject_request_camera",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_subject_request_camera_camera_id_camera")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["subject_request.id"], name=op.f("fk_subject_request_camera_request_id_subject_request")
        ),
        sa.PrimaryKeyConstraint("request_id", "camera_id", name=op.f("pk_subject_request_camera")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_subject_request_camera_camera_id"), "subject_request_camera", ["camera_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
