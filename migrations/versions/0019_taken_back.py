"""Of an approval that is taken back both are known, who approved and who took it back; and a request says its place in words."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHO = """
    ALTER TABLE footage_request ADD COLUMN taken_back_by TEXT
        CONSTRAINT fk_footage_request_taken_back_by_person REFERENCES person (id)
"""  # Alembic adds no column with a foreign key on SQLite

_OVERWRITTEN = """
    UPDATE footage_request SET taken_back_us = decided_us, taken_back_by = decided_by, taken_back_note = note, note = '',
        decided_us = (SELECT from_us FROM footage_grant WHERE request_id = footage_request.id), decided_by = NULL
    WHERE state = 'refused' AND decided_how = 'person' AND reviewed_us IS NULL
        AND EXISTS (SELECT 1 FROM footage_grant WHERE request_id = footage_request.id)
"""
"""Taking back wrote over who had approved, and when; when the grant began is still known, and who it was is in the audit record."""
_REVIEWED = """
    UPDATE footage_request SET taken_back_us = reviewed_us, taken_back_by = reviewed_by, taken_back_note = note
    WHERE state = 'refused' AND justified = 0
        AND EXISTS (SELECT 1 FROM footage_grant WHERE request_id = footage_request.id)
"""


def upgrade() -> None:
    op.add_column("footage_request", sa.Column("taken_back_us", BIG, nullable=True))
    op.execute(_WHO)
    op.add_column("footage_request", sa.Column("taken_back_note", sa.Text(), nullable=True))
    op.add_column("footage_request", sa.Column("place_words", sa.Text(), nullable=True))
    for correction in (_OVERWRITTEN, _REVIEWED):
        op.execute(correction)


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
