"""Signing in: name and password, then the second factor. Each step is short units of work around one slow hash.

Every refusal looks the same and takes as long: an unknown name, a closed account, a wrong password. Only the throttle says
more, and it says the same of names that do not exist.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from audit.log import record
from camera_registry.secrets import Vault
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.errors import N_, TooMany, Unknown
from foundation.identity import ANONYMOUS, Actor
from people import attempts, second_factor, sessions
from people.accounts import folded, person_named
from people.passwords import Passwords
from people.roles import standing_of
from people.tables import Person

_SECOND_US = 1_000_000
T = TypeVar("T")


class SignInRefused(Unknown):
    code = "sign_in_refused"
    message = N_("Name and password do not belong together")
    mend = N_("Try again, or ask your administrator for a one-time link")


class CodeRefused(Unknown):
    code = "code_refused"
    message = N_("This code is not right, or it was used already")
    mend = N_("Wait for the next code of your phone, or use one of the recovery codes")


class SignInDelayed(TooMany):
    code = "sign_in_delayed"


@dataclass(frozen=True)
class House:
    """What signing in needs of the service."""

    engine: sa.Engine
    clock: Clock
    vault: Vault
    passwords: Passwords


@dataclass(frozen=True)
class Attempt:
    """`source` is the address it comes from, `device` what the browser kept of an earlier time."""

    sign_in: str
    password: str
    source: str
    device: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """`needs` is what is still missing before the session opens anything: a code, or enrolling a phone first."""

    opened: sessions.Opened
    device: str | None
    needs: str  # "", "code" or "enrol"


def sign_in(house: House, attempt: Attempt) -> SignedIn:
    """Raises `SignInDelayed`, `SignInRefused`."""
    return _tried(house, attempt, _open_by_password)


def confirm_password(house: House, sign_in_name: str, password: str, source: str) -> None:
    """Check the password of somebody who has signed in, as slowly as at the door. Raises as `sign_in` does."""
    _tried(house, Attempt(sign_in_name, password, source), lambda *_: None)


def _tried(house: House, attempt: Attempt, then: Callable[[Session, Clock, Person, str], T]) -> T:
    source, account = attempts.network_of(attempt.source), folded(attempt.sign_in)[:200]
    with unit_of_work(house.engine) as session:
        known = person_named(session, account)
        device = None if known is None else sessions.known_device(session, house.clock, known.id, attempt.device)
        wait_us = attempts.enter(session, account, source, device, house.clock.now_us())
        stored = None if known is None or known.disabled_us is not None else known.password_hash
    if wait_us:
        raise SignInDelayed(seconds=-(-wait_us // _SECOND_US))
    right = house.passwords.verify(stored, attempt.password)
    renewed = house.passwords.hash(attempt.password) if right and stored and house.passwords.outdated(stored) else None
    with unit_of_work(house.engine) as session:
        person = person_named(session, account)
        same = person is not None and person.disabled_us is None and person.password_hash == stored
        if right and same and person is not None:
            attempts.was_right(session, account, source, device)
            if renewed:
                person.password_hash = renewed
                session.add(person)
            return then(session, house.clock, person, source)
        attempts.was_wrong(session, account, source, device, house.clock.now_us())
        _refused(session, house.clock, person, source, "password")
    raise SignInRefused


def sign_in_as(house: House, session: Session, person: Person, source: str, *, strong: bool) -> SignedIn:
    """Open a session for somebody whom a provider of identities has sent; `strong` when it has seen a second factor."""
    return _open(session, house.clock, person, attempts.network_of(source), by="provider", strong=strong)


def bring_code(house: House, secret: str, code: str, source: str, device: str | None = None) -> SignedIn:
    """Bring the second factor to a session that has the first. Raises `SignInDelayed`, `CodeRefused`, `SignInRefused`.

    Who guesses here has the password already, so all sources that are no known device share one tally: six digits would
    not hold out against many sources with a few guesses each.
    """
    network, wait_us, opened = attempts.network_of(source), 0, None
    with unit_of_work(house.engine) as session:
        found = sessions.find_session(session, house.clock, secret)
        if found is None:
            raise SignInRefused
        person = found.person
        account = f"second\0{person.id}"
        tally = sessions.known_device(session, house.clock, person.id, device) or "elsewhere"
        wait_us = attempts.enter(session, account, network, tally, house.clock.now_us())
        if not wait_us and second_factor.is_right(session, house.clock, house.vault, person, code, network):
            attempts.was_right(session, account, network, tally)
            opened = _rotate(session, house.clock, person, secret, network)
        elif not wait_us:
            _refused(session, house.clock, person, network, "second_factor")
    if wait_us:
        raise SignInDelayed(seconds=-(-wait_us // _SECOND_US))
    if opened is None:
        raise CodeRefused
    return opened


def enrol(house: House, secret: str, code: str, source: str) -> tuple[SignedIn, list[str]]:
    """Confirm the phone that was offered; return the session that is whole now, and the recovery codes. Raises `CodeRefused`."""
    with unit_of_work(house.engine) as session:
        found = sessions.find_session(session, house.clock, secret)
        if found is None:
            raise SignInRefused
        codes = second_factor.confirm(
            session, house.clock, house.vault, found.person, code, attempts.network_of(source)
        )
        if codes is None:
            raise CodeRefused
        whole = _rotate(session, house.clock, found.person, secret, attempts.network_of(source))
    return whole, codes


def sign_out(house: House, secret: str, source: str | None = None) -> None:
    with unit_of_work(house.engine) as session:
        found = sessions.find_session(session, house.clock, secret)
        if found is not None:
            sessions.close_session(session, secret)
            address = None if source is None else attempts.network_of(source)
            actor = Actor(found.person.sign_in, "person", address=address)
            record(session, house.clock, actor, "sign_out:done", "person", found.person.id)


def _open_by_password(session: Session, clock: Clock, person: Person, source: str) -> SignedIn:
    return _open(session, clock, person, source, by="password")


def _open(session: Session, clock: Clock, person: Person, source: str, *, by: str, strong: bool = False) -> SignedIn:
    enrolled = second_factor.has_second_factor(session, person.id)
    wanted = standing_of(session, person).needs_second_factor(clock.now_us()) or enrolled
    needs = "" if strong or not wanted else "code" if enrolled else "enrol"
    opened = sessions.open_session(session, clock, person.id, 2 if strong else 1)
    device = None if needs == "code" else sessions.remember_device(session, clock, person.id)
    actor = Actor(person.sign_in, "person", address=source)
    record(session, clock, actor, "sign_in:done", "person", person.id, by=by, needs=needs)
    return SignedIn(opened, device, needs)


def _rotate(session: Session, clock: Clock, person: Person, secret: str, source: str) -> SignedIn:
    sessions.close_session(session, secret)
    opened = sessions.open_session(session, clock, person.id, 2)
    device = sessions.remember_device(session, clock, person.id)
    actor = Actor(person.sign_in, "person", address=source)
    record(session, clock, actor, "sign_in:done", "person", person.id, by="second_factor", needs="")
    return SignedIn(opened, device, "")


def _refused(session: Session, clock: Clock, person: Person | None, source: str, by: str) -> None:
    """Record a refusal. What was typed as an unknown name is not kept: people type passwords there."""
    name = person.id if person is not None else "unknown"
    record(session, clock, replace(ANONYMOUS, address=source), "sign_in:refuse", "person", name, by=by)
