"""Roles of people, with their terms, as they are stored; and from them what the pure core judges by."""

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.revision import revision
from camera_registry.tables import Unit, UnitSuccession
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Conflict, Forbidden, NotFound
from foundation.identity import Actor, new_id
from foundation.timebase import ToldInstant
from people.judging import Standing, Term, clash
from people.rights import ROLE_TEXT, Role
from people.scope import Handover, Units, UnitSpan
from people.tables import Person, RoleTerm


class RolesMustNotMeet(Conflict):
    code = "roles_must_not_meet"
    message = N_("One person cannot be {role} and {other} on the same day")
    mend = N_("End the other role first, or give this one to somebody else")


class OwnRole(Forbidden):
    code = "own_role"
    message = N_("Nobody gives a role to themselves")
    mend = N_("Another administrator gives it, or whoever runs the machine: `matpho users roles`")


class TermEmpty(BadInput):
    code = "term_empty"
    message = N_("The term ends at {end}, before it begins")


class TermPast(BadInput):
    code = "term_past"
    message = N_("{at} is in the past: nobody is given a role for a time that is over")
    mend = N_("Give a day from today on; leave the first day out for a role from now on")


class RoleHeld(Conflict):
    code = "role_held"
    message = N_("This person is {role} there already, from {begin} on")
    mend = N_("End that one first, or let this one begin when it is over: a role that stands twice is ended only half")


class RoleTermUnknown(NotFound):
    code = "role_term_unknown"
    message = N_("There is no role “{name}”")
    mend = N_("`matpho users roles NAME` shows the roles of a person with their ids")


_TODAY_US = 86_400_000_000
"""A role may begin with the day of today, whatever its zone."""


@dataclass(frozen=True)
class RoleTold:
    """A stored role; `unit` is the code that its unit bore."""

    id: str
    term: Term
    unit: str | None
    given_by: str


def give_role(
    session: Session,
    clock: Clock,
    actor: Actor,
    person: Person,
    role: Role,
    unit_id: int | None,
    *,
    from_us: int | None = None,
    to_us: int | None = None,
) -> RoleTerm:
    """Give a role for a unit and all within it, or everywhere (None).

    Raises `OwnRole`, `TermPast`, `TermEmpty`, `RolesMustNotMeet`, `RoleHeld`.
    """
    if actor.kind == "person" and actor.name == person.sign_in:
        raise OwnRole
    now_us = clock.now_us()
    begins = now_us if from_us is None else from_us
    if begins < now_us - _TODAY_US:
        raise TermPast(at=ToldInstant(begins))
    if to_us is not None and to_us <= max(begins, now_us):
        raise TermEmpty(end=ToldInstant(to_us))
    # The person's row is locked, so that of two roles that must not meet only one is given at the same moment.
    session.execute(sa.select(col(Person.id)).where(col(Person.id) == person.id).with_for_update())
    new = Term(role, unit_id, begins, to_us)
    held, still = standing_of(session, person).terms, replace(new, from_us=max(begins, now_us))
    twice = next((one for one in held if (one.role, one.unit_id) == (role, unit_id) and one.meets(still)), None)
    if twice is not None:
        raise RoleHeld(role=ROLE_TEXT[role], begin=ToldInstant(twice.from_us))
    other = clash(held, new)
    if other is not None:
        raise RolesMustNotMeet(role=ROLE_TEXT[role], other=ROLE_TEXT[other.role])
    stored = RoleTerm(
        id=new_id(),
        person_id=person.id,
        role=str(role),
        unit_id=unit_id,
        from_us=begins,
        to_us=to_us,
        given_us=clock.now_us(),
        given_by=actor.name,
    )
    session.add(stored)
    session.flush()
    detail = {"role": str(role), "unit_id": unit_id, "from_us": begins, "to_us": to_us}
    record(session, clock, actor, "role:give", "person", person.id, term=stored.id, **detail)
    return stored


def end_role(session: Session, clock: Clock, actor: Actor, person: Person, term_id: str) -> None:
    """End a role now; one that has not begun never does. Raises `RoleTermUnknown`."""
    stored = session.get(RoleTerm, term_id)
    if stored is None or stored.person_id != person.id:
        raise RoleTermUnknown(what=N_("role"), name=term_id[:40])
    now_us = clock.now_us()
    if stored.to_us is None or stored.to_us > now_us:
        stored.to_us = max(now_us, stored.from_us)
        session.add(stored)
        session.flush()
        record(session, clock, actor, "role:end", "person", person.id, term=term_id, role=stored.role)


def roles_of(session: Session, person: Person) -> list[RoleTold]:
    """Return every role the person has or had or will have, by begin."""
    rows = session.execute(_TOLD.where(col(RoleTerm.person_id) == person.id))
    return [RoleTold(row.id, _term(row), code, row.given_by) for row, code in rows]


def roles_of_all(session: Session) -> dict[str, list[RoleTold]]:
    """Return the same of everybody, by the id of the person."""
    found: dict[str, list[RoleTold]] = {}
    for row, code in session.execute(_TOLD):
        found.setdefault(row.person_id, []).append(RoleTold(row.id, _term(row), code, row.given_by))
    return found


_TOLD = (
    sa.select(RoleTerm, col(Unit.code))
    .join(Unit, col(Unit.id) == col(RoleTerm.unit_id), isouter=True)
    .order_by(col(RoleTerm.from_us), col(RoleTerm.id))
)


_OF_PERSON = sa.select(RoleTerm).where(col(RoleTerm.person_id) == sa.bindparam("person_id"))


def standing_of(session: Session, person: Person) -> Standing:
    rows = session.execute(_OF_PERSON, {"person_id": person.id}).scalars()
    return Standing(person.id, person.sign_in, tuple(_term(row) for row in rows), person.disabled_us is not None)


def _term(row: RoleTerm) -> Term:
    return Term(Role(row.role), row.unit_id, row.from_us, row.to_us)


_KNOWN: WeakKeyDictionary[sa.Engine, tuple[int, Units]] = WeakKeyDictionary()


def units_of(session: Session) -> Units:
    """Return all units there ever were; kept per catalogue until the registry changes."""
    connection = session.connection()
    at = revision(session)
    known = _KNOWN.get(connection.engine)
    if known is not None and known[0] == at:
        return known[1]
    rows = session.execute(
        sa.select(col(Unit.id), col(Unit.parent_id), col(Unit.valid_from_us), col(Unit.valid_to_us), col(Unit.code))
    ).all()
    steps = session.execute(
        sa.select(col(UnitSuccession.predecessor_id), col(UnitSuccession.successor_id), col(UnitSuccession.at_us))
    ).all()
    found = Units((UnitSpan(*row) for row in rows), (Handover(*row) for row in steps))
    if not connection.get_execution_options().get("matpho_writes"):
        _KNOWN[connection.engine] = (at, found)  # what a unit of work that writes has seen may still be undone
    return found
