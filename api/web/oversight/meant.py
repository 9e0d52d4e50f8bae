"""What somebody means who looks for something in the log: codes in any case, names, case numbers."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.tables import FootageGrant, FootageRequest
from camera_registry.tables import Camera, Unit
from camera_registry.units import find_units
from ingest.index.tables import HoldOrder
from people.accounts import folded, person_named

_MOST = 400


def _is(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Tell whether a column says that, capitals or not; databases know small letters of ASCII only."""
    return sa.or_(col(column) == text, sa.func.lower(col(column)) == text.lower())


def camera_named(session: Session, text: str) -> str | None:
    """Return the code of the camera that is meant: as it was typed, else in other letters."""
    found = session.execute(sa.select(col(Camera.code)).where(_is(Camera.code, text))).scalars()
    codes = sorted(found)
    return text if text in codes else next(iter(codes), None)


def unit_named(session: Session, text: str) -> str | None:
    """Return the code of the unit that is meant by its code or its name; what names none is looked for as it is."""
    if not text:
        return None
    named = sa.select(col(Unit.code)).where(_is(Unit.code, text))
    code = next(iter(sorted(session.execute(named).scalars())), None)
    if code is None:
        code = next((unit.code for unit in find_units(session, text, 1)), None)
    return code or text


def ids_named(session: Session, text: str) -> tuple[str, ...]:
    """Return the ids of requests, grants and holds of a case, of units of a code, and of who signs in by a name."""
    requests = sa.select(col(FootageRequest.id)).where(_is(FootageRequest.case_number, text))
    questions = (
        requests.order_by(col(FootageRequest.id).desc()),
        sa.select(col(FootageGrant.id)).where(col(FootageGrant.request_id).in_(requests)),
        sa.select(col(HoldOrder.id)).where(_is(HoldOrder.case_number, text)),
        sa.select(sa.cast(col(Unit.id), sa.Text)).where(_is(Unit.code, text)),
    )
    found = [row for question in questions for row in session.execute(question.limit(_MOST)).scalars()]
    person = person_named(session, folded(text))
    return (*found, *([] if person is None else [person.id]))
