"""A clip's definition: what was asked, and which segments answered, so that the same clip is the same bytes later."""

from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Text


class Clip(SQLModel, table=True):
    __tablename__ = "clip"
    __table_args__ = (STRICT,)

    id: str = Field(primary_key=True, sa_type=Text)
    camera_id: int = Field(foreign_key="camera.id", sa_type=BigInt, index=True)
    start_us: int = Field(sa_type=BigInt)
    end_us: int = Field(sa_type=BigInt)
    mode: str = Field(sa_type=Text)
    audio: int = Field(default=0, sa_type=BigInt)
    times: int = Field(default=0, sa_type=BigInt, description="1: with a text track of wall-clock time")
    segments: str = Field(sa_type=Text, description="JSON list of [stream_id, start_us]")
    receipt: str = Field(sa_type=Text, description="canonical JSON")
    created_us: int = Field(sa_type=BigInt)
    created_by: str = Field(sa_type=Text)
