"""Live recording: segments still with the recorder, its word on each camera, outages; holds, leases and garbage of retention."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "garbage",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_garbage")),
        sqlite_strict=True,
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("until_us", BIG, nullable=True),
        sa.Column("released_us", BIG, nullable=True),
        sa.Column("created_us", BIG, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("end_us > start_us", name=op.f("ck_hold_not_empty")),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_hold_camera_id_camera")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sqlite_strict=True,
    )
    op.create_index("ix_hold_camera_start", "hold", ["camera_id", "start_us"], unique=False)
    op.create_table(
        "reading_lease",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("until_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_reading_lease_camera_id_camera")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_reading_lease")),
        sqlite_strict=True,
    )
    op.create_index("ix_reading_lease_camera", "reading_lease", ["camera_id"], unique=False)
    op.create_table(
        "recorder_camera",
        sa.Column("camera_id", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("since_us", BIG, nullable=False),
        sa.Column("updated_us", BIG, nullable=False),
        sa.Column("frames_per_s", REAL, nullable=False),
        sa.Column("bits_per_s", REAL, nullable=False),
        sa.Column("last_frame_us", BIG, nullable=True),
        sa.Column("lag_us", BIG, nullable=True),
        sa.Column("reconnects", BIG, nullable=False),
        sa.Column("bytes_today", BIG, nullable=False),
        sa.Column("lost_packets", BIG, nullable=False),
        sa.Column("damaged_frames", BIG, nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["camera.id"], name=op.f("fk_recorder_camera_camera_id_camera")),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_recorder_camera")),
        sqlite_strict=True,
    )
    op.create_table(
        "outage",
        sa.Column("id", BIG, nullable=False),
        sa.Column("stream_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("end_us > start_us", name=op.f("ck_outage_not_empty")),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_outage_stream_id_stream")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
        sqlite_strict=True,
    )
    op.create_index("ix_outage_stream_start", "outage", ["stream_id", "start_us"], unique=False)
    op.create_table(
        "open_segment",
        sa.Column("stream_id", BIG, nullable=False),
        sa.Column("start_us", BIG, nullable=False),
        sa.Column("end_us", BIG, nullable=False),
        sa.Column("media_ticks", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("video_config_id", BIG, nullable=False),
        sa.Column("audio_config_id", BIG, nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("frames", BIG, nullable=False),
        sa.CheckConstraint(
            "end_us > start_us AND end_us - start_us <= 120000000", name=op.f("ck_open_segment_bounded")
        ),
        sa.ForeignKeyConstraint(
            ["audio_config_id"], ["codec_config.id"], name=op.f("fk_open_segment_audio_config_id_codec_config")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_open_segment_run_id_run")),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_open_segment_stream_id_stream")),
        sa.ForeignKeyConstraint(
            ["video_config_id"], ["codec_config.id"], name=op.f("fk_open_segment_video_config_id_codec_config")
        ),
        sa.PrimaryKeyConstraint("stream_id", "start_us", name=op.f("pk_open_segment")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise RuntimeError("a catalogue is never taken back to an older version; restore the backup")
