"""An event is stored exactly when its act is, and every action that is recorded is documented."""

import re

import pytest
import sqlalchemy as sa

from access.states import Step
from audit.log import record
from audit.tables import AuditEvent
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from tests.support.catalogue import sources
from tests.support.command_line import ROOT

_CALLS = re.compile(r"\brecord\(\s*[\w.]*session,\s*[\w.]+,\s*[\w.()]+,\s*\"([a-z_]+:[a-z_]+)\"")


def test_it_is_stored_with_the_act(engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
    with unit_of_work(engine) as session:
        record(session, clock, actor, "camera:add", "camera", "C1", name="Ngõ 12", at=1)
    with unit_of_work(engine, writes=False) as session:
        event = session.execute(sa.select(AuditEvent)).scalar_one()
        assert (event.at_us, event.actor, event.actor_kind) == (clock.now_us(), actor.name, "person")
        assert event.detail == '{"at":1,"name":"Ngõ 12"}'


def test_it_is_undone_with_the_act(engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
    def undone() -> None:
        with unit_of_work(engine) as session:
            record(session, clock, actor, "camera:add", "camera", "C1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    with unit_of_work(engine, writes=False) as session:
        assert session.execute(sa.select(sa.func.count()).select_from(AuditEvent)).scalar_one() == 0


def test_the_reference_lists_every_action() -> None:
    recorded = {action for path in sources() for action in _CALLS.findall(path.read_text())}
    recorded |= {f"request:{verb}" for verb in (*Step, "draft", "review")}  # `access.stepping.tell` records these
    page = (ROOT / "docs" / "ref" / "audit-events.md").read_text()
    assert len(recorded) >= 8
    assert set(re.findall(r"^\| `([a-z_]+:[a-z_]+)`", page, re.MULTILINE)) == recorded
