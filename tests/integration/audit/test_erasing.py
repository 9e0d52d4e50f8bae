"""What is erased on purpose leaves every proof as it was, and what only looks erased shows."""

import json

import pytest
import sqlalchemy as sa
from sqlmodel import col

from audit.erasing import EventUnknown, erase
from audit.keeping import prove_consistency
from audit.log import ERASE, record
from audit.tables import AuditEvent
from audit.tree import verify_consistency
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from tests.support.audit_log import Log


@pytest.fixture
def log(engine: sa.Engine, clock: ManualClock, actor: Actor) -> Log:
    return Log(engine, clock, actor)


def test_erasing_leaves_every_proof_as_it_was(log: Log) -> None:
    log.acts(5)
    before = log.checkpoint()
    with unit_of_work(log.engine) as session:
        erase(session, log.clock, log.actor, [2, 4], "asked for under the law")
    proof = log.proof(before)
    assert (proof.findings, proof.events, proof.erased) == ([], 4, 2)
    after = log.checkpoint()
    with unit_of_work(log.engine, writes=False) as session:
        rows = session.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars().all()
        assert [row.id for row in rows][:3] == [1, 3, 5]
        told = json.loads(rows[-1].detail)
        assert (rows[-1].action, told["why"], len(told["commitments"])) == ("audit:erase", "asked for under the law", 2)
        proof_path = prove_consistency(session, before.size, after.size)
        verify_consistency(before.size, before.root, after.size, after.root, proof_path)
    with pytest.raises(EventUnknown, match="2"), unit_of_work(log.engine) as session:
        erase(session, log.clock, log.actor, [1, 2], "again")
    with pytest.raises(EventUnknown, match="6"), unit_of_work(log.engine) as session:
        erase(session, log.clock, log.actor, [6], "the erasing itself")
    assert log.proof().erased == 2


def test_the_number_of_an_event_is_never_given_again(log: Log) -> None:
    log.acts(3)
    with unit_of_work(log.engine) as session:
        erase(session, log.clock, log.actor, [3], "the newest")
    log.acts(1)
    with unit_of_work(log.engine, writes=False) as session:
        assert session.execute(sa.select(col(AuditEvent.id)).order_by(col(AuditEvent.id))).scalars().all() == [
            1,
            2,
            4,
            5,
        ]


FALSE_ERASURES = {
    "not yet used": ([], ["is false: no act of erasing in the log names it"]),
    "used": (
        ["DELETE FROM audit_event WHERE id = 2"],
        ["is false: no act of erasing in the log names it", "was removed under a false erasure"],
    ),
    "with an act that no leaf has": (
        [
            "DELETE FROM audit_event WHERE id = 2",
            (
                "INSERT INTO audit_event (at_us, actor, actor_kind, action, object_kind, object_id, detail, salt, commitment) "
                "SELECT 1, 'x', 'person', 'audit:erase', 'audit', 'log', '{}', salt, salt FROM audit_event WHERE id = 1"
            ),
        ],
        ["is false: no act of erasing", "is not what it was when it was recorded", "was removed under a false erasure"],
    ),
}


@pytest.mark.parametrize("how", FALSE_ERASURES)
def test_an_erasure_without_its_act_shows(log: Log, how: str) -> None:
    """The triggers allow it, the proof does not: what was erased stands in an event that cannot be erased."""
    statements, expected = FALSE_ERASURES[how]
    log.acts(3)
    log.checkpoint()
    with unit_of_work(log.engine) as session:
        session.execute(sa.text("INSERT INTO audit_erasure SELECT commitment, 1, 'x' FROM audit_event WHERE id = 2"))
        for statement in statements:
            session.execute(sa.text(statement))
    proof = log.proof()
    assert len(proof.findings) == len(expected)
    assert all(text in "; ".join(proof.findings) for text in expected)
    assert proof.erased == 0


@pytest.mark.parametrize(
    ("done", "finding"),
    [
        ("UPDATE audit_erasure SET why = 'another'", "is false: its act gives another ground"),
        ("DELETE FROM audit_erasure", "was removed and not erased"),
        (
            "DELETE FROM audit_pending WHERE commitment = (SELECT commitment FROM audit_leaf WHERE action = 'audit:erase')",
            "is false: no act of erasing in the log names it",
        ),
    ],
)
def test_an_erasure_is_held_to_its_act(log: Log, done: str, finding: str) -> None:
    log.acts(3)
    with unit_of_work(log.engine) as session:
        erase(session, log.clock, log.actor, [2], "asked for")
    assert (log.proof().findings, log.proof().erased) == ([], 1)
    log.tamper(done)
    assert finding in "; ".join(log.proof().findings)


def test_an_act_of_erasing_that_says_nothing_is_a_finding(log: Log) -> None:
    with unit_of_work(log.engine) as session:
        record(session, log.clock, log.actor, ERASE, "audit", "log", nothing=1)
    assert "does not say what it erased" in "; ".join(log.proof().findings)
