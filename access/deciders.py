"""Whether there is anybody who may decide about a request: whoever asked does not, and roles end."""

import sqlalchemy as sa
from sqlmodel import Session, col

from access.tables import FootageRequest
from people.judging import Where, may
from people.rights import Right, roles_with
from people.roles import standing_of, units_of
from people.tables import Person, RoleTerm


def somebody_decides(session: Session, request: FootageRequest, now_us: int) -> bool:
    """Tell whether a running role of somebody else, whose account is open, reaches the unit of the request."""
    question = (
        sa.select(Person)
        .join(RoleTerm, col(RoleTerm.person_id) == col(Person.id))
        .where(
            col(RoleTerm.role).in_([str(role) for role in roles_with(Right.REQUEST_DECIDE)]),
            col(RoleTerm.from_us) <= now_us,
            sa.or_(col(RoleTerm.to_us).is_(None), col(RoleTerm.to_us) > now_us),
            col(Person.id) != request.person_id,
            col(Person.disabled_us).is_(None),
        )
        .distinct()
    )
    units = units_of(session)
    place: Where = "everywhere" if request.unit_id is None else request.unit_id
    people = session.execute(question).scalars()
    return any(may(standing_of(session, one), Right.REQUEST_DECIDE, place, units, now_us).allowed for one in people)
