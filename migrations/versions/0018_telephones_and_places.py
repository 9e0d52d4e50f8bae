"""A telephone number of a unit, and who answers there; cameras of before are recorded wherever their address leads."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("phone", "contact"):
        op.add_column("unit", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("stream", sa.Column("anywhere", BIG, nullable=False, server_default="0"))
    op.execute("UPDATE stream SET anywhere = 1 WHERE address IS NOT NULL")


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
