"""Alembic's entry. The connection comes from `migrations.runner`, which holds the lock; nothing is read from a file."""

from alembic import context

from migrations.models import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    transactional_ddl=True,  # SQLite can, since our engine begins its transactions itself
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
