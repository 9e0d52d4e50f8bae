"""A hold of before there were orders holds on, and belongs to none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from ingest.index.holds import held
from ingest.index.tables import Hold
from migrations.runner import is_current, upgrade
from tests.support.databases import older_catalogue

_CAMERA = (
    "INSERT INTO camera (id, code, name, folded, status, registered_us, revision) "
    "VALUES (1, 'C1', 'C1', 'c1', 'active', 0, 1)"
)
_HOLD = (
    "INSERT INTO hold (id, camera_id, start_us, end_us, created_us, created_by, why) VALUES ('H1', 1, 5, 9, 0, 'x', '')"
)


@pytest.fixture
def of_before(engine: sa.Engine, data_dir: Path) -> Iterator[sa.Engine]:
    """A catalogue of schema 0010 with a hold in it."""
    with older_catalogue(engine, data_dir, "0010") as older:
        with unit_of_work(older) as session:
            for statement in (_CAMERA, _HOLD):
                session.execute(sa.text(statement))
        yield older


def test_a_hold_of_before_holds_on(of_before: sa.Engine) -> None:
    assert not is_current(of_before)
    upgrade(of_before)
    assert is_current(of_before)
    with unit_of_work(of_before, writes=False) as session:
        assert held(session, [1], TimeRange(0, 100), 7) == {1: [TimeRange(5, 9)]}
        assert session.get_one(Hold, "H1").order_id is None
