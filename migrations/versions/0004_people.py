"""People: accounts, roles with their terms, second factors, links, sessions, devices, tokens, tallies of the throttle."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id_person"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sign_in", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("disabled_us", BIG, nullable=True),
        _key("person", "id"),
        sa.UniqueConstraint("sign_in", name=op.f("uq_person_sign_in")),
        sqlite_strict=True,
    )
    op.create_table(
        "person_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        _of_person("person_identity"),
        _key("person_identity", "issuer", "subject"),
        sqlite_strict=True,
    )
    _roles()
    _factors()
    _doors()
    op.create_table(
        "sign_in_tally",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", BIG, nullable=False),
        sa.Column("last_us", BIG, nullable=False),
        sa.Column("next_us", BIG, nullable=False),
        _key("sign_in_tally", "key"),
        sqlite_strict=True,
    )
    op.create_table(
        "provider_visit",
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("expires_us", BIG, nullable=False),
        _key("provider_visit", "state_hash"),
        sqlite_strict=True,
    )
    _index("person_identity", "person_id")
    for table in ("role_term", "recovery_code", "sign_in_link", "browser_session", "known_device", "api_token"):
        _index(table, "person_id")
    _index("browser_session", "expires_us")
    _index("sign_in_tally", "last_us")
    _index("provider_visit", "expires_us")


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _roles() -> None:
    op.create_table(
        "role_term",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("from_us", BIG, nullable=False),
        sa.Column("to_us", BIG, nullable=True),
        sa.Column("given_us", BIG, nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('head', 'officer', 'supervisor', 'auditor', 'administrator')", name=op.f("ck_role_term_role")
        ),
        sa.CheckConstraint("to_us IS NULL OR to_us >= from_us", name=op.f("ck_role_term_validity")),
        _of_person("role_term"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_role_term_unit_id_unit")),
        _key("role_term", "id"),
        sqlite_strict=True,
    )


def _factors() -> None:
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_us", BIG, nullable=True),
        sa.Column("last_step", BIG, nullable=False),
        _of_person("second_factor"),
        _key("second_factor", "person_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("used_us", BIG, nullable=True),
        _of_person("recovery_code"),
        _key("recovery_code", "code_hash"),
        sqlite_strict=True,
    )


def _doors() -> None:
    op.create_table(
        "sign_in_link",
        sa.Column("link_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("expires_us", BIG, nullable=False),
        sa.Column("used_us", BIG, nullable=True),
        _of_person("sign_in_link"),
        _key("sign_in_link", "link_hash"),
        sqlite_strict=True,
    )
    op.create_table(
        "browser_session",
        sa.Column("session_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("factors", BIG, nullable=False),
        sa.Column("form_token", sa.Text(), nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("seen_us", BIG, nullable=False),
        sa.Column("expires_us", BIG, nullable=False),
        sa.CheckConstraint("factors IN (1, 2)", name=op.f("ck_browser_session_factors")),
        _of_person("browser_session"),
        _key("browser_session", "session_hash"),
        sqlite_strict=True,
    )
    op.create_table(
        "known_device",
        sa.Column("device_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("expires_us", BIG, nullable=False),
        _of_person("known_device"),
        _key("known_device", "device_hash"),
        sqlite_strict=True,
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("expires_us", BIG, nullable=False),
        sa.Column("revoked_us", BIG, nullable=True),
        _of_person("api_token"),
        _key("api_token", "id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
