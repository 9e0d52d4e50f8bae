"""The real application over an empty SQLite catalogue."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.app import create_app
from foundation.clock import ManualClock
from tests.support.web import make_service


@pytest.fixture
def app(sqlite_engine: sa.Engine, data_dir: Path, clock: ManualClock) -> FastAPI:
    return create_app(make_service(sqlite_engine, data_dir, clock))
