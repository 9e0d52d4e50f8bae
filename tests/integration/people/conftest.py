"""People on each database."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from tests.support.people import Folk


@pytest.fixture
def folk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Folk:
    return Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key"))
