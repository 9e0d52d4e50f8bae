"""What a change of units will do, read back in words before it is done: nobody can take it back afterwards.

The page knows nothing of mergers: it shows a `Preview`, and sends the same form again, confirmed or to be changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session, col

from api.web.administration.unit_tree import KIND_TEXT
from api.web.frame.shell import show
from camera_registry.tables import Camera, CameraUnit, Unit
from people.tables import Person, RoleTerm


@dataclass(frozen=True)
class Side:
    """A unit before or after: `cameras` are those of exactly this unit, without retired ones."""

    code: str
    name: str
    kind: str
    cameras: int

    @property
    def kind_text(self) -> str:
        return KIND_TEXT.get(self.kind, self.kind)


@dataclass(frozen=True)
class Preview:
    """`at_us` is None for now; `follows` are texts of the catalogue; `people` who has a role in what is before, by name.

    `fields` are those of the form, to be sent once more.
    """

    title: str
    verb: str
    at_us: int | None
    before: Sequence[Side]
    after: Sequence[Side]
    follows: Sequence[str]
    people: Sequence[tuple[str, str]]
    action: str
    fields: Sequence[tuple[str, str]]


def show_preview(request: Request, preview: Preview) -> Response:
    return show(request, "unit_confirm.html", wide=True, preview=preview)


def side_of(session: Session, unit: Unit, at_us: int) -> Side:
    """Return a unit as it is at `at_us`, with how many cameras it has then."""
    question = (
        sa.select(sa.func.count())
        .select_from(CameraUnit)
        .join(Camera, col(Camera.id) == col(CameraUnit.camera_id))
        .where(
            col(CameraUnit.unit_id) == unit.id,
            col(Camera.status) != "retired",
            col(CameraUnit.valid_from_us) <= at_us,
            sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > at_us),
        )
    )
    return Side(unit.code, unit.name, unit.kind, session.execute(question).scalar_one())


def people_of(session: Session, units: Sequence[Unit], at_us: int) -> list[tuple[str, str]]:
    """Return name to sign in with and full name of who has a role for one of the units at `at_us`."""
    question = (
        sa.select(col(Person.sign_in), col(Person.full_name))
        .join(RoleTerm, col(RoleTerm.person_id) == col(Person.id))
        .where(
            col(RoleTerm.unit_id).in_([unit.id for unit in units]),
            col(RoleTerm.from_us) <= at_us,
            sa.or_(col(RoleTerm.to_us).is_(None), col(RoleTerm.to_us) > at_us),
            col(Person.disabled_us).is_(None),
        )
        .distinct()
        .order_by(col(Person.sign_in))
    )
    return [(name, full or name) for name, full in session.execute(question)]
