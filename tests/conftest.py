"""What tests share: real databases and stores, a clock that stands still, somebody who acts."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.identity import Actor
from foundation.storage import LocalFiles, ObjectStore, open_store
from tests.support.databases import PostgresTemplate, sqlite_catalogue, sqlite_template
from tests.support.postgres import cluster
from tests.support.scheduling import ByWhatTheyShare
from tests.support.seaweed import BUCKET, seaweed

# The sources are what is tested; test_compiled.py runs what concerns the receive path on what is compiled from them as well.
os.environ.setdefault("MATPHO_COMPILED", "no")

# Every client of httpx reads who is trusted: the 140 of the world take it 40 ms, and nothing here asks the world. This is one
# whose key nobody has.
os.environ.setdefault("SSL_CERT_FILE", str(Path(__file__).parent / "assets" / "nobody.pem"))

# A busy machine is no defect, and what landed once is not to fail by other dice; new examples are tried by hand.
hypothesis.settings.register_profile(
    "untimed", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

NOW_US = 1_772_892_000_000_000  # 2026-03-07T14:00:00Z, 21:00 in Vietnam


@pytest.hookimpl(optionalhook=True)  # somebody may run without it
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWhatTheyShare:
    return ByWhatTheyShare(config, log)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_US)


@pytest.fixture
def actor() -> Actor:
    return Actor("Nguyễn Thị Đào", "person")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def _postgres_template() -> Iterator[PostgresTemplate]:
    with cluster() as address:
        yield PostgresTemplate(address)


@pytest.fixture
def sqlite_engine(_sqlite_template: Path, data_dir: Path) -> Iterator[sa.Engine]:
    """A migrated SQLite catalogue in `data_dir`, where the service would have it."""
    with sqlite_catalogue(_sqlite_template, data_dir) as engine:
        yield engine


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """A migrated catalogue on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_engine")
    else:
        with request.getfixturevalue("_postgres_template").catalogue() as found:
            yield found


@pytest.fixture
def store(data_dir: Path) -> LocalFiles:
    return LocalFiles(data_dir / "footage")


@pytest.fixture(scope="session")
def _seaweed() -> Iterator[None]:
    with seaweed() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


S3 = pytest.param("s3", marks=[pytest.mark.s3])


@pytest.fixture(params=["files", S3])
def any_store(request: pytest.FixtureRequest, data_dir: Path) -> ObjectStore:
    """An empty store of each kind."""
    if request.param == "files":
        return open_store("", data_dir)
    request.getfixturevalue("_seaweed")
    prefix = f"{os.getpid()}-{abs(hash(request.node.nodeid))}"
    return open_store(f"s3://{BUCKET}/{prefix}", data_dir)
