"""Leaves wait in the order in which they are numbered, and it is kept what witnesses were told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _order_what_waits()
    op.create_table(
        "audit_witness",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since_us", BIG, nullable=False),
        sa.Column("next_us", BIG, nullable=False),
        sa.Column("told_size", BIG, nullable=True),
        sa.Column("told_us", BIG, nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("failures", BIG, nullable=False),
        sa.Column("failed_us", BIG, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_witness")),
        sqlite_strict=True,
    )


def _order_what_waits() -> None:
    """Make `audit_pending` anew with the time in its key: the oldest leaves are then found without sorting all that wait."""
    op.execute(
        "CREATE TEMPORARY TABLE audit_waiting AS SELECT l.at_us, p.commitment "
        "FROM audit_pending p JOIN audit_leaf l ON l.commitment = p.commitment"
    )
    op.drop_table("audit_pending")
    op.create_table(
        "audit_pending",
        sa.Column("at_us", BIG, autoincrement=False, nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("at_us", "commitment", name=op.f("pk_audit_pending")),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO audit_pending (at_us, commitment) SELECT at_us, commitment FROM audit_waiting")
    op.execute("DROP TABLE audit_waiting")


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
