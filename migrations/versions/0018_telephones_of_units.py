"""A telephone number of a unit, and who answers there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name in ("phone", "contact"):
        op.add_column("unit", sa.Column(name, sa.Text(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
