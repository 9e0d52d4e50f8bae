"""User and password of a camera that is being registered are sealed, as those of a registered one are."""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("camera_draft", sa.Column("sealed_credentials", sa.LargeBinary(), nullable=True))
    # Addresses with a password in them were kept as typed; they are asked for again.
    drafts = sa.table("camera_draft", sa.column("id", sa.Text()), sa.column("fields", sa.Text()))
    for draft_id, text in op.get_bind().execute(sa.select(drafts.c.id, drafts.c.fields)).all():
        fields = json.loads(text)
        if "@" in str(fields.pop("source", "")):
            change = sa.update(drafts).where(drafts.c.id == draft_id)
            op.execute(change.values(fields=json.dumps(fields, ensure_ascii=False)))


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
