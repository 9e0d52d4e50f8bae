"""Tokens of programs: they act for a person, within their own scopes and within what the person may at that moment."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from foundation.clock import Clock
from foundation.errors import N_, BadInput, NotFound
from foundation.identity import Actor, new_id
from foundation.timebase import MICROSECONDS
from people.judging import Standing
from people.links import PersonDisabled
from people.rights import Right
from people.roles import standing_of
from people.secrets import hashed, new_secret
from people.tables import ApiToken, Person

PREFIX = "matpho_"
LONGEST_DAYS = 366
_DAY_US = 86_400 * MICROSECONDS
# Asked at every request: putting the question together takes longer than the answer, so it is done once.
_BY_HASH = (
    sa.select(ApiToken, Person)
    .join(Person, col(Person.id) == col(ApiToken.person_id))
    .where(col(ApiToken.token_hash) == sa.bindparam("hash"))
)


class ScopeUnknown(BadInput):
    code = "scope_unknown"
    message = N_("“{scope}” is not a right")
    mend = N_("The rights are {known}")


class TokenWithoutScope(BadInput):
    code = "token_without_scope"
    message = N_("A token needs at least one scope and lasts from 1 to {days} days")


class TokenUnknown(NotFound):
    code = "token_unknown"
    message = N_("There is no token “{name}”")


@dataclass(frozen=True)
class TokenMade:
    """`secret` is told once, and never again."""

    id: str
    secret: str
    expires_us: int


def rights_named(scopes: Iterable[str]) -> frozenset[Right]:
    """Raises `ScopeUnknown`."""
    found = set()
    for scope in scopes:
        if scope not in frozenset(Right):
            raise ScopeUnknown(scope=scope[:40], known=", ".join(Right))
        found.add(Right(scope))
    return frozenset(found)


def make_token(
    session: Session, clock: Clock, actor: Actor, person: Person, label: str, scopes: frozenset[Right], days: int
) -> TokenMade:
    """Raises `TokenWithoutScope`, `PersonDisabled`."""
    if not scopes or not 1 <= days <= LONGEST_DAYS:
        raise TokenWithoutScope(days=LONGEST_DAYS)
    if person.disabled_us is not None:
        raise PersonDisabled(name=person.sign_in)
    made = TokenMade(new_id(), new_secret(PREFIX), clock.now_us() + days * _DAY_US)
    session.add(
        ApiToken(
            id=made.id,
            token_hash=hashed(made.secret),
            person_id=person.id,
            label=label,
            scopes=" ".join(sorted(scopes)),
            created_us=clock.now_us(),
            expires_us=made.expires_us,
        )
    )
    session.flush()
    detail = {"token": made.id, "scopes": sorted(scopes), "expires_us": made.expires_us}
    record(session, clock, actor, "token:make", "person", person.id, **detail)
    return made


def revoke_token(session: Session, clock: Clock, actor: Actor, person: Person, token_id: str) -> None:
    """Raises `TokenUnknown`."""
    found = session.get(ApiToken, token_id)
    if found is None or found.person_id != person.id:
        raise TokenUnknown(what=N_("token"), name=token_id[:40])
    if found.revoked_us is None:
        found.revoked_us = clock.now_us()
        session.add(found)
        session.flush()
        record(session, clock, actor, "token:revoke", "person", person.id, token=token_id)


def tokens_of(session: Session, person: Person) -> list[ApiToken]:
    question = sa.select(ApiToken).where(col(ApiToken.person_id) == person.id).order_by(col(ApiToken.id))
    return list(session.execute(question).scalars())


def standing_by_token(session: Session, clock: Clock, secret: str) -> Standing | None:
    """Return who speaks with this token, None when it opens nothing."""
    row = session.execute(_BY_HASH, {"hash": hashed(secret)}).first()
    if row is None or row[1].disabled_us is not None:
        return None
    token, person = row
    if token.revoked_us is not None or token.expires_us <= clock.now_us():
        return None
    scopes = token.scopes.split()
    limits = frozenset(right for right in Right if right in scopes)
    return replace(standing_of(session, person), limited_to=limits)
