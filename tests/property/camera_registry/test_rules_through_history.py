"""Whatever units were merged, split and renamed: asked one by one or all at once, the rules are the same, and none is lost."""

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for, rules_of_units
from camera_registry.tables import Unit, UnitRules, UnitSuccession
from foundation.database import unit_of_work

LAST = 30
DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "sound_allowed": st.booleans(),
    "needs_sign": st.booleans(),
    "most_retention_days": st.sampled_from([0, 7, 30]),
    "most_cameras": st.integers(1, 4),
    "case_reuse": st.sampled_from(["free", "same_person", "once"]),
    "case_format": st.sampled_from(["A-9", "9-A", "AA"]),
}


@dataclass
class History:
    """Rows to be: units by their place in the list, from 1; 0 stands for everybody."""

    units: list[tuple[int | None, int, int | None]] = field(default_factory=list)
    handovers: list[tuple[int, int, int]] = field(default_factory=list)
    rules: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)

    def ids(self, session: Session) -> list[int | None]:
        """Put the rows in, and return what the units are called there; the first is None."""
        ids: list[int | None] = [None]
        for number, (parent, begins, ends) in enumerate(self.units, 1):
            unit = Unit(code=f"U{number}", name="", folded_name="", kind="khu", valid_from_us=begins, valid_to_us=ends)
            unit.parent_id = None if parent is None else ids[parent]
            session.add(unit)
            session.flush()
            ids.append(unit.id)
        for before, after, at_us in self.handovers:
            link: dict[str, Any] = {"predecessor_id": ids[before], "successor_id": ids[after]}
            session.add(UnitSuccession(**link, at_us=at_us, kind="merger"))
        for number, at_us, fields in self.rules:
            session.add(UnitRules(unit_id=ids[number], valid_from_us=at_us, fields=json.dumps(fields), set_by="x"))
            session.flush()
        return ids


@st.composite
def histories(draw: st.DrawFn) -> History:
    history = History()
    for number in range(1, draw(st.integers(1, 7)) + 1):
        parent = draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
        begins = draw(st.integers(0, LAST))
        history.units.append((parent, begins, draw(st.none() | st.integers(begins + 1, LAST + 2))))
        ended = [one for one, (_, _, ends) in enumerate(history.units, 1) if ends == begins]
        before = draw(st.lists(st.sampled_from(ended), unique=True)) if ended else []
        history.handovers += [(one, number, begins) for one in before]
    said = st.fixed_dictionaries({}, optional=DRAWN)
    where = st.integers(0, len(history.units))
    history.rules = draw(st.lists(st.tuples(where, st.integers(0, LAST), said), max_size=8))
    return history


def told(engine: sa.Engine, history: History, at_us: int) -> list[Rules]:
    """Return the rules of everybody and of each unit, asked in both ways."""
    with unit_of_work(engine) as session:
        ids = history.ids(session)
        together = rules_of_units(session, ids, at_us)
        assert together == {one: rules_for(session, one, at_us) for one in ids}
        session.rollback()
        return [together[one] for one in ids]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.integers(0, LAST))
def test_rules_of_many_units_are_those_of_each(engine: sa.Engine, history: History, at_us: int) -> None:
    told(engine, history, at_us)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.integers(0, LAST - 1))
def test_a_renaming_changes_no_rule(engine: sa.Engine, history: History, at_us: int) -> None:
    """Every unit that is valid for a while is renamed, and its parent with it; nobody's rules become others."""
    before = told(engine, history, at_us)
    count = len(history.units)
    valid = [
        number
        for number, (_, begins, ends) in enumerate(history.units, 1)
        if begins < at_us and (ends is None or at_us < ends)
    ]
    for number in valid:
        parent, begins, _ = history.units[number - 1]
        history.units[number - 1] = (parent, begins, at_us)
        history.units.append((parent, at_us, None))
        history.handovers.append((number, len(history.units), at_us))
    after = told(engine, history, at_us)
    assert after[: count + 1] == before
    assert after[count + 1 :] == [before[number] for number in valid]
