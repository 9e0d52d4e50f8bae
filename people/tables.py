"""The tables of accounts. Whatever opens a door is stored as a hash (random ones SHA-256, passwords argon2id) or sealed."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from foundation.database import STRICT, BigInt, Blob, Real, Text

ROLES = "'head', 'officer', 'supervisor', 'auditor', 'administrator'"


class Person(SQLModel, table=True):
    """An account. It is never deleted, so that what was done can be told for ever; it is closed by `disabled_us`."""

    __tablename__ = "person"
    __table_args__ = (STRICT,)

    id: str = Field(primary_key=True, sa_type=Text)
    sign_in: str = Field(sa_type=Text, unique=True, description="the name to sign in with, lower case")
    full_name: str = Field(sa_type=Text)
    password_hash: str | None = Field(default=None, sa_type=Text, description="argon2id, with its parameters")
    created_us: int = Field(sa_type=BigInt)
    disabled_us: int | None = Field(default=None, sa_type=BigInt)


class PersonHome(SQLModel, table=True):
    """Where a person lives, so that requests for footage of that place are noticed. Told to nobody."""

    __tablename__ = "person_home"
    __table_args__ = (STRICT,)

    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    lat: float = Field(sa_type=Real)
    lon: float = Field(sa_type=Real)


class PersonIdentity(SQLModel, table=True):
    """Under which name (`subject`) a provider of identities knows the person."""

    __tablename__ = "person_identity"
    __table_args__ = (STRICT,)

    issuer: str = Field(primary_key=True, sa_type=Text)
    subject: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)


class RoleTerm(SQLModel, table=True):
    """A role during `[from_us, to_us)`, for a unit and all within it; without a unit everywhere."""

    __tablename__ = "role_term"
    __table_args__ = (
        sa.CheckConstraint(f"role IN ({ROLES})", name="role"),
        sa.CheckConstraint("to_us IS NULL OR to_us >= from_us", name="validity"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    role: str = Field(sa_type=Text)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigInt)
    from_us: int = Field(sa_type=BigInt)
    to_us: int | None = Field(default=None, sa_type=BigInt)
    given_us: int = Field(sa_type=BigInt)
    given_by: str = Field(sa_type=Text)


class SecondFactor(SQLModel, table=True):
    """A secret shared with the person's phone. `last_step` is the newest step whose code was used: no code opens twice."""

    __tablename__ = "second_factor"
    __table_args__ = (STRICT,)

    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    sealed_secret: bytes = Field(sa_type=Blob, description="see foundation.vault")
    confirmed_us: int | None = Field(default=None, sa_type=BigInt, description="null until the first right code")
    last_step: int = Field(default=0, sa_type=BigInt)


class RecoveryCode(SQLModel, table=True):
    """Opens once in place of a code of the second factor."""

    __tablename__ = "recovery_code"
    __table_args__ = (STRICT,)

    code_hash: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    used_us: int | None = Field(default=None, sa_type=BigInt)


class SignInLink(SQLModel, table=True):
    """A one-time link with which a person chooses a password."""

    __tablename__ = "sign_in_link"
    __table_args__ = (STRICT,)

    link_hash: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    created_us: int = Field(sa_type=BigInt)
    expires_us: int = Field(sa_type=BigInt)
    used_us: int | None = Field(default=None, sa_type=BigInt)


class BrowserSession(SQLModel, table=True):
    """A signed-in browser. With `factors` 1 it may only bring the second one, where that is needed."""

    __tablename__ = "browser_session"
    __table_args__ = (sa.CheckConstraint("factors IN (1, 2)", name="factors"), STRICT)

    session_hash: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    factors: int = Field(sa_type=BigInt)
    form_token: str = Field(sa_type=Text, description="what forms of this session must carry")
    created_us: int = Field(sa_type=BigInt)
    seen_us: int = Field(sa_type=BigInt)
    expires_us: int = Field(sa_type=BigInt, index=True)


class KnownDevice(SQLModel, table=True):
    """A browser in which this person has signed in: others' wrong guesses never slow it down."""

    __tablename__ = "known_device"
    __table_args__ = (STRICT,)

    device_hash: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    expires_us: int = Field(sa_type=BigInt)


class ApiToken(SQLModel, table=True):
    """Lets a program act for a person, within `scopes` and what the person may at that moment."""

    __tablename__ = "api_token"
    __table_args__ = (STRICT,)

    id: str = Field(primary_key=True, sa_type=Text)
    token_hash: str = Field(sa_type=Text, unique=True)
    person_id: str = Field(foreign_key="person.id", sa_type=Text, index=True)
    label: str = Field(sa_type=Text)
    scopes: str = Field(sa_type=Text, description="rights, separated by blanks")
    created_us: int = Field(sa_type=BigInt)
    expires_us: int = Field(sa_type=BigInt)
    revoked_us: int | None = Field(default=None, sa_type=BigInt)


class SignInTally(SQLModel, table=True):
    """How often something failed to sign in, by the hash of what it was (see throttle.py)."""

    __tablename__ = "sign_in_tally"
    __table_args__ = (STRICT,)

    key: str = Field(primary_key=True, sa_type=Text)
    failures: int = Field(default=0, sa_type=BigInt)
    last_us: int = Field(default=0, sa_type=BigInt, index=True)
    next_us: int = Field(default=0, sa_type=BigInt)


class ProviderVisit(SQLModel, table=True):
    """Somebody who is at the provider of identities at the moment, and what must come back with them."""

    __tablename__ = "provider_visit"
    __table_args__ = (STRICT,)

    state_hash: str = Field(primary_key=True, sa_type=Text)
    browser_hash: str = Field(sa_type=Text, description="of the cookie of the browser that left")
    nonce: str = Field(sa_type=Text)
    verifier: str = Field(sa_type=Text)
    expires_us: int = Field(sa_type=BigInt, index=True)
