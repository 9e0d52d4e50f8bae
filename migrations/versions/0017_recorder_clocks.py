"""Recorders' clocks as people compared them: who did, and which import took which comparison."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("clock_observation", sa.Column("observed_by", sa.Text(), nullable=True))
    # In words, because SQLite can add a column with its foreign key, but no constraint afterwards.
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE clip_import ADD COLUMN observation_id {kind} "
        "CONSTRAINT fk_clip_import_observation_id_clock_observation REFERENCES clock_observation (id)"
    )


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
