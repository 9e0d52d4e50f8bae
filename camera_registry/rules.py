"""What units decided about the use of footage: data, not code. docs/design/requests.md, docs/ref/rules.md.

A rule that a unit does not set is that of what it took over from, then of the unit above it, then that of everybody, then
the one written down in `rule_book`.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import Session, col

from audit.log import record
from camera_registry.revision import touch
from camera_registry.rule_book import Rules
from camera_registry.rule_inheritance import Inheritance, Said, Setting, Span
from camera_registry.rule_reasons import reason_of
from camera_registry.tables import Unit, UnitRules, UnitSuccession
from foundation.clock import Clock
from foundation.errors import N_, BadInput
from foundation.identity import Actor


class RulesUnusable(BadInput):
    code = "rules_unusable"
    message = N_("The rule “{name}” cannot be that: {why}{bound}")
    mend = N_("docs/ref/rules.md lists the rules, and what each may be")


def rules_for(session: Session, unit_id: int | None, at_us: int) -> Rules:
    """Return the rules that hold for a unit at `at_us`; None is for cameras that belong to no unit."""
    return Inheritance(_AskedBook(session, at_us), at_us).rules(unit_id)


def rules_of_units(session: Session, unit_ids: Iterable[int | None], at_us: int) -> dict[int | None, Rules]:
    """Return what `rules_for` would of each unit, with three questions however many they are."""
    inheritance = Inheritance(_read_book(session, at_us), at_us)
    return {unit_id: inheritance.rules(unit_id) for unit_id in set(unit_ids)}


def own_rules(session: Session, unit_id: int | None, at_us: int) -> dict[str, Any]:
    """Return what is set for exactly this unit (None: for everybody)."""
    return {name: setting.value for name, setting in _AskedBook(session, at_us).own(unit_id).items()}


def set_rules(
    session: Session, clock: Clock, actor: Actor, unit_id: int | None, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Change rules of a unit from now on; None takes a rule back, so that the one above holds. Raises `RulesUnusable`."""
    now = clock.now_us()
    fields = {**own_rules(session, unit_id, now), **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    unknown = next((name for name in changes if name not in Rules.model_fields), None)
    if unknown is not None:
        raise RulesUnusable(name=unknown[:60], why=N_("there is no such rule"), bound="")
    try:
        checked = Rules(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        why, bound = reason_of(first)
        raise RulesUnusable(name=str(first["loc"][0]), why=why, bound=f" {bound}" if bound else "") from error
    fields = {name: getattr(checked, name) for name in fields}
    session.add(UnitRules(unit_id=unit_id, valid_from_us=now, fields=json.dumps(fields), set_by=actor.name))
    session.flush()
    touch(session)  # the recorder reads the registry again: a rule may be about sound
    record(session, clock, actor, "rules:set", "unit", "" if unit_id is None else str(unit_id), **dict(changes))
    return fields


def _said(fields: str, valid_from_us: int, row_id: int) -> Said:
    return {name: Setting(value, (valid_from_us, row_id)) for name, value in json.loads(fields).items()}


class _AskedBook:
    """Asks the catalogue for each unit on the way: few, when the rules of one unit are wanted."""

    def __init__(self, session: Session, at_us: int) -> None:
        self._session, self._at_us = session, at_us

    def span(self, unit_id: int) -> Span | None:
        columns = (col(Unit.parent_id), col(Unit.valid_from_us), col(Unit.valid_to_us))
        row = self._session.execute(sa.select(*columns).where(col(Unit.id) == unit_id)).first()
        return None if row is None else Span(*row)

    def own(self, unit_id: int | None) -> Said:
        row = self._session.execute(
            sa.select(col(UnitRules.fields), col(UnitRules.valid_from_us), col(UnitRules.id))
            .where(
                col(UnitRules.unit_id).is_(None) if unit_id is None else col(UnitRules.unit_id) == unit_id,
                col(UnitRules.valid_from_us) <= self._at_us,
            )
            .order_by(col(UnitRules.valid_from_us).desc(), col(UnitRules.id).desc())
            .limit(1)
        ).first()
        return {} if row is None else _said(*row)

    def before(self, unit_id: int) -> Collection[int]:
        return self._linked(col(UnitSuccession.predecessor_id), col(UnitSuccession.successor_id) == unit_id)

    def after(self, unit_id: int) -> Collection[int]:
        return self._linked(col(UnitSuccession.successor_id), col(UnitSuccession.predecessor_id) == unit_id)

    def _linked(self, wanted: Any, where: sa.ColumnElement[bool]) -> Collection[int]:
        question = sa.select(wanted).where(where, col(UnitSuccession.at_us) <= self._at_us)
        return list(self._session.execute(question).scalars())


@dataclass(frozen=True)
class _ReadBook:
    """Everything that is known of units, for when the rules of many are wanted."""

    spans: Mapping[int, Span]
    owns: Mapping[int | None, Said]
    befores: Mapping[int, Collection[int]]
    afters: Mapping[int, Collection[int]]

    def span(self, unit_id: int) -> Span | None:
        return self.spans.get(unit_id)

    def own(self, unit_id: int | None) -> Said:
        return self.owns.get(unit_id, {})

    def before(self, unit_id: int) -> Collection[int]:
        return self.befores.get(unit_id, ())

    def after(self, unit_id: int) -> Collection[int]:
        return self.afters.get(unit_id, ())


def _read_book(session: Session, at_us: int) -> _ReadBook:
    units = sa.select(col(Unit.id), col(Unit.parent_id), col(Unit.valid_from_us), col(Unit.valid_to_us))
    newest_last = (
        sa.select(col(UnitRules.unit_id), col(UnitRules.fields), col(UnitRules.valid_from_us), col(UnitRules.id))
        .where(col(UnitRules.valid_from_us) <= at_us)
        .order_by(col(UnitRules.valid_from_us), col(UnitRules.id))
    )
    links = sa.select(col(UnitSuccession.predecessor_id), col(UnitSuccession.successor_id)).where(
        col(UnitSuccession.at_us) <= at_us
    )
    befores, afters = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for before, after in session.execute(links):
        befores[after].append(before)
        afters[before].append(after)
    spans = {unit_id: Span(*rest) for unit_id, *rest in session.execute(units)}
    newest = {unit_id: rest for unit_id, *rest in session.execute(newest_last)}
    return _ReadBook(spans, {unit_id: _said(*rest) for unit_id, rest in newest.items()}, befores, afters)
