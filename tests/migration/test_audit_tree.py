"""Schema 0002 with events in it becomes a log that proves, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from audit.keeping import checkpoint, verifiers
from audit.note import Signer
from audit.tables import AuditEvent
from audit.verify import verify
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from migrations.runner import is_current, upgrade
from tests.support.databases import older_catalogue

COUNT = 2_345
_INSERT = sa.text(
    "INSERT INTO audit_event (at_us, actor, actor_kind, action, object_kind, object_id, detail) "
    "VALUES (:at, 'Nguyễn Thị Đào', 'person', 'camera:add', 'camera', :code, :detail)"
)


@pytest.fixture
def of_before(engine: sa.Engine, data_dir: Path) -> Iterator[sa.Engine]:
    """A catalogue of schema 0002 with events in it."""
    rows = [{"at": number, "code": f"C{number}", "detail": f'{{"fields":["{number}"]}}'} for number in range(COUNT)]
    with older_catalogue(engine, data_dir, "0002") as older:
        with unit_of_work(older) as session:
            session.connection().execute(_INSERT, rows)
        yield older


def test_events_of_before_are_committed_to(of_before: sa.Engine, clock: ManualClock) -> None:
    assert not is_current(of_before)
    upgrade(of_before)
    assert is_current(of_before)
    with unit_of_work(of_before, writes=False) as session:
        waiting = verify(session, [])
        assert (waiting.findings, waiting.events, waiting.waiting) == ([], COUNT, COUNT)
    checkpoint(of_before, clock, Signer("matpho/test", bytes(32)))
    with unit_of_work(of_before, writes=False) as session:
        proof = verify(session, verifiers(session))
        assert (proof.findings, proof.events, proof.size) == ([], COUNT, COUNT)
        kept = session.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id)).limit(1).offset(7)).scalar_one()
        assert (kept.object_id, kept.detail, kept.role) == ("C7", '{"fields":["7"]}', None)
