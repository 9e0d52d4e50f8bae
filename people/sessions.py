"""Browsers that are signed in. The cookie holds 256 random bits; here is their hash, and when it ends."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.clock import Clock
from foundation.timebase import MICROSECONDS
from people.secrets import hashed, new_secret
from people.sweeping import sweep
from people.tables import BrowserSession, KnownDevice, Person

IDLE_US = 30 * 60 * MICROSECONDS
LONGEST_US = 12 * 3600 * MICROSECONDS
DEVICE_US = 90 * 86_400 * MICROSECONDS
_SEEN_EVERY_US = 60 * MICROSECONDS


@dataclass(frozen=True)
class Opened:
    """A new session: what goes into the cookie, and what its forms must carry."""

    secret: str
    form_token: str


@dataclass(frozen=True)
class Found:
    person: Person
    factors: int
    form_token: str
    stale: bool
    """Whether it is time to store that it is still used."""


def open_session(session: Session, clock: Clock, person_id: str, factors: int) -> Opened:
    """Open a session under a new secret; what was known before signing in is worth nothing afterwards."""
    now_us = clock.now_us()
    opened = Opened(new_secret(), new_secret())
    sweep(session, col(BrowserSession.session_hash), col(BrowserSession.expires_us) <= now_us)
    session.add(
        BrowserSession(
            session_hash=hashed(opened.secret),
            person_id=person_id,
            factors=factors,
            form_token=opened.form_token,
            created_us=now_us,
            seen_us=now_us,
            expires_us=now_us + LONGEST_US,
        )
    )
    session.flush()
    return opened


def find_session(session: Session, clock: Clock, secret: str) -> Found | None:
    """Return the session of this cookie unless it has ended, by itself or because it was left alone."""
    now_us = clock.now_us()
    row = session.execute(
        sa.select(BrowserSession, Person)
        .join(Person, col(Person.id) == col(BrowserSession.person_id))
        .where(
            col(BrowserSession.session_hash) == hashed(secret),
            col(BrowserSession.expires_us) > now_us,
            col(BrowserSession.seen_us) > now_us - IDLE_US,
        )
    ).first()
    if row is None or row[1].disabled_us is not None:
        return None
    found, person = row
    return Found(person, found.factors, found.form_token, now_us - found.seen_us >= _SEEN_EVERY_US)


def keep_alive(session: Session, clock: Clock, secret: str) -> None:
    """Store that it is used; at most once a minute, so that reading does not mean writing."""
    session.execute(
        sa.update(BrowserSession)
        .where(col(BrowserSession.session_hash) == hashed(secret))
        .values(seen_us=clock.now_us())
    )


def close_session(session: Session, secret: str) -> None:
    session.execute(sa.delete(BrowserSession).where(col(BrowserSession.session_hash) == hashed(secret)))


def remember_device(session: Session, clock: Clock, person_id: str) -> str:
    """Return what the browser keeps, to be known again."""
    secret, now_us = new_secret(), clock.now_us()
    sweep(session, col(KnownDevice.device_hash), col(KnownDevice.expires_us) <= now_us)
    session.add(KnownDevice(device_hash=hashed(secret), person_id=person_id, expires_us=now_us + DEVICE_US))
    session.flush()
    return secret


def known_device(session: Session, clock: Clock, person_id: str, secret: str | None) -> str | None:
    """Return the device's hash when this person has signed in on it, else None."""
    if not secret:
        return None
    found = session.get(KnownDevice, hashed(secret))
    if found is None or found.person_id != person_id or found.expires_us <= clock.now_us():
        return None
    return found.device_hash
