"""Keys by which a repeated request for footage is known, so that it is not made twice."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "request_key",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("request_ids", sa.Text(), nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_request_key_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "idempotency_key", name=op.f("pk_request_key")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
