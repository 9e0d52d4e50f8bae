"""A log that cannot be rewritten: whatever is done to its rows shows, and what is erased on purpose does not break it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from audit.erasing import EventUnknown, erase
from audit.findings import Proof
from audit.keeping import checkpoint, latest, prove_consistency, prove_inclusion, size_of, verifiers
from audit.log import ERASE, leaf_of, record
from audit.note import Checkpoint, Signer, read_checkpoint
from audit.tables import AuditCheckpoint, AuditEvent, AuditLeaf, AuditPending, AuditPlace, AuditStamp
from audit.tree import leaf_hash, verify_consistency, verify_inclusion
from audit.verify import verify
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor

SIGNER = Signer("matpho/test", bytes(range(32)))
TABLES = ("audit_event", "audit_leaf", "audit_place", "audit_checkpoint", "audit_key", "audit_stamp", "audit_erasure")


class Log:
    def __init__(self, engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
        self.engine, self.clock, self.actor = engine, clock, actor

    def acts(self, count: int) -> None:
        with unit_of_work(self.engine) as session:
            for number in range(count):
                self.clock.advance(1_000)
                record(session, self.clock, self.actor, "camera:edit", "camera", f"C{number}", fields=["name"])

    def checkpoint(self, signer: Signer = SIGNER) -> Checkpoint:
        return read_checkpoint(checkpoint(self.engine, self.clock, signer), [signer.verifier])

    def stamp(self) -> None:
        with unit_of_work(self.engine) as session:
            session.add(AuditStamp(size=size_of(session), authority="http://127.0.0.1/", at_us=1, stamp=b"x"))

    def proof(self, against: Checkpoint | None = None) -> Proof:
        with unit_of_work(self.engine, writes=False) as session:
            return verify(session, verifiers(session), against)

    def tamper(self, *statements: str) -> None:
        """Do what somebody does who may do everything in the database."""
        with unguarded(self.engine) as session:
            for statement in statements:
                session.execute(sa.text(statement))


@contextmanager
def unguarded(engine: sa.Engine) -> Iterator[Session]:
    with unit_of_work(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))  # triggers rest
        else:
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
            for name in session.execute(sa.text(triggers)).scalars().all():
                session.execute(sa.text(f"DROP TRIGGER {name}"))
        yield session


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


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_commits_later_is_numbered_later(log: Log) -> None:
    with unit_of_work(log.engine) as slow:
        record(slow, log.clock, log.actor, "camera:add", "camera", "slow")
        slow.flush()
        log.acts(2)
        assert log.checkpoint().size == 2
    assert log.checkpoint().size == 3
    assert log.proof().findings == []


def test_a_checkpoint_that_is_not_committed_leaves_nothing(log: Log) -> None:
    log.acts(300)

    class Dying(Signer):
        def sign(self, told: Checkpoint) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkpoint(log.engine, log.clock, Dying("matpho/test", bytes(32)))
    with unit_of_work(log.engine, writes=False) as session:
        assert size_of(session) == 0
        assert session.execute(sa.select(sa.func.count()).select_from(AuditPending)).scalar_one() == 300
    assert log.checkpoint().size == 300
    assert log.proof().findings == []


def test_much_that_waits_is_numbered_in_steps_the_oldest_first(log: Log) -> None:
    log.acts(25)
    told = read_checkpoint(checkpoint(log.engine, log.clock, SIGNER, step=10), [SIGNER.verifier])
    assert told.size == 25
    with unit_of_work(log.engine, writes=False) as session:
        sizes = session.execute(sa.select(col(AuditCheckpoint.size)).order_by(col(AuditCheckpoint.size))).scalars()
        assert list(sizes) == [10, 20, 25]
        times = session.execute(
            sa.select(col(AuditLeaf.at_us))
            .join(AuditPlace, col(AuditPlace.commitment) == col(AuditLeaf.commitment))
            .order_by(col(AuditPlace.number))
        ).scalars()
        assert (found := list(times)) == sorted(found)
    assert (log.proof().findings, log.proof().waiting) == ([], 0)
    assert checkpoint(log.engine, log.clock, SIGNER, step=10) == SIGNER.sign(told)


def test_who_is_killed_between_steps_leaves_a_log_that_is_signed_to_its_end(log: Log) -> None:
    """A second step that fails, as the first statement of it would when the process dies there."""
    log.acts(25)

    class Dying(Signer):
        def sign(self, told: Checkpoint) -> str:
            if told.size > 10:
                raise KeyboardInterrupt
            return super().sign(told)

    with pytest.raises(KeyboardInterrupt):
        checkpoint(log.engine, log.clock, Dying("matpho/test", bytes(range(32))), step=10)
    proof = log.proof()
    assert (proof.findings, proof.size, proof.checkpoints, proof.waiting) == ([], 10, 1, 15)
    kept = log.checkpoint()
    assert (kept.size, log.proof(kept).findings) == (25, [])


def test_keepers_at_once_number_every_leaf_once(log: Log) -> None:
    log.acts(200)
    notes: list[str] = []

    def keep() -> None:
        notes.append(checkpoint(log.engine, log.clock, SIGNER, step=7))

    threads = [threading.Thread(target=keep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [read_checkpoint(note, [SIGNER.verifier]).size for note in notes] == [200, 200, 200]
    proof = log.proof()
    assert (proof.findings, proof.size, proof.waiting) == ([], 200, 0)


def test_many_who_act_and_many_who_sign_make_one_log(log: Log) -> None:
    failures: list[BaseException] = []

    def often(act: Callable[[], object]) -> None:
        try:
            for _ in range(12):
                act()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    works = [lambda: log.acts(3)] * 3 + [log.checkpoint] * 3
    threads = [threading.Thread(target=often, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert log.checkpoint().size == 3 * 12 * 3
    assert log.proof().findings == []


def test_keys_change_and_what_was_signed_before_stays_good(log: Log) -> None:
    log.acts(2)
    before = log.checkpoint()
    log.acts(2)
    log.checkpoint(Signer("matpho/test", bytes(32)))
    assert log.proof(before).findings == []
    with unit_of_work(log.engine, writes=False) as session:
        assert len(verifiers(session)) == 2
