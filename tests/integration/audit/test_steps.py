"""Leaves get their numbers once, whoever commits late, signs at the same time, or dies over it."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from audit.keeping import checkpoint, size_of
from audit.log import record
from audit.note import Checkpoint, Signer, read_checkpoint
from audit.tables import AuditCheckpoint, AuditLeaf, AuditPending, AuditPlace
from foundation.clock import ManualClock, SystemClock
from foundation.database import create_engine, unit_of_work
from foundation.identity import Actor
from tests.support.audit_log import SIGNER, Log
from tests.support.nursery import nursery


@pytest.fixture
def log(engine: sa.Engine, clock: ManualClock, actor: Actor) -> Log:
    return Log(engine, clock, actor)


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


class _Killed(Signer):
    """Dies as by a power cut when it is to sign the second step: its leaves have their numbers, and nothing is committed."""

    def sign(self, checkpoint: Checkpoint) -> str:
        if checkpoint.size > 10:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().sign(checkpoint)


def _sign_in_steps(url: str) -> None:
    checkpoint(create_engine(url), SystemClock(), _Killed("matpho/test", bytes(range(32))), step=10)


def test_who_is_killed_in_a_step_leaves_a_log_that_is_signed_to_its_end(log: Log, tmp_path: Path) -> None:
    log.acts(25)
    with nursery(tmp_path / "log", "audit.keeping") as forks:
        url = log.engine.url.render_as_string(hide_password=False)
        assert forks.start(_sign_in_steps, url).end() == -signal.SIGKILL
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
