"""Signs at cameras."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("ownership", sa.Column("sign_checked_date", sa.Text(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
