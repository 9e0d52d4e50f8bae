"""A client of the real application over loopback: SQLite, local files."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from api.app import create_app
from api.service import Service
from foundation.clock import ManualClock
from tests.support.granting import grant_everything
from tests.support.serving import serving
from tests.support.web import CAMERAS, UNITS, make_service, signed_in


@pytest.fixture
def service(sqlite_engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Service:
    return make_service(sqlite_engine, data_dir, clock)


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """A client on this machine that speaks English; the catalogue is empty."""
    app = create_app(service)
    with serving(app) as address, httpx.Client(base_url=address, headers=signed_in(app, Accept_Language="en")) as found:
        yield found


@pytest.fixture
def ward(client: httpx.Client, service: Service) -> httpx.Client:
    """The same with two units and three cameras."""
    units = client.post("/api/v1/units/import", params={"file_name": "units.geojson"}, content=UNITS.encode())
    assert units.status_code == 200, units.text
    cameras = client.post("/api/v1/cameras/import", params={"file_name": "cameras.csv"}, content=CAMERAS.encode())
    assert cameras.status_code == 200, cameras.text
    grant_everything(service.engine, service.clock, "everyone")
    return client
