"""The audit log gets commitments, a tree, checkpoints, and triggers that refuse to change or delete it."""

import hashlib
import json
import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = {
    "audit_leaf": "commitment = NEW.commitment",
    "audit_place": "number = NEW.number OR commitment = NEW.commitment",
    "audit_checkpoint": "size = NEW.size",
    "audit_key": "verifier = NEW.verifier",
    "audit_stamp": "size = NEW.size AND authority = NEW.authority",
    "audit_erasure": "commitment = NEW.commitment",
}
"""Nothing in these is ever changed or deleted; of each, how to tell that a new row would take the place of another."""
_TOLD = ("at_us", "actor", "actor_kind", "action", "object_kind", "object_id", "detail")
_NEW = ("role", "unit", "purpose", "grant_id", "address")


def upgrade() -> None:
    _new_tables()
    for name in _NEW:
        op.add_column("audit_event", sa.Column(name, sa.Text(), nullable=True))
    # SQLite adds no column without a value for the rows that are there; they get their own at once.
    nothing = sa.text("''" if op.get_bind().dialect.name == "postgresql" else "x''")
    for name in ("salt", "commitment"):
        op.add_column("audit_event", sa.Column(name, sa.LargeBinary(), nullable=False, server_default=nothing))
    _commit_to_what_is_there()
    op.create_index("uq_audit_event_commitment", "audit_event", ["commitment"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("audit_event", "salt", server_default=None)
        op.alter_column("audit_event", "commitment", server_default=None)
        _guard_postgresql()
    else:
        _guard_sqlite()


def _new_tables() -> None:
    op.create_table(
        "audit_leaf",
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_audit_leaf")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_pending",
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_audit_pending")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_place",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_place")),
        sa.UniqueConstraint("commitment", name=op.f("uq_audit_place_commitment")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_tile",
        sa.Column("level", BIG, autoincrement=False, nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_audit_tile")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_key",
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("since_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("verifier", name=op.f("pk_audit_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_stamp",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("stamp", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", "authority", name=op.f("pk_audit_stamp")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_erasure",
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_audit_erasure")),
        sqlite_strict=True,
    )


def _commit_to_what_is_there() -> None:
    """Bind us to the events of before as they are now."""
    bind, last = op.get_bind(), -1
    question = sa.text(
        "SELECT id, at_us, actor, actor_kind, action, object_kind, object_id, detail "
        "FROM audit_event WHERE id > :last ORDER BY id LIMIT 1000"
    )
    while rows := bind.execute(question, {"last": last}).mappings().all():
        last = rows[-1]["id"]
        sealed = []
        for row in rows:
            content = {name: row[name] for name in _TOLD} | dict.fromkeys(_NEW)
            salt = secrets.token_bytes(32)
            text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            digest = hashlib.sha256(salt + text.encode()).digest()
            sealed.append({"event": row["id"], "at": row["at_us"], "action": row["action"], "salt": salt, "c": digest})
        bind.execute(sa.text("UPDATE audit_event SET salt = :salt, commitment = :c WHERE id = :event"), sealed)
        bind.execute(sa.text("INSERT INTO audit_leaf (commitment, at_us, action) VALUES (:c, :at, :action)"), sealed)
        bind.execute(sa.text("INSERT INTO audit_pending (commitment) VALUES (:c)"), sealed)


def _guard_sqlite() -> None:
    # REPLACE deletes without asking the triggers of DELETE, so that a row with a key that is there is refused beforehand.
    for table, same in (KEPT | {"audit_event": "id = NEW.id OR commitment = NEW.commitment"}).items():
        there = f"SELECT 1 FROM {table} WHERE {same}"  # noqa: S608 - names of our own
        op.execute(
            f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} WHEN EXISTS ({there}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
    for table in KEPT:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )
    op.execute(
        "CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event "
        "BEGIN SELECT RAISE(ABORT, 'audit_event is never changed'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event "
        "WHEN NOT EXISTS (SELECT 1 FROM audit_erasure e WHERE e.commitment = OLD.commitment) "
        "BEGIN SELECT RAISE(ABORT, 'audit_event is only erased'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is never changed', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE FUNCTION audit_erased() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF NOT EXISTS (SELECT 1 FROM audit_erasure e WHERE e.commitment = OLD.commitment) "
        "THEN RAISE EXCEPTION 'audit_event is only erased'; END IF; RETURN OLD; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        )
    for table in (*KEPT, "audit_event"):
        op.execute(
            f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )
    op.execute(
        "CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    )
    op.execute(
        "CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_erased()"
    )


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
