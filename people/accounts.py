"""Accounts: made, found, closed. What a person may is in their roles, not here."""

import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Conflict, NotFound
from foundation.identity import Actor, new_id
from people.tables import ApiToken, BrowserSession, KnownDevice, Person, PersonHome, PersonIdentity, SignInLink

_SIGN_IN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


class SignInNameUnusable(BadInput):
    code = "sign_in_name_unusable"
    message = N_("“{name}” cannot be a name to sign in with")
    mend = N_("Take 2 to 64 of: letters without accents, digits, . _ @ + -")


class SignInNameTaken(Conflict):
    code = "sign_in_name_taken"
    message = N_("There is an account “{name}” already")


class PersonUnknown(NotFound):
    code = "person_unknown"
    message = N_("There is no account “{name}”")
    mend = N_("`matpho users list` shows them")


class IdentityTaken(Conflict):
    code = "identity_taken"
    message = N_("This identity belongs to another account")


def folded(sign_in: str) -> str:
    return unicodedata.normalize("NFKC", sign_in).strip().lower()


def add_person(session: Session, clock: Clock, actor: Actor, sign_in: str, full_name: str) -> Person:
    """Make an account that cannot do anything yet. Raises `SignInNameUnusable`, `SignInNameTaken`."""
    name = folded(sign_in)
    if _SIGN_IN.fullmatch(name) is None:
        raise SignInNameUnusable(name=sign_in[:80])
    if person_named(session, name) is not None:
        raise SignInNameTaken(name=name)
    person = Person(id=new_id(), sign_in=name, full_name=full_name.strip() or name, created_us=clock.now_us())
    session.add(person)
    session.flush()
    record(session, clock, actor, "person:add", "person", person.id, sign_in=name)
    return person


def person_named(session: Session, sign_in: str) -> Person | None:
    found: Person | None = session.execute(
        sa.select(Person).where(col(Person.sign_in) == folded(sign_in))
    ).scalar_one_or_none()
    return found


def get_person(session: Session, sign_in: str) -> Person:
    """Raises `PersonUnknown`."""
    found = person_named(session, sign_in)
    if found is None:
        raise PersonUnknown(what=N_("account"), name=sign_in[:80])
    return found


def people(session: Session) -> list[Person]:
    """Return all accounts, closed ones too, by the name to sign in with."""
    return list(session.execute(sa.select(Person).order_by(col(Person.sign_in))).scalars())


def disable(session: Session, clock: Clock, actor: Actor, person: Person) -> None:
    """Close an account: everything that is open in its name ends with the next request."""
    if person.disabled_us is None:
        person.disabled_us = clock.now_us()
        session.add(person)
    end_sessions(session, person.id)
    for table in (KnownDevice, SignInLink):
        _remove(session, table, person.id)
    session.execute(
        sa.update(ApiToken)
        .where(col(ApiToken.person_id) == person.id, col(ApiToken.revoked_us).is_(None))
        .values(revoked_us=clock.now_us())
    )
    session.flush()
    record(session, clock, actor, "person:disable", "person", person.id)


def enable(session: Session, clock: Clock, actor: Actor, person: Person) -> None:
    """Open a closed account again; sessions and tokens that it had stay ended."""
    person.disabled_us = None
    session.add(person)
    session.flush()
    record(session, clock, actor, "person:enable", "person", person.id)


def end_sessions(session: Session, person_id: str) -> None:
    """Sign a person out everywhere."""
    _remove(session, BrowserSession, person_id)


def tie_identity(session: Session, clock: Clock, actor: Actor, person: Person, issuer: str, subject: str) -> None:
    """Let a provider's `subject` sign in as this person; nothing else does, least of all an e-mail address that is equal.

    Raises `IdentityTaken`.
    """
    known = session.get(PersonIdentity, (issuer, subject))
    if known is not None and known.person_id != person.id:
        raise IdentityTaken
    if known is None:
        session.add(PersonIdentity(issuer=issuer, subject=subject, person_id=person.id))
        session.flush()
        record(session, clock, actor, "person:tie", "person", person.id, issuer=issuer)


def set_home(session: Session, clock: Clock, actor: Actor, person: Person, at: tuple[float, float] | None) -> None:
    """Keep where a person lives (latitude, longitude), or forget it (None). The event does not tell the place."""
    _remove(session, PersonHome, person.id)
    if at is not None:
        session.add(PersonHome(person_id=person.id, lat=at[0], lon=at[1]))
    session.flush()
    record(session, clock, actor, "person:home", "person", person.id, known=at is not None)


def _remove(session: Session, table: Any, person_id: str) -> None:
    session.execute(sa.delete(table).where(table.person_id == person_id))
