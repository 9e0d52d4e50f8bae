"""One-time links: whoever is handed one chooses the password of the account. They expire, and open once."""

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from foundation.clock import Clock
from foundation.errors import N_, Forbidden
from foundation.identity import Actor
from foundation.timebase import MICROSECONDS
from people.accounts import end_sessions
from people.passwords import Passwords, refuse_weak
from people.secrets import hashed, new_secret
from people.tables import KnownDevice, Person, SignInLink

LASTS_US = 72 * 3600 * MICROSECONDS


class LinkUnusable(Forbidden):
    """One answer for all of unknown, used, replaced and expired: nobody learns which."""

    code = "link_unusable"
    message = N_("This link does not open anything any more")
    mend = N_("Ask your administrator for a new one; each opens once, within three days")


class PersonDisabled(Forbidden):
    code = "person_disabled"
    message = N_("The account “{name}” is closed")


def make_link(session: Session, clock: Clock, actor: Actor, person: Person) -> str:
    """Return the secret part of a new link; earlier ones of the person open nothing any more. Raises `PersonDisabled`."""
    if person.disabled_us is not None:
        raise PersonDisabled(name=person.sign_in)
    now_us, secret = clock.now_us(), new_secret()
    session.execute(sa.delete(SignInLink).where(col(SignInLink.person_id) == person.id))
    session.add(
        SignInLink(link_hash=hashed(secret), person_id=person.id, created_us=now_us, expires_us=now_us + LASTS_US)
    )
    session.flush()
    record(session, clock, actor, "link:make", "person", person.id)
    return secret


def find_link(session: Session, clock: Clock, secret: str) -> Person:
    """Return whose link it is, without using it. Raises `LinkUnusable`."""
    row = session.execute(
        sa.select(SignInLink, Person)
        .join(Person, col(Person.id) == col(SignInLink.person_id))
        .where(col(SignInLink.link_hash) == hashed(secret))
    ).first()
    if row is None or row[0].used_us is not None or row[0].expires_us <= clock.now_us():
        raise LinkUnusable
    person: Person = row[1]
    if person.disabled_us is not None:
        raise LinkUnusable
    return person


def use_link(
    session: Session, clock: Clock, passwords: Passwords, secret: str, password: str, address: str | None = None
) -> Person:
    """Set the password; every session and every known device ends. Raises `LinkUnusable`, `PasswordWeak`."""
    person = find_link(session, clock, secret)
    refuse_weak(password, person.sign_in)
    used = session.execute(
        sa.update(SignInLink)
        .where(col(SignInLink.link_hash) == hashed(secret), col(SignInLink.used_us).is_(None))
        .values(used_us=clock.now_us())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkUnusable
    set_password(session, clock, passwords, Actor(person.sign_in, "person", address=address), person, password)
    return person


def set_password(
    session: Session, clock: Clock, passwords: Passwords, actor: Actor, person: Person, password: str
) -> None:
    """Store a new password and sign the person out everywhere. Raises `PasswordWeak`."""
    refuse_weak(password, person.sign_in)
    person.password_hash = passwords.hash(password)
    session.add(person)
    end_sessions(session, person.id)
    session.execute(sa.delete(KnownDevice).where(col(KnownDevice.person_id) == person.id))
    session.flush()
    record(session, clock, actor, "password:set", "person", person.id)
