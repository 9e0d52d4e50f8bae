"""The tables of requests, grants and uses."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Blob, Real, Text

STATES = "'drafted', 'submitted', 'approved', 'refused', 'released', 'expired', 'withdrawn'"


class FootageRequest(SQLModel, table=True):
    """A bounded ask for footage of cameras that one unit decides about; those asked for at once share `bundle_id`."""

    __tablename__ = "footage_request"
    __table_args__ = (
        sa.CheckConstraint(f"state IN ({STATES})", name="state"),
        sa.CheckConstraint("end_us > start_us", name="not_empty"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> person_id", name="two_humans"),
        sa.CheckConstraint("reviewed_by IS NULL OR reviewed_by <> person_id", name="reviewed_by_another"),
        sa.CheckConstraint("decided_how IS NULL OR decided_how IN ('person', 'rule', 'glass')", name="decided_how"),
        sa.Index("ix_footage_request_unit_state", "unit_id", "state"),
        sa.Index("ix_footage_request_case", "case_number"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    bundle_id: str = Field(sa_type=Text, index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigInt, description="who decides")
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    state: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    case_number: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)
    lat: float | None = Field(default=None, sa_type=Real, description="the place in question, where one was named")
    lon: float | None = Field(default=None, sa_type=Real)
    place_words: str | None = Field(default=None, sa_type=Text, description="what whoever asks calls the place")
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    created_us: int = Field(sa_type=BigInt)
    submitted_us: int | None = Field(default=None, sa_type=BigInt)
    decide_by_us: int = Field(sa_type=BigInt, description="when it expires undecided")
    decided_us: int | None = Field(default=None, sa_type=BigInt)
    decided_how: str | None = Field(default=None, sa_type=Text, description="person, rule (automatic) or glass")
    decided_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    note: str = Field(default="", sa_type=Text, description="what the one who decided or reviewed said")
    review_by_us: int | None = Field(default=None, sa_type=BigInt, description="null: needs no review")
    reviewed_us: int | None = Field(default=None, sa_type=BigInt)
    reviewed_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    justified: int | None = Field(default=None, sa_type=BigInt, description="1 or 0, what the review found")
    outcome: str | None = Field(default=None, sa_type=Text)
    taken_back_us: int | None = Field(default=None, sa_type=BigInt, description="when an approval was taken back")
    taken_back_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    taken_back_note: str | None = Field(
        default=None, sa_type=Text, description="why; `note` stays that of the decision"
    )


class RequestKey(SQLModel, table=True):
    """What was made for an `Idempotency-Key` of a person."""

    __tablename__ = "request_key"
    __table_args__ = (STRICT,)

    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    idempotency_key: str = Field(primary_key=True, sa_type=Text)
    body_sha256: bytes = Field(sa_type=Blob, description="of all that was asked, to know a repetition by")
    request_ids: str = Field(sa_type=Text, description="JSON, in the order of the answer")
    created_us: int = Field(sa_type=BigInt)


class RequestCamera(SQLModel, table=True):
    """A camera of a request. `consent`: whether its owner is asked before each use, and what they answered."""

    __tablename__ = "request_camera"
    __table_args__ = (
        sa.CheckConstraint("consent IN ('general', 'asked', 'agreed', 'declined')", name="consent"),
        STRICT,
    )

    request_id: str = Field(primary_key=True, foreign_key="footage_request.id", sa_type=Text)
    camera_id: int = Field(primary_key=True, foreign_key="camera.id", sa_type=BigInt, index=True)
    consent: str = Field(sa_type=Text)
    hold_id: str | None = Field(default=None, foreign_key="hold.id", sa_type=Text)


class FootageAnswer(SQLModel, table=True):
    """Who answers for a camera says that there is no recording of what a request asks for; footage that comes later counts more."""

    __tablename__ = "footage_answer"
    __table_args__ = (STRICT,)

    request_id: str = Field(primary_key=True, foreign_key="footage_request.id", sa_type=Text)
    camera_id: int = Field(primary_key=True, foreign_key="camera.id", sa_type=BigInt)
    answered_us: int = Field(sa_type=BigInt)
    answered_by: str = Field(foreign_key="person.id", sa_type=Text)


class OwnerQuestion(SQLModel, table=True):
    """A one-time link for the owner of a camera who wants to be asked."""

    __tablename__ = "owner_question"
    __table_args__ = (STRICT,)

    link_hash: str = Field(primary_key=True, sa_type=Text)
    request_id: str = Field(foreign_key="footage_request.id", sa_type=Text, index=True)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    expires_us: int = Field(sa_type=BigInt)
    answered_us: int | None = Field(default=None, sa_type=BigInt)


class FootageGrant(SQLModel, table=True):
    """What answers a request: person, window and cameras until `until_us`, or until `ended_us` if that comes first."""

    __tablename__ = "footage_grant"
    __table_args__ = (
        sa.CheckConstraint("until_us > from_us", name="validity"),
        sa.CheckConstraint("used BETWEEN 0 AND downloads", name="downloads"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    request_id: str = Field(foreign_key="footage_request.id", sa_type=Text, unique=True)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    purpose: str = Field(sa_type=Text)
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    from_us: int = Field(sa_type=BigInt)
    until_us: int = Field(sa_type=BigInt)
    downloads: int = Field(sa_type=BigInt, description="how many clips may be made")
    used: int = Field(default=0, sa_type=BigInt)
    pre_roll: int = Field(
        sa_type=BigInt, description="1: clips may hold frames back to the key frame before the window"
    )
    ended_us: int | None = Field(default=None, sa_type=BigInt)


class GrantCamera(SQLModel, table=True):
    __tablename__ = "grant_camera"
    __table_args__ = (STRICT,)

    grant_id: str = Field(primary_key=True, foreign_key="footage_grant.id", sa_type=Text)
    camera_id: int = Field(primary_key=True, foreign_key="camera.id", sa_type=BigInt, index=True)


class ClipGrant(SQLModel, table=True):
    """Under which grant a clip was made, and so under which its bytes are sent."""

    __tablename__ = "clip_grant"
    __table_args__ = (STRICT,)

    clip_id: str = Field(primary_key=True, foreign_key="clip.id", sa_type=Text)
    grant_id: str = Field(foreign_key="footage_grant.id", sa_type=Text, index=True)


class FootageUse(SQLModel, table=True):
    """That footage of a camera was used. Frames of one hour under one grant are one use, with their number."""

    __tablename__ = "footage_use"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('clip', 'frame')", name="kind"),
        sa.Index("ix_footage_use_camera_at", "camera_id", "at_us"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    grant_id: str = Field(foreign_key="footage_grant.id", sa_type=Text, index=True)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt)
    at_us: int = Field(sa_type=BigInt)
    kind: str = Field(sa_type=Text)
    count: int = Field(default=1, sa_type=BigInt)
