"""A ward office on each database."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from tests.support.people import Folk
from tests.support.ward_office import Office


@pytest.fixture
def office(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Office:
    return Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
