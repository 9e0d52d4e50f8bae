"""Closing accounts and ending roles so that somebody is left who may manage people: what a page must not let one do to oneself."""

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.clock import Clock
from foundation.errors import N_, Conflict
from foundation.identity import Actor
from people import accounts, roles
from people.rights import Right, roles_with
from people.tables import Person, RoleTerm


class OwnAccount(Conflict):
    code = "own_account"
    message = N_("Nobody closes the account that they are signed in with")
    mend = N_("Ask another administrator to close it")


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = N_("{name} is the last one who may make accounts and give roles everywhere")
    mend = N_("Make somebody else an administrator everywhere first")


def close(session: Session, clock: Clock, actor: Actor, person: Person) -> None:
    """Close an account. Raises `OwnAccount`, `LastAdministrator`."""
    if actor.kind == "person" and actor.name == person.sign_in:
        raise OwnAccount
    _leave_one(session, clock, person)
    accounts.disable(session, clock, actor, person)


def end_role(session: Session, clock: Clock, actor: Actor, person: Person, term_id: str) -> None:
    """End a role now. Raises `LastAdministrator`, `RoleTermUnknown`."""
    _leave_one(session, clock, person, term_id)
    roles.end_role(session, clock, actor, person, term_id)


def _leave_one(session: Session, clock: Clock, person: Person, term_id: str | None = None) -> None:
    """Refuse what would leave nobody; the rows are locked, so that of two who close each other only one does."""
    now = clock.now_us()
    rows = session.execute(
        sa.select(RoleTerm)
        .join(Person, col(Person.id) == col(RoleTerm.person_id))
        .where(
            col(RoleTerm.role).in_([str(role) for role in roles_with(Right.PEOPLE_MANAGE)]),
            col(RoleTerm.unit_id).is_(None),
            col(RoleTerm.from_us) <= now,
            sa.or_(col(RoleTerm.to_us).is_(None), col(RoleTerm.to_us) > now),
            col(Person.disabled_us).is_(None),
        )
        .order_by(col(RoleTerm.id))
        .with_for_update()
    ).scalars()
    running = list(rows)
    ending = [term for term in running if term.person_id == person.id and term_id in {None, term.id}]
    if ending and len(ending) == len(running):
        raise LastAdministrator(name=person.sign_in)
