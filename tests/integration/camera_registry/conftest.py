"""A registry on each database, with an acting person and a key."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.identity import Actor
from tests.support.registry import Registry


@pytest.fixture
def registry(engine: sa.Engine, clock: ManualClock, actor: Actor, data_dir: Path) -> Registry:
    return Registry(engine, clock, actor, Vault.open(data_dir / "keys" / "camera.key"))
