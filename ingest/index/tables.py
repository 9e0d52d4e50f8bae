"""The index of footage: runs, segments, and what is known of clocks. docs/design/segment-lifecycle.md has the rules.

Times are microseconds UTC, ranges are half-open. A segment row never exists without its bytes.
"""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Blob, Real, Text

MAX_SEGMENT_US = 120_000_000
"""A segment's longest duration. The overlap query is exact because of it, so it is a CHECK and not a habit."""


class CodecConfig(SQLModel, table=True):
    """One sample entry (ISO/IEC 14496-12, 8.5.2), stored once however many segments use it."""

    __tablename__ = "codec_config"
    __table_args__ = (sa.CheckConstraint("media IN ('video', 'audio')", name="media"), STRICT)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    sha256: bytes = Field(sa_type=Blob, unique=True, description="of sample_entry")
    media: str = Field(sa_type=Text)
    codec: str = Field(sa_type=Text, description="RFC 6381 name where it is known, else the four letters")
    width: int = Field(default=0, sa_type=BigInt)
    height: int = Field(default=0, sa_type=BigInt)
    sample_rate: int = Field(default=0, sa_type=BigInt)
    sample_entry: bytes = Field(sa_type=Blob)


class ClockEpoch(SQLModel, table=True):
    """A stretch of a device's clock without a step."""

    __tablename__ = "clock_epoch"
    __table_args__ = (STRICT,)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt, index=True)
    start_us: int = Field(sa_type=BigInt)
    end_us: int | None = Field(default=None, sa_type=BigInt)
    opened_because: str = Field(sa_type=Text)


class ClockObservation(SQLModel, table=True):
    """One comparison of a device's clock with a reference clock: `offset_us` = device minus reference."""

    __tablename__ = "clock_observation"
    __table_args__ = (sa.Index("ix_clock_observation_camera_at", "camera_id", "at_us"), STRICT)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    epoch_id: int | None = Field(default=None, foreign_key="clock_epoch.id", sa_type=BigInt)
    at_us: int = Field(sa_type=BigInt)
    offset_us: int = Field(sa_type=BigInt)
    uncertainty_us: int = Field(sa_type=BigInt)
    source: str = Field(sa_type=Text, description="rtcp: the camera said it; compared: a person read it")
    observed_by: str | None = Field(default=None, sa_type=Text, description="who compared, where it was a person")


class ClipImport(SQLModel, table=True):
    """One imported file. Its row is written before its bytes, with state `running`, so that recovery can tidy up."""

    __tablename__ = "clip_import"
    __table_args__ = (
        sa.CheckConstraint("state IN ('running', 'done')", name="state"),
        sa.Index("ix_clip_import_sha256", "sha256"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt, index=True)
    stream_id: int = Field(foreign_key="stream.id", sa_type=BigInt)
    state: str = Field(sa_type=Text)
    file_name: str = Field(sa_type=Text)
    sha256: bytes | None = Field(default=None, sa_type=Blob)
    size_bytes: int = Field(default=0, sa_type=BigInt)
    original_key: str = Field(sa_type=Text, description="key of the untouched original in the object store")
    start_us: int | None = Field(default=None, sa_type=BigInt)
    end_us: int | None = Field(default=None, sa_type=BigInt)
    start_source: str | None = Field(default=None, sa_type=Text, description="given, file_name or metadata")
    notices: str = Field(default="[]", sa_type=Text, description="JSON: what was left out of the segments, and why")
    created_us: int = Field(sa_type=BigInt)
    observation_id: int | None = Field(
        default=None,
        foreign_key="clock_observation.id",
        sa_type=BigInt,
        description="what start_us was put right by; null: nobody compared the recorder's clock",
    )


class Run(SQLModel, table=True):
    """An unbroken stretch of one stream with one codec configuration. Its range is the union of its segments."""

    __tablename__ = "run"
    __table_args__ = (
        sa.CheckConstraint("end_us > start_us", name="not_empty"),
        sa.Index("ix_run_stream_start", "stream_id", "start_us"),
        STRICT,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    stream_id: int = Field(foreign_key="stream.id", sa_type=BigInt)
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    end_reason: str | None = Field(default=None, sa_type=Text, description="why it ended; null while it goes on")
    import_id: str | None = Field(default=None, foreign_key="clip_import.id", sa_type=Text)
    epoch_id: int | None = Field(default=None, foreign_key="clock_epoch.id", sa_type=BigInt)
    clock_source: str = Field(sa_type=Text, description="given, file_name, metadata, receiver or device")
    uncertainty_us: int | None = Field(default=None, sa_type=BigInt, description="null: unknown")


_ANSWERED = [
    *("end_us", "media_ticks", "run_id", "video_config_id", "audio_config_id"),
    *("key", "size_bytes", "index_offset", "sha256", "frames"),
]
"""What `SegmentRecord` holds beside the key. In the index of PostgreSQL too, so that a camera's minutes are neighbours there."""


class Segment(SQLModel, table=True):
    """One immutable file of a run. SQLite keeps the rows in primary key order; PostgreSQL partitions them by week."""

    __tablename__ = "segment"
    __table_args__ = (
        sa.PrimaryKeyConstraint("stream_id", "start_us", postgresql_include=_ANSWERED),
        sa.CheckConstraint(f"end_us > start_us AND end_us - start_us <= {MAX_SEGMENT_US}", name="bounded"),
        {**STRICT, "sqlite_with_rowid": False, "postgresql_partition_by": "RANGE (start_us)"},
    )

    stream_id: int = Field(foreign_key="stream.id", primary_key=True, sa_type=BigInt)
    start_us: int = Field(primary_key=True, sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt, description="wall clock")
    media_ticks: int = Field(sa_type=BigInt, description="media duration, 1/90000 s")
    run_id: int = Field(foreign_key="run.id", sa_type=BigInt)
    video_config_id: int = Field(foreign_key="codec_config.id", sa_type=BigInt)
    audio_config_id: int | None = Field(default=None, foreign_key="codec_config.id", sa_type=BigInt)
    key: str = Field(sa_type=Text, description="in the object store")
    size_bytes: int = Field(sa_type=BigInt)
    index_offset: int = Field(sa_type=BigInt, description="where the file's moov begins; it reaches to the end")
    sha256: bytes = Field(sa_type=Blob)
    frames: int = Field(sa_type=BigInt)
    epoch: int = Field(default=0, sa_type=BigInt, description="fencing epoch of the recorder that wrote it")


class Deletion(SQLModel, table=True):
    """Footage that retention let go: the gap's reason afterwards, and the log of deletions. What went on one day (UTC) is one row."""

    __tablename__ = "deletion"
    __table_args__ = (
        sa.Index("ix_deletion_stream_start", "stream_id", "start_us"),
        sa.Index("ix_deletion_at", "at_us"),
        STRICT,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    stream_id: int = Field(foreign_key="stream.id", sa_type=BigInt)
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    at_us: int = Field(sa_type=BigInt, description="when the last of it went")
    reason: str = Field(sa_type=Text)
    size_bytes: int | None = Field(default=None, sa_type=BigInt, description="of its segments; null: not known")


class OpenSegment(SQLModel, table=True):
    """A segment whose bytes are still with the recorder: being written, or sealed and waiting for the store.

    What the row tells of is whole in the spool already (`foundation.storage.spool`); the file may hold more by now.
    """

    __tablename__ = "open_segment"
    __table_args__ = (
        sa.CheckConstraint(f"end_us > start_us AND end_us - start_us <= {MAX_SEGMENT_US}", name="bounded"),
        STRICT,
    )

    stream_id: int = Field(foreign_key="stream.id", primary_key=True, sa_type=BigInt)
    start_us: int = Field(primary_key=True, sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    media_ticks: int = Field(sa_type=BigInt)
    run_id: int = Field(foreign_key="run.id", sa_type=BigInt)
    video_config_id: int = Field(foreign_key="codec_config.id", sa_type=BigInt)
    audio_config_id: int | None = Field(default=None, foreign_key="codec_config.id", sa_type=BigInt)
    key: str = Field(sa_type=Text, description="the one it will have in the object store")
    size_bytes: int = Field(sa_type=BigInt, description="up to the last whole fragment")
    frames: int = Field(sa_type=BigInt)


class Outage(SQLModel, table=True):
    """A stretch in which the recorder tried to record a stream and could not, and why: the reason of that gap."""

    __tablename__ = "outage"
    __table_args__ = (
        sa.CheckConstraint("end_us > start_us", name="not_empty"),
        sa.Index("ix_outage_stream_start", "stream_id", "start_us"),
        STRICT,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    stream_id: int = Field(foreign_key="stream.id", sa_type=BigInt)
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt, description="as far as it lasts by now")
    reason: str = Field(sa_type=Text)


class RecorderCamera(SQLModel, table=True):
    """What the recorder last said of a camera. It is written every few seconds, and old when the recorder is gone."""

    __tablename__ = "recorder_camera"
    __table_args__ = (STRICT,)

    camera_id: int = Field(foreign_key="camera.id", primary_key=True, sa_type=BigInt)
    state: str = Field(sa_type=Text, description="connecting, recording or waiting")
    reason: str | None = Field(default=None, sa_type=Text, description="why it does not record; a reason of gaps")
    detail: str = Field(default="", sa_type=Text, description="for who mends it; never a credential")
    source: str = Field(default="", sa_type=Text, description="own or libav, and why")
    since_us: int = Field(sa_type=BigInt, description="when the state began")
    updated_us: int = Field(sa_type=BigInt)
    frames_per_s: float = Field(default=0.0, sa_type=Real)
    bits_per_s: float = Field(default=0.0, sa_type=Real)
    last_frame_us: int | None = Field(default=None, sa_type=BigInt)
    lag_us: int | None = Field(default=None, sa_type=BigInt, description="from arrival to being retrievable")
    reconnects: int = Field(default=0, sa_type=BigInt, description="since the recorder started")
    bytes_today: int = Field(default=0, sa_type=BigInt, description="since midnight in the display zone")
    lost_packets: int = Field(default=0, sa_type=BigInt)
    damaged_frames: int = Field(default=0, sa_type=BigInt)


class HoldOrder(SQLModel, table=True):
    """Who asked for footage to be held, and what for; the footage itself is in the rows of `hold`, one for each camera."""

    __tablename__ = "hold_order"
    __table_args__ = (
        sa.CheckConstraint("end_us > start_us", name="not_empty"),
        sa.UniqueConstraint("person_id", "idempotency_key"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    person_id: str | None = Field(
        default=None, foreign_key="person.id", sa_type=Text, description="null: by the command line"
    )
    unit_id: int | None = Field(
        default=None,
        foreign_key="unit.id",
        sa_type=BigInt,
        description="of the role it was placed by; null: everywhere",
    )
    created_by: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInt)
    case_number: str | None = Field(default=None, sa_type=Text)
    why: str = Field(sa_type=Text)
    asked: str = Field(sa_type=Text, description="canonical JSON: the cameras, the place or the area, as asked")
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    until_us: int = Field(sa_type=BigInt, index=True, description="when it expires")
    released_us: int | None = Field(default=None, sa_type=BigInt)
    idempotency_key: str | None = Field(default=None, sa_type=Text)
    body_sha256: bytes = Field(sa_type=Blob, description="of all that was asked, to know a repetition by")


class Hold(SQLModel, table=True):
    """Footage of a camera that retention may not delete."""

    __tablename__ = "hold"
    __table_args__ = (
        sa.CheckConstraint("end_us > start_us", name="not_empty"),
        sa.Index("ix_hold_camera_start", "camera_id", "start_us"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    until_us: int | None = Field(
        default=None, sa_type=BigInt, description="when it expires; null: until it is released"
    )
    released_us: int | None = Field(default=None, sa_type=BigInt)
    created_us: int = Field(sa_type=BigInt)
    created_by: str = Field(sa_type=Text)
    why: str = Field(default="", sa_type=Text)
    order_id: str | None = Field(default=None, foreign_key="hold_order.id", sa_type=Text, index=True)


class ReadingLease(SQLModel, table=True):
    """Somebody reads this stretch of a camera at the moment; retention leaves it alone until `until_us`."""

    __tablename__ = "reading_lease"
    __table_args__ = (sa.Index("ix_reading_lease_camera", "camera_id"), STRICT)

    holder: str = Field(primary_key=True, sa_type=Text, description="for example the id of a clip")
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    until_us: int = Field(sa_type=BigInt)


class Garbage(SQLModel, table=True):
    """An object whose rows are gone and whose bytes still have to go."""

    __tablename__ = "garbage"
    __table_args__ = (STRICT,)

    key: str = Field(primary_key=True, sa_type=Text)
    at_us: int = Field(sa_type=BigInt)
