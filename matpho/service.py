"""Puts the service together from its settings: the only place that knows all the parts."""

import os

from api.service import Service
from camera_registry.secrets import Vault
from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.settings import Settings
from foundation.storage import open_store
from migrations.runner import upgrade


def build(settings: Settings | None = None) -> Service:
    """Return the service of these settings (the environment's by default), its catalogue brought up to date."""
    found = Settings.from_environment(dict(os.environ)) if settings is None else settings
    found.data.mkdir(parents=True, exist_ok=True)
    engine = create_engine(found.catalogue_url)
    upgrade(engine)
    vault = Vault.open(found.data / "keys" / "camera.key")
    return Service(engine, open_store(found.store_url, found.data), SystemClock(), vault, found)
