"""What units decided about the use of footage: data, not code. docs/design/requests.md, docs/ref/rules.md.

A rule that a unit does not set is that of the unit above it, then that of everybody, then the one written here.
"""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import Session, col

from audit.log import record
from camera_registry.revision import touch
from camera_registry.rule_book import Rules
from camera_registry.tables import Unit, UnitRules
from foundation.clock import Clock
from foundation.errors import N_, BadInput
from foundation.identity import Actor


class RulesUnusable(BadInput):
    code = "rules_unusable"
    message = N_("The rule “{name}” cannot be that: {why}")
    mend = N_("docs/ref/rules.md lists the rules, and what each may be")


def rules_for(session: Session, unit_id: int | None, at_us: int) -> Rules:
    """Return the rules that hold for a unit at `at_us`; None is for cameras that belong to no unit."""
    found: dict[str, Any] = {}
    for place in [None, *reversed(_upwards(session, unit_id))]:
        found |= own_rules(session, place, at_us)
    return Rules(**found)


def own_rules(session: Session, unit_id: int | None, at_us: int) -> dict[str, Any]:
    """Return what is set for exactly this unit (None: for everybody)."""
    question = (
        sa.select(col(UnitRules.fields))
        .where(
            col(UnitRules.unit_id).is_(None) if unit_id is None else col(UnitRules.unit_id) == unit_id,
            col(UnitRules.valid_from_us) <= at_us,
        )
        .order_by(col(UnitRules.valid_from_us).desc(), col(UnitRules.id).desc())
        .limit(1)
    )
    row = session.execute(question).scalar()
    found = {} if row is None else json.loads(row)
    assert isinstance(found, dict)
    return found


def set_rules(
    session: Session, clock: Clock, actor: Actor, unit_id: int | None, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Change rules of a unit from now on; None takes a rule back, so that the one above holds. Raises `RulesUnusable`."""
    now = clock.now_us()
    fields = {**own_rules(session, unit_id, now), **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    unknown = next((name for name in changes if name not in Rules.model_fields), None)
    if unknown is not None:
        raise RulesUnusable(name=unknown[:60], why="there is no such rule")
    try:
        checked = Rules(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise RulesUnusable(name=str(first["loc"][0]), why=first["msg"]) from error
    fields = {name: getattr(checked, name) for name in fields}
    session.add(UnitRules(unit_id=unit_id, valid_from_us=now, fields=json.dumps(fields), set_by=actor.name))
    session.flush()
    touch(session)  # the recorder reads the registry again: a rule may be about sound
    record(session, clock, actor, "rules:set", "unit", "" if unit_id is None else str(unit_id), **dict(changes))
    return fields


def _upwards(session: Session, unit_id: int | None) -> list[int]:
    """Return a unit and all above it, nearest first."""
    found: list[int] = []
    while unit_id is not None and unit_id not in found:
        found.append(unit_id)
        unit_id = session.execute(sa.select(col(Unit.parent_id)).where(col(Unit.id) == unit_id)).scalar()
    return found
