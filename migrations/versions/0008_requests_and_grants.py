"""Rules of units, requests, grants, uses; owners who want to be asked; where people live."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    _others()
    _requests()
    _grants()


def _others() -> None:
    op.create_table(
        "unit_rules",
        sa.Column("id", BIG, nullable=False),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("valid_from_us", BIG, nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_rules_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_rules")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_unit_rules_unit_id"), "unit_rules", ["unit_id"], unique=False)
    op.create_table(
        "person_home",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("lat", REAL, nullable=False),
        sa.Column("lon", REAL, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_home_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_home")),
        sqlite_strict=True,
    )
    op.add_column("ownership", sa.Column("ask_owner", BIG, nullable=False, server_default="0"))


def _requests() -> None:
    op.create_table(
        "footage_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bundle_id", sa.Text(), nullable=False),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lat", REAL, nullable=True),
        sa.Column("lon", REAL, nullable=True),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("submitted_us", BIG, nullable=True),
        sa.Column("decide_by_us", BIG, nullable=False),
        sa.Column("decided_us", BIG, nullable=True),
        sa.Column("decided_how", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("review_by_us", BIG, nullable=True),
        sa.Column("reviewed_us", BIG, nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("justified", BIG, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "decided_how IS NULL OR decided_how IN ('person', 'rule', 'glass')",
            name=op.f("ck_footage_request_decided_how"),
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'submitted', 'approved', 'refused', 'released', 'expired', 'withdrawn')",
            name=op.f("ck_footage_request_state"),
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> person_id", name=op.f("ck_footage_request_two_humans")),
        sa.CheckConstraint("end_us > start_us", name=op.f("ck_footage_request_not_empty")),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR reviewed_by <> person_id", name=op.f("ck_footage_request_reviewed_by_another")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_footage_request_decided_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_footage_request_person_id_person")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["person.id"], name=op.f("fk_footage_request_reviewed_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_footage_request_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_footage_request")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_footage_request_bundle_id"), "footage_request", ["bundle_id"], unique=False)
    op.create_index("ix_footage_request_case", "footage_request", ["case_number"], unique=False)
    op.create_index(op.f("ix_footage_request_person_id"), "footage_request", ["person_id"], unique=False)
    op.create_index("ix_footage_request_unit_state", "footage_request", ["unit_id", "state"], unique=False)
    op.create_table(
        "request_camera",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("hold_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "consent IN ('general', 'asked', 'agreed', 'declined')", name=op.f("ck_request_camera_consent")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_request_camera_camera_id_camera")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_request_camera_hold_id_hold")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["footage_request.id"], name=op.f("fk_request_camera_request_id_footage_request")
        ),
        sa.PrimaryKeyConstraint("request_id", "camera_id", name=op.f("pk_request_camera")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_request_camera_camera_id"), "request_camera", ["camera_id"], unique=False)
    op.create_table(
        "owner_question",
        sa.Column("link_hash", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("expires_us", BIG, nullable=False),
        sa.Column("answered_us", BIG, nullable=True),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_owner_question_camera_id_camera")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["footage_request.id"], name=op.f("fk_owner_question_request_id_footage_request")
        ),
        sa.PrimaryKeyConstraint("link_hash", name=op.f("pk_owner_question")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_owner_question_request_id"), "owner_question", ["request_id"], unique=False)


def _grants() -> None:
    op.create_table(
        "footage_grant",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("from_us", BIG, nullable=False),
        sa.Column("until_us", BIG, nullable=False),
        sa.Column("downloads", BIG, nullable=False),
        sa.Column("used", BIG, nullable=False),
        sa.Column("pre_roll", BIG, nullable=False),
        sa.Column("ended_us", BIG, nullable=True),
        sa.CheckConstraint("until_us > from_us", name=op.f("ck_footage_grant_validity")),
        sa.CheckConstraint("used BETWEEN 0 AND downloads", name=op.f("ck_footage_grant_downloads")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_footage_grant_person_id_person")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["footage_request.id"], name=op.f("fk_footage_grant_request_id_footage_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_footage_grant")),
        sa.UniqueConstraint("request_id", name=op.f("uq_footage_grant_request_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_footage_grant_person_id"), "footage_grant", ["person_id"], unique=False)
    op.create_table(
        "grant_camera",
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_grant_camera_camera_id_camera")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["footage_grant.id"], name=op.f("fk_grant_camera_grant_id_footage_grant")
        ),
        sa.PrimaryKeyConstraint("grant_id", "camera_id", name=op.f("pk_grant_camera")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_grant_camera_camera_id"), "grant_camera", ["camera_id"], unique=False)
    op.create_table(
        "clip_grant",
        sa.Column("clip_id", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_clip_grant_clip_id_clip")),
        sa.ForeignKeyConstraint(["grant_id"], ["footage_grant.id"], name=op.f("fk_clip_grant_grant_id_footage_grant")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_clip_grant")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_clip_grant_grant_id"), "clip_grant", ["grant_id"], unique=False)
    op.create_table(
        "footage_use",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.CheckConstraint("kind IN ('clip', 'frame')", name=op.f("ck_footage_use_kind")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_footage_use_camera_id_camera")),
        sa.ForeignKeyConstraint(["grant_id"], ["footage_grant.id"], name=op.f("fk_footage_use_grant_id_footage_grant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_footage_use")),
        sqlite_strict=True,
    )
    op.create_index("ix_footage_use_camera_at", "footage_use", ["camera_id", "at_us"], unique=False)
    op.create_index(op.f("ix_footage_use_grant_id"), "footage_use", ["grant_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
