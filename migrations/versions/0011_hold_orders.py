"""Orders of hold: who asked for footage of several cameras to be kept, and until when."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hold_order",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("until_us", BIG, nullable=False),
        sa.Column("released_us", BIG, nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("end_us > start_us", name=op.f("ck_hold_order_not_empty")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hold_order_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_hold_order_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_order")),
        sa.UniqueConstraint("person_id", "idempotency_key", name=op.f("uq_hold_order_person_id_idempotency_key")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_hold_order_until_us"), "hold_order", ["until_us"], unique=False)
    # In words, because SQLite can add a column with its foreign key, but no constraint afterwards.
    op.execute(
        "ALTER TABLE hold ADD COLUMN order_id TEXT CONSTRAINT fk_hold_order_id_hold_order REFERENCES hold_order (id)"
    )
    op.create_index(op.f("ix_hold_order_id"), "hold", ["order_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
