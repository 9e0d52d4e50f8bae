"""The first catalogue: registry, index of footage, clips, jobs, audit events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# SQLite STRICT knows INTEGER and REAL only; the same columns are bigint and double precision on PostgreSQL.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_event_at_us"), "audit_event", ["at_us"], unique=False)
    op.create_table(
        "camera",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("registered_us", BIG, nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera")),
        sa.UniqueConstraint("code", name=op.f("uq_camera_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "codec_config",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("width", BIG, nullable=False),
        sa.Column("height", BIG, nullable=False),
        sa.Column("sample_rate", BIG, nullable=False),
        sa.Column("sample_entry", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("media IN ('video', 'audio')", name=op.f("ck_codec_config_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codec_config")),
        sa.UniqueConstraint("sha256", name=op.f("uq_codec_config_sha256")),
        sqlite_strict=True,
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("cancel_asked", BIG, nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_us", BIG, nullable=True),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("updated_us", BIG, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_strict=True,
    )
    op.create_index("ix_job_state_created", "job", ["state", "created_us"], unique=False)
    op.create_table(
        "registry_revision",
        sa.Column("id", BIG, nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_registry_revision_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_revision")),
        sqlite_strict=True,
    )
    op.create_table(
        "unit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("valid_from_us", BIG, nullable=False),
        sa.Column("valid_to_us", BIG, nullable=True),
        sa.Column("boundary", sa.Text(), nullable=True),
        sa.CheckConstraint("valid_to_us IS NULL OR valid_to_us > valid_from_us", name=op.f("ck_unit_validity")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", "valid_from_us", name=op.f("uq_unit_code_valid_from_us")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)
    op.create_table(
        "camera_unit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("valid_from_us", BIG, nullable=False),
        sa.Column("valid_to_us", BIG, nullable=True),
        sa.CheckConstraint("valid_to_us IS NULL OR valid_to_us > valid_from_us", name=op.f("ck_camera_unit_validity")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_camera_unit_camera_id_camera")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_camera_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_unit")),
        sa.UniqueConstraint("camera_id", "valid_from_us", name=op.f("uq_camera_unit_camera_id_valid_from_us")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_camera_unit_unit_id"), "camera_unit", ["unit_id"], unique=False)
    op.create_table(
        "clip",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("audio", BIG, nullable=False),
        sa.Column("times", BIG, nullable=False),
        sa.Column("segments", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_clip_camera_id_camera")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_clip_camera_id"), "clip", ["camera_id"], unique=False)
    op.create_table(
        "clock_epoch",
        sa.Column("id", BIG, nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=True),
        sa.Column("opened_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_clock_epoch_camera_id_camera")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_epoch")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_clock_epoch_camera_id"), "clock_epoch", ["camera_id"], unique=False)
    op.create_table(
        "ownership",
        sa.Column("id", BIG, nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("owner_phone", sa.Text(), nullable=True),
        sa.Column("consent_date", sa.Text(), nullable=True),
        sa.Column("sound_agreed", BIG, nullable=False),
        sa.Column("funding_vnd", BIG, nullable=True),
        sa.Column("funding_source", sa.Text(), nullable=True),
        sa.Column("retention_days", BIG, nullable=True),
        sa.Column("valid_from_us", BIG, nullable=False),
        sa.Column("valid_to_us", BIG, nullable=True),
        sa.CheckConstraint("valid_to_us IS NULL OR valid_to_us > valid_from_us", name=op.f("ck_ownership_validity")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_ownership_camera_id_camera")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership")),
        sa.UniqueConstraint("camera_id", "valid_from_us", name=op.f("uq_ownership_camera_id_valid_from_us")),
        sqlite_strict=True,
    )
    op.create_table(
        "placement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("lat", REAL, nullable=False),
        sa.Column("lon", REAL, nullable=False),
        sa.Column("bearing_deg", REAL, nullable=True),
        sa.Column("hfov_deg", REAL, nullable=True),
        sa.Column("range_m", REAL, nullable=False),
        sa.Column("height_m", REAL, nullable=True),
        sa.Column("tilt_deg", REAL, nullable=True),
        sa.Column("valid_from_us", BIG, nullable=False),
        sa.Column("valid_to_us", BIG, nullable=True),
        sa.CheckConstraint(
            "bearing_deg IS NULL OR (bearing_deg >= 0 AND bearing_deg < 360)", name=op.f("ck_placement_bearing")
        ),
        sa.CheckConstraint("hfov_deg IS NULL OR (hfov_deg > 0 AND hfov_deg <= 360)", name=op.f("ck_placement_hfov")),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_placement_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_placement_lon")),
        sa.CheckConstraint("range_m > 0", name=op.f("ck_placement_range")),
        sa.CheckConstraint("valid_to_us IS NULL OR valid_to_us > valid_from_us", name=op.f("ck_placement_validity")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_placement_camera_id_camera")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("camera_id", "valid_from_us", name=op.f("uq_placement_camera_id_valid_from_us")),
        sqlite_strict=True,
    )
    op.create_index("ix_placement_position", "placement", ["lat", "lon"], unique=False)
    op.create_table(
        "stream",
        sa.Column("id", BIG, nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordinal", BIG, nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("sealed_credentials", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('main', 'sub', 'clips')", name=op.f("ck_stream_kind")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_stream_camera_id_camera")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream")),
        sa.UniqueConstraint("camera_id", "kind", "ordinal", name=op.f("uq_stream_camera_id_kind_ordinal")),
        sqlite_strict=True,
    )
    op.create_table(
        "unit_succession",
        sa.Column("id", BIG, nullable=False),
        sa.Column("predecessor_id", BIG, nullable=False),
        sa.Column("successor_id", BIG, nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["predecessor_id"], ["unit.id"], name=op.f("fk_unit_succession_predecessor_id_unit")),
        sa.ForeignKeyConstraint(["successor_id"], ["unit.id"], name=op.f("fk_unit_succession_successor_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_succession")),
        sa.UniqueConstraint(
            "predecessor_id", "successor_id", name=op.f("uq_unit_succession_predecessor_id_successor_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_unit_succession_successor_id"), "unit_succession", ["successor_id"], unique=False)
    op.create_table(
        "clip_import",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("stream_id", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("original_key", sa.Text(), nullable=False),
        sa.Column("start_us", BIG, nullable=True),
        sa.Column("end_us", BIG, nullable=True),
        sa.Column("start_source", sa.Text(), nullable=True),
        sa.Column("notices", sa.Text(), nullable=False),
        sa.Column("created_us", BIG, nullable=False),
        sa.CheckConstraint("state IN ('running', 'done')", name=op.f("ck_clip_import_state")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_clip_import_camera_id_camera")),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_clip_import_stream_id_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip_import")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_clip_import_camera_id"), "clip_import", ["camera_id"], unique=False)
    op.create_index("ix_clip_import_sha256", "clip_import", ["sha256"], unique=False)
    op.create_table(
        "clock_observation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("epoch_id", BIG, nullable=True),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("offset_us", BIG, nullable=False),
        sa.Column("uncertainty_us", BIG, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_clock_observation_camera_id_camera")),
        sa.ForeignKeyConstraint(
            ["epoch_id"], ["clock_epoch.id"], name=op.f("fk_clock_observation_epoch_id_clock_epoch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_observation")),
        sqlite_strict=True,
    )
    op.create_index("ix_clock_observation_camera_at", "clock_observation", ["camera_id", "at_us"], unique=False)
    op.create_table(
        "deletion",
        sa.Column("id", BIG, nullable=False),
        sa.Column("stream_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_deletion_stream_id_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion")),
        sqlite_strict=True,
    )
    op.create_index("ix_deletion_stream_start", "deletion", ["stream_id", "start_us"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("stream_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("import_id", sa.Text(), nullable=True),
        sa.Column("epoch_id", BIG, nullable=True),
        sa.Column("clock_source", sa.Text(), nullable=False),
        sa.Column("uncertainty_us", BIG, nullable=True),
        sa.CheckConstraint("end_us > start_us", name=op.f("ck_run_not_empty")),
        sa.ForeignKeyConstraint(["epoch_id"], ["clock_epoch.id"], name=op.f("fk_run_epoch_id_clock_epoch")),
        sa.ForeignKeyConstraint(["import_id"], ["clip_import.id"], name=op.f("fk_run_import_id_clip_import")),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_run_stream_id_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sqlite_strict=True,
    )
    op.create_index("ix_run_stream_start", "run", ["stream_id", "start_us"], unique=False)
    op.create_table(
        "segment",
        sa.Column("stream_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("media_ticks", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("video_config_id", BIG, nullable=False),
        sa.Column("audio_config_id", BIG, nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("index_offset", BIG, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("frames", BIG, nullable=False),
        sa.Column("epoch", BIG, nullable=False),
        sa.CheckConstraint("end_us > start_us AND end_us - start_us <= 120000000", name=op.f("ck_segment_bounded")),
        sa.ForeignKeyConstraint(
            ["audio_config_id"], ["codec_config.id"], name=op.f("fk_segment_audio_config_id_codec_config")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_segment_run_id_run")),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_segment_stream_id_stream")),
        sa.ForeignKeyConstraint(
            ["video_config_id"], ["codec_config.id"], name=op.f("fk_segment_video_config_id_codec_config")
        ),
        sa.PrimaryKeyConstraint(
            "stream_id",
            "start_us",
            name=op.f("pk_segment"),
            postgresql_include=[
                *("end_us", "media_ticks", "run_id", "video_config_id", "audio_config_id"),
                *("key", "size_bytes", "index_offset", "sha256", "frames"),
            ],
        ),
        postgresql_partition_by="RANGE (start_us)",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )

    op.execute("INSERT INTO registry_revision (id, revision) VALUES (1, 0)")


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
