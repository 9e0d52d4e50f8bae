"""The registry's tables. What may change over time has rows with validity `[valid_from_us, valid_to_us)`.

`valid_to_us` null means "until further notice". Times are microseconds UTC. A correction closes a row and opens
another; nothing of the past is edited.
"""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Blob, Real, Text


def _validity() -> sa.CheckConstraint:
    return sa.CheckConstraint("valid_to_us IS NULL OR valid_to_us > valid_from_us", name="validity")


class Unit(SQLModel, table=True):
    """An administrative or community area. Its code may be used again later, so its identity is `id`."""

    __tablename__ = "unit"
    __table_args__ = (_validity(), sa.UniqueConstraint("code", "valid_from_us"), STRICT)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    folded_name: str = Field(sa_type=Text, description="name without accents, đ as d, lower case; for search")
    kind: str = Field(sa_type=Text)
    parent_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigInt, index=True)
    valid_from_us: int = Field(sa_type=BigInt)
    valid_to_us: int | None = Field(default=None, sa_type=BigInt)
    boundary: str | None = Field(default=None, sa_type=Text, description="GeoJSON Polygon or MultiPolygon, WGS 84")
    phone: str | None = Field(default=None, sa_type=Text, description="as dialled within Vietnam, digits only; public")
    contact: str | None = Field(default=None, sa_type=Text, description="who answers there; public")


class UnitSuccession(SQLModel, table=True):
    """From `at_us` on, `successor` takes over from `predecessor` (merger, split, renaming)."""

    __tablename__ = "unit_succession"
    __table_args__ = (sa.UniqueConstraint("predecessor_id", "successor_id"), STRICT)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    predecessor_id: int = Field(foreign_key="unit.id", sa_type=BigInt)
    successor_id: int = Field(foreign_key="unit.id", sa_type=BigInt, index=True)
    at_us: int = Field(sa_type=BigInt)
    kind: str = Field(sa_type=Text, description="merger, split or renaming")


class Camera(SQLModel, table=True):
    """A physical device. Neither its id nor its code is ever used again."""

    __tablename__ = "camera"
    __table_args__ = (STRICT,)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    folded: str = Field(sa_type=Text, description="code and name without accents, for search")
    status: str = Field(sa_type=Text, description="planned, active, paused, broken or retired")
    registered_us: int = Field(sa_type=BigInt)
    revision: int = Field(default=1, sa_type=BigInt, description="counts edits; the ETag of PATCH")


class CameraUnit(SQLModel, table=True):
    """Which unit a camera belongs to, and since when; a merger writes new rows, so past reports stay as they were."""

    __tablename__ = "camera_unit"
    __table_args__ = (_validity(), sa.UniqueConstraint("camera_id", "valid_from_us"), STRICT)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BigInt, index=True)
    valid_from_us: int = Field(sa_type=BigInt)
    valid_to_us: int | None = Field(default=None, sa_type=BigInt)


class Placement(SQLModel, table=True):
    """Where a camera stands and looks. Without bearing and horizontal field of view it is unverified and sees nothing."""

    __tablename__ = "placement"
    __table_args__ = (
        _validity(),
        sa.UniqueConstraint("camera_id", "valid_from_us"),
        sa.Index("ix_placement_position", "lat", "lon"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name="lon"),
        sa.CheckConstraint("bearing_deg IS NULL OR (bearing_deg >= 0 AND bearing_deg < 360)", name="bearing"),
        sa.CheckConstraint("hfov_deg IS NULL OR (hfov_deg > 0 AND hfov_deg <= 360)", name="hfov"),
        sa.CheckConstraint("range_m > 0", name="range"),
        STRICT,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    lat: float = Field(sa_type=Real)
    lon: float = Field(sa_type=Real)
    bearing_deg: float | None = Field(default=None, sa_type=Real, description="clockwise from north")
    hfov_deg: float | None = Field(default=None, sa_type=Real)
    range_m: float = Field(sa_type=Real)
    height_m: float | None = Field(default=None, sa_type=Real)
    tilt_deg: float | None = Field(default=None, sa_type=Real)
    valid_from_us: int = Field(sa_type=BigInt)
    valid_to_us: int | None = Field(default=None, sa_type=BigInt)


class Ownership(SQLModel, table=True):
    """Who owns the camera, who agreed, who paid, how long footage is kept: one row for each stretch of time."""

    __tablename__ = "ownership"
    __table_args__ = (_validity(), sa.UniqueConstraint("camera_id", "valid_from_us"), STRICT)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    owner_name: str | None = Field(default=None, sa_type=Text)
    owner_phone: str | None = Field(default=None, sa_type=Text)
    consent_date: str | None = Field(default=None, sa_type=Text, description="ISO date")
    sign_checked_date: str | None = Field(
        default=None, sa_type=Text, description="ISO date on which a sign was seen at the camera"
    )
    sound_agreed: int = Field(default=0, sa_type=BigInt, description="1 when the consent covers sound")
    ask_owner: int = Field(
        default=0,
        sa_type=BigInt,
        sa_column_kwargs={"server_default": "0"},
        description="1: the owner is asked before each use of footage",
    )
    funding_vnd: int | None = Field(default=None, sa_type=BigInt)
    funding_source: str | None = Field(default=None, sa_type=Text)
    retention_days: int | None = Field(
        default=None, sa_type=BigInt, description="null: as long as the unit allows, else until space is needed"
    )
    valid_from_us: int = Field(sa_type=BigInt)
    valid_to_us: int | None = Field(default=None, sa_type=BigInt)


class Stream(SQLModel, table=True):
    """One source of a camera. Overlapping imports go to streams of their own (`ordinal`), so no stream overlaps itself."""

    __tablename__ = "stream"
    __table_args__ = (
        sa.UniqueConstraint("camera_id", "kind", "ordinal"),
        sa.CheckConstraint("kind IN ('main', 'sub', 'clips')", name="kind"),
        STRICT,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    kind: str = Field(sa_type=Text)
    ordinal: int = Field(default=0, sa_type=BigInt)
    address: str | None = Field(default=None, sa_type=Text, description="rtsp:// address without user and password")
    sealed_credentials: bytes | None = Field(default=None, sa_type=Blob, description="see foundation.vault")
    anywhere: int = Field(
        default=0,
        sa_type=BigInt,
        sa_column_kwargs={"server_default": "0"},
        description="1: the address was registered before addresses were judged, and is recorded wherever it is",
    )


class UnitRules(SQLModel, table=True):
    """What a unit and all beneath it decided about the use of footage from `valid_from_us` on; without a unit: everybody.

    `fields` are those of `camera_registry.rules.Rules` that are set here, as JSON; the others are as above it.
    """

    __tablename__ = "unit_rules"
    __table_args__ = (STRICT,)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigInt, index=True)
    valid_from_us: int = Field(sa_type=BigInt)
    fields: str = Field(sa_type=Text)
    set_by: str = Field(sa_type=Text)


class RegistryRevision(SQLModel, table=True):
    """One row that counts changes, so that a cached spatial index knows when it is old."""

    __tablename__ = "registry_revision"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"), STRICT)

    id: int = Field(default=1, primary_key=True, sa_type=BigInt)
    revision: int = Field(default=0, sa_type=BigInt)


class CameraDraft(SQLModel, table=True):
    """A registration that somebody has begun; when it is finished only the code of its camera is left, for two weeks."""

    __tablename__ = "camera_draft"
    __table_args__ = (STRICT,)

    id: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(sa_type=Text, index=True)
    fields: str = Field(
        sa_type=Text, description="JSON: what was answered so far, as typed; of a source only the address"
    )
    sealed_credentials: bytes | None = Field(
        default=None, sa_type=Blob, description="of the source; see foundation.vault"
    )
    updated_us: int = Field(sa_type=BigInt, index=True)


class CameraPhoto(SQLModel, table=True):
    """A picture of a camera, of what it sees, or of the sign beside it: small, and without what its file said of the place."""

    __tablename__ = "camera_photo"
    __table_args__ = (
        sa.CheckConstraint("(camera_id IS NULL) <> (draft_id IS NULL)", name="belongs"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    camera_id: int | None = Field(default=None, foreign_key="camera.id", sa_type=BigInt, index=True)
    draft_id: str | None = Field(default=None, foreign_key="camera_draft.id", sa_type=Text, index=True)
    kind: str = Field(sa_type=Text, description="camera, view or sign; asked: sent by the camera, not confirmed yet")
    added_us: int = Field(sa_type=BigInt)
    added_by: str = Field(sa_type=Text)
    jpeg: bytes = Field(sa_type=Blob)
