from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.identity import Actor
from foundation.storage import LocalFiles
from tests.support.house import House, furnish


@pytest.fixture
def house(engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> House:
    """On each database."""
    return furnish(engine, store, clock, data_dir, actor)


@pytest.fixture
def small_house(sqlite_engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> House:
    """On SQLite alone, where the database is not what is tried."""
    return furnish(sqlite_engine, store, clock, data_dir, actor)
