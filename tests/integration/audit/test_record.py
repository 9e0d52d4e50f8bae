"""A log that cannot be rewritten: whatever is done to its rows shows, and what is erased on purpose does not break it."""

import pytest
import sqlalchemy as sa
from sqlmodel import col

from audit.erasing import erase
from audit.keeping import latest, prove_consistency, prove_inclusion, verifiers
from audit.log import leaf_of
from audit.note import Signer
from audit.tables import AuditLeaf, AuditPlace
from audit.tree import leaf_hash, verify_consistency, verify_inclusion
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from tests.support.audit_log import SIGNER, Log, unguarded

TABLES = ("audit_event", "audit_leaf", "audit_place", "audit_checkpoint", "audit_key", "audit_stamp", "audit_erasure")


@pytest.fixture
def log(engine: sa.Engine, clock: ManualClock, actor: Actor) -> Log:
    return Log(engine, clock, actor)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete(log: Log, table: str, act: str) -> None:
    log.acts(2)
    log.checkpoint()
    with unit_of_work(log.engine) as session:
        erase(session, log.clock, log.actor, [1], "asked for")
    log.checkpoint()
    log.stamp()
    column = {"audit_place": "number", "audit_checkpoint": "size", "audit_key": "since_us"}.get(table, "at_us")

    def done() -> None:
        with unit_of_work(log.engine) as session:
            session.execute(sa.text(act.format(table, column, column)))

    with pytest.raises(sa.exc.DBAPIError, match=r"never changed|only erased"):
        done()
    assert log.proof().findings == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", TABLES)
def test_replacing_a_row_is_refused_too(log: Log, table: str) -> None:
    log.acts(2)
    log.checkpoint()
    with unit_of_work(log.engine) as session:
        erase(session, log.clock, log.actor, [1], "asked for")
    log.stamp()
    before = log.proof()

    def replaced() -> None:
        with unit_of_work(log.engine) as session:
            session.execute(sa.text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))

    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        replaced()
    assert log.proof() == before


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_emptying_a_table_at_once_is_refused_too(log: Log) -> None:
    log.acts(1)
    for table in TABLES:
        with pytest.raises(sa.exc.DBAPIError, match="never changed"), unit_of_work(log.engine) as session:
            session.execute(sa.text(f"TRUNCATE {table}"))
    assert log.proof().events == 1


def test_leaves_get_numbers_and_proofs_that_hold(log: Log) -> None:
    """Over more than two rows of the tree's hashes, grown in steps."""
    earlier = []
    for count in (1, 254, 1, 1, 343, 0, 100):
        log.acts(count)
        earlier.append(log.checkpoint())
    told = earlier[-1]
    assert [one.size for one in earlier] == [1, 255, 256, 257, 600, 600, 700]
    with unit_of_work(log.engine, writes=False) as session:
        leaves = session.execute(
            sa.select(AuditLeaf)
            .join(AuditPlace, col(AuditPlace.commitment) == col(AuditLeaf.commitment))
            .order_by(col(AuditPlace.number))
        ).scalars()
        for number, leaf in enumerate(leaves):
            hashed = leaf_hash(leaf_of(leaf.at_us, leaf.action, leaf.commitment))
            verify_inclusion(hashed, number, told.size, prove_inclusion(session, number, told.size), told.root)
        for before in earlier:
            path = prove_consistency(session, before.size, told.size)
            verify_consistency(before.size, before.root, told.size, told.root, path)
        assert latest(session) == SIGNER.sign(told)
    proof = log.proof(earlier[1])
    assert (proof.findings, proof.events, proof.size, proof.waiting, proof.checkpoints) == ([], 700, 700, 0, 6)


def test_an_event_waits_until_the_next_checkpoint(log: Log) -> None:
    log.acts(3)
    log.checkpoint()
    log.acts(2)
    proof = log.proof()
    assert (proof.findings, proof.size, proof.waiting) == ([], 3, 2)
    assert log.checkpoint().size == 5
    assert log.proof().waiting == 0


TAMPERED = {
    "content": (["UPDATE audit_event SET actor = 'nobody' WHERE id = 3"], "event 3 is not what it was"),
    "salt": (["UPDATE audit_event SET salt = commitment WHERE id = 3"], "event 3 is not what it was"),
    "removed": (["DELETE FROM audit_event WHERE id = 3"], "was removed and not erased"),
    "leaf": (["UPDATE audit_leaf SET action = 'camera:add'"], "the log was rewritten since"),
    "no leaf": (
        ["DELETE FROM audit_leaf WHERE commitment = (SELECT commitment FROM audit_event WHERE id = 3)"],
        "event 3 was added behind the log's back",
    ),
    "without a trace": (
        [
            "DELETE FROM audit_place WHERE commitment = (SELECT commitment FROM audit_event WHERE id = 3)",
            "DELETE FROM audit_leaf WHERE commitment = (SELECT commitment FROM audit_event WHERE id = 3)",
            "DELETE FROM audit_event WHERE id = 3",
        ],
        "leaves 2 to 2 are missing",
    ),
    "closed up": (
        [
            "DELETE FROM audit_leaf WHERE commitment = (SELECT commitment FROM audit_event WHERE id = 6)",
            "DELETE FROM audit_place WHERE commitment = (SELECT commitment FROM audit_event WHERE id = 6)",
            "DELETE FROM audit_event WHERE id = 6",
        ],
        "the tail of the log is missing",
    ),
    "moved": (
        [
            "UPDATE audit_place SET number = -1 WHERE number = 1",
            "UPDATE audit_place SET number = 1 WHERE number = 2",
            "UPDATE audit_place SET number = 2 WHERE number = -1",
        ],
        "the log was rewritten since",
    ),
    "waiting": (["DELETE FROM audit_pending"], "was taken out of those that wait"),
    "tile": (["UPDATE audit_tile SET hashes = salt FROM audit_event WHERE audit_event.id = 1"], "the stored hashes"),
    "checkpoint": (["UPDATE audit_checkpoint SET note = 'x'"], "this is no checkpoint"),
    "key": (["DELETE FROM audit_key"], "no key that is known here has signed"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_is_done_to_the_rows_shows(log: Log, how: str) -> None:
    statements, finding = TAMPERED[how]
    log.acts(6)
    log.checkpoint()
    log.acts(1)
    assert log.proof().findings == []
    log.tamper(*statements)
    assert finding in "; ".join(log.proof().findings)


def rewritten(log: Log) -> None:
    """Forget the last three events and all that was signed over them, and make a log that is good in itself."""
    with unguarded(log.engine) as session:
        late = "(SELECT commitment FROM audit_event WHERE id > 3)"
        for table in ("audit_place", "audit_leaf"):
            session.execute(sa.text(f"DELETE FROM {table} WHERE commitment IN {late}"))
        for statement in (
            "DELETE FROM audit_event WHERE id > 3",
            "DELETE FROM audit_tile",
            "DELETE FROM audit_checkpoint",
            (
                "INSERT INTO audit_pending (at_us, commitment) SELECT l.at_us, p.commitment FROM audit_place p "
                "JOIN audit_leaf l ON l.commitment = p.commitment"
            ),
            "DELETE FROM audit_place",
        ):
            session.execute(sa.text(statement))
    log.acts(3)
    log.checkpoint()


def test_a_tail_that_was_rewritten_shows_by_a_checkpoint_kept_elsewhere(log: Log) -> None:
    log.acts(6)
    kept = log.checkpoint()
    rewritten(log)
    assert log.proof().findings == []  # by itself it is good: that is what witnesses are for
    (finding,) = log.proof(kept).findings
    assert "not those of the checkpoint that was kept elsewhere" in finding
    with unit_of_work(log.engine, writes=False) as session:
        now = log.checkpoint()
        shown = prove_consistency(session, kept.size, now.size)
        with pytest.raises(Exception, match="different roots"):
            verify_consistency(kept.size, kept.root, now.size, now.root, shown)


def test_keys_change_and_what_was_signed_before_stays_good(log: Log) -> None:
    log.acts(2)
    before = log.checkpoint()
    log.acts(2)
    log.checkpoint(Signer("matpho/test", bytes(32)))
    assert log.proof(before).findings == []
    with unit_of_work(log.engine, writes=False) as session:
        assert len(verifiers(session)) == 2
